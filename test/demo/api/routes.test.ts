import { expect } from 'chai';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { caseIds, sessionOf, signedIn, startDemo, type TestDemo } from '../support/demo.ts';

describe('demo: the API', () => {
  let demo: TestDemo;
  let ana: string;
  let rosa: string;

  const tokenOf = async (account: string): Promise<string> => sessionOf(demo, await signedIn(demo, account)).api!.token;
  const get = (path: string, token?: string) =>
    fetch(`${demo.url}/api${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
  const list = async (token: string) =>
    ((await (await get('/cases', token)).json()) as { cases: { id: string; demonstration: boolean }[] }).cases;

  before(async () => {
    demo = await startDemo();
    ana = await tokenOf('ana');
    rosa = await tokenOf('rosa');
  });
  after(() => demo.stop());

  it('gives everybody their own cases, marked as a demonstration, the same each time', async () => {
    const [first, again, other] = [await list(ana), await list(ana), await list(rosa)];
    expect(first).to.have.length(2).and.deep.equal(again);
    expect(first.every((one) => one.demonstration)).to.equal(true);
    const ids = new Set([...first, ...other].map((one) => one.id));
    expect(ids.size).to.equal(4);
    for (const { id } of first)
      expect((await (await get(`/cases/${id}`, ana)).json()) as object).to.deep.equal(first.find((one) => one.id === id));
  });

  it('answers a case of somebody else exactly like one that does not exist', async () => {
    const [foreign] = await list(rosa);
    const [theirs, none] = [await get(`/cases/${foreign!.id}`, ana), await get('/cases/DEMO-2222222222', ana)];
    expect(theirs.status).to.equal(404);
    expect(none.status).to.equal(404);
    expect(await theirs.text()).to.equal(await none.text());
  });

  it('lets no parameter name another person', async () => {
    const mine = await list(ana);
    const response = await fetch(`${demo.url}/api/cases?sub=rosa&account=rosa`, {
      headers: { authorization: `Bearer ${ana}`, 'x-sub': 'rosa' },
    });
    expect(((await response.json()) as { cases: unknown }).cases).to.deep.equal(mine);
    for (const id of ['__proto__', 'constructor', '%2e%2e', 'DEMO-%00', "' or 1=1", 'a'.repeat(3000)]) {
      expect((await get(`/cases/${id}`, ana)).status, id).to.equal(404);
    }
    expect((await get('/cases/%E0%A4%A', ana)).status).to.be.oneOf([400, 404]);
  });

  it('shows foreign cases on no page either', async () => {
    const [browser, other] = [await signedIn(demo, 'ana'), await signedIn(demo, 'rosa')];
    const foreign = caseIds((await other.open(`${demo.url}/my-account`)).text);
    const mine = caseIds((await browser.open(`${demo.url}/my-account`)).text);
    expect(foreign).to.have.length(2);
    for (const id of foreign) {
      const page = await browser.open(`${demo.url}/cases/${id}`);
      expect(page.status).to.equal(404);
      expect(page.text).to.not.include(id);
    }
    const page = await browser.open(`${demo.url}/cases/${mine[0]}`);
    expect(page.status).to.equal(200);
    expect(page.text).to.include(mine[0]).and.include('Full history of updates').and.include('We received your form');
  });

  it('asks for a token, and looks for it in the header alone', async () => {
    for (const path of ['/cases', `/cases?access_token=${ana}`, '/cases/DEMO-2222222222']) {
      const response = await get(path);
      expect(response.status, path).to.equal(401);
      expect(response.headers.get('www-authenticate')).to.equal('Bearer realm="myUSCIS demonstration API"');
    }
    for (const authorization of [`Basic ${ana}`, 'Bearer', 'Bearer ', `Bearer ${ana} ${ana}`, ana]) {
      expect((await fetch(`${demo.url}/api/cases`, { headers: { authorization } })).status, authorization.slice(0, 10)).to.equal(401);
    }
    const cookies = [...(await signedIn(demo, 'ana')).cookies].map(([key, { value }]) => `${key.split(' ')[1]}=${value}`).join('; ');
    expect((await fetch(`${demo.url}/api/cases`, { headers: { cookie: cookies } })).status, 'a session cookie').to.equal(401);
  });

  it('refuses every token that is not a good one for this API', async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: demo.provider.issuer,
      aud: `${demo.url}/api`,
      sub: 'ana',
      client_id: 'myuscis',
      jti: 'j',
      iat: now,
      exp: now + 300,
    };
    const sign = (change: object, header: object = {}) => demo.provider.sign({ ...claims, ...change }, { typ: 'at+jwt', ...header });
    expect((await get('/cases', await sign({}))).status, 'the good one').to.equal(200);
    expect((await get('/cases', await sign({}, { typ: 'application/at+jwt' }))).status, 'its type in full').to.equal(200);

    const { privateKey } = await generateKeyPair('RS256');
    const [header, payload, signature] = ana.split('.') as [string, string, string];
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'rosa' })).toString('base64url');
    const session = sessionOf(demo, await signedIn(demo, 'ana'));
    const bad: Record<string, string> = {
      'a tampered payload': `${header}.${changed}.${signature}`,
      'no signature at all': `${header}.${payload}.`,
      'alg none': new UnsecuredJWT({ ...claims }).encode(),
      'alg none with the right type': `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`,
      'signed by HMAC with the public key’s id': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'test' })
        .sign(new TextEncoder().encode('a secret of the tests, made longer')),
      'signed by somebody else': await new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'test' })
        .sign(privateKey),
      'an unknown key': await sign({}, { kid: 'unknown' }),
      expired: await sign({ iat: now - 600, exp: now - 60 }),
      'no exp': await sign({ exp: undefined }),
      'not valid yet': await sign({ nbf: now + 600 }),
      'another audience': await sign({ aud: 'https://another.example/api' }),
      'the client as audience': await sign({ aud: 'myuscis' }),
      'no audience': await sign({ aud: undefined }),
      'another issuer': await sign({ iss: 'https://evil.example' }),
      'no sub': await sign({ sub: undefined }),
      'an empty sub': await sign({ sub: '' }),
      'no client_id': await sign({ client_id: undefined }),
      'type JWT': await sign({}, { typ: 'JWT' }),
      'no type': await sign({}, { typ: undefined }),
      'a logout token’s type': await sign({}, { typ: 'logout+jwt' }),
      'an ID token': session.idToken,
      'a refresh token': session.refreshToken!,
      'an opaque token': 'Zc9T0xQ4Yk1bqvWm3n5pRs7u',
    };
    for (const [name, token] of Object.entries(bad)) {
      const response = await get('/cases', token);
      expect(response.status, name).to.equal(401);
      expect(response.headers.get('www-authenticate'), name).to.match(
        /^Bearer realm="myUSCIS demonstration API", error="invalid_token", error_description="[^"]+"$/,
      );
      expect(await response.text(), name).to.not.include('DEMO-');
    }
  });

  it('stops accepting a good token when its five minutes are over', async () => {
    const other = await startDemo();
    try {
      const browser = await signedIn(other, 'ana');
      const { token } = sessionOf(other, browser).api!;
      const status = async () => (await fetch(`${other.url}/api/cases`, { headers: { authorization: `Bearer ${token}` } })).status;
      expect(await status()).to.equal(200);
      other.later(310_000);
      expect(await status()).to.equal(401);
    } finally {
      await other.stop();
    }
  });

  it('says "later" and not "invalid" where the keys of the provider cannot be fetched', async () => {
    const other = await startDemo();
    try {
      const token = await other.provider.sign({ sub: 'ana' }, { typ: 'at+jwt' });
      await other.provider.stop();
      const response = await fetch(`${other.url}/api/cases`, { headers: { authorization: `Bearer ${token}` } });
      expect(response.status).to.equal(503);
      expect(response.headers.get('retry-after')).to.equal('5');
      expect(response.headers.has('www-authenticate')).to.equal(false);
    } finally {
      await other.stop();
    }
  });

  it('answers JSON to what it does not know, and takes GET alone', async () => {
    const headers = { authorization: `Bearer ${ana}` };
    const unknown = await fetch(`${demo.url}/api/nothing`, { headers });
    expect(unknown.status).to.equal(404);
    expect(unknown.headers.get('content-type')).to.match(/^application\/json/);
    expect((await fetch(`${demo.url}/api/cases`, { method: 'POST', headers })).status).to.equal(405);
    expect((await get('/cases', ana)).headers.get('cache-control')).to.equal('no-store');
  });
});
