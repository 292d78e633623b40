/** Two processes, one database: what is used once is used once among all of them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { request } from 'node:http';
import path from 'node:path';
import { expect } from 'chai';
import { freePort } from '../support/free-port.ts';
import { testDatabaseUri } from '../support/mongo.ts';
import { SECRET } from '../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../support/relying-party.ts';

const TIMES = 12;

describe('oidc in two processes', function () {
  this.timeout(120_000);
  const children: ChildProcess[] = [];
  const pids: number[] = [];
  const ports: number[] = [];
  let issuer: string;
  let service: RelyingParty;

  async function start(uri: string): Promise<void> {
    const port = await freePort();
    issuer ??= `http://localhost:${port}`;
    const script = path.join(import.meta.dirname, '../support/provider-process.ts');
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, MONGODB_URI: uri, PORT: String(port), ISSUER: issuer },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    ports.push(port);
    for await (const line of child.stdout!) {
      pids.push(Number(/listening (\d+)/.exec(String(line))?.[1]));
      break;
    }
  }

  before(async () => {
    const uri = await testDatabaseUri();
    await Promise.all([start(uri), start(uri)]);
    service = await createRelyingParty(issuer, 'service', 'https://service.example/callback');
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  /** At this port, under the issuer's name, as a proxy in front of both would. */
  const post = (port: number, form: Record<string, string>) =>
    new Promise<{ status: number; body: Record<string, string> }>((resolve, reject) => {
      const authorization = `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}`;
      const headers = { host: new URL(issuer).host, authorization, 'content-type': 'application/x-www-form-urlencoded' };
      const sent = request({ host: '127.0.0.1', port, path: '/token', method: 'POST', headers, agent: false }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode!, body: JSON.parse(text) });
      });
      sent.on('error', reject);
      sent.end(new URLSearchParams(form).toString());
    });
  const allAtOnce = (form: Record<string, string>) =>
    Promise.all(Array.from({ length: TIMES }, (_, i) => post(ports[i % ports.length]!, form)));

  function oneOf(answers: readonly { status: number; body: Record<string, string> }[]) {
    const [good, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).to.deep.equal([]);
    expect(answers.filter(({ status, body }) => status === 400 && body.error === 'invalid_grant')).to.have.length(TIMES - 1);
    return good!.body;
  }

  it('are two', () => {
    expect(new Set(pids).size).to.equal(2);
    expect(pids.every((pid) => pid > 0 && pid !== process.pid)).to.equal(true);
  });

  it('redeem one code once, of 12 at a time; using it again afterwards ends the tokens', async () => {
    const { code, checks } = await service.authorize(createBrowser(issuer));
    const form = {
      grant_type: 'authorization_code',
      code: code!,
      code_verifier: checks.pkceCodeVerifier,
      redirect_uri: 'https://service.example/callback',
    };
    const tokens = oneOf(await allAtOnce(form));
    expect((await post(ports[1]!, form)).status).to.equal(400);
    expect(await service.introspect(tokens.access_token!)).to.deep.equal({ active: false });
    expect(await oauthError(service.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
  });

  it('redeem one refresh token once, of 12 at a time; using it again afterwards ends the family', async () => {
    const { refresh_token } = await service.signIn(createBrowser(issuer));
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token! };
    const tokens = oneOf(await allAtOnce(form));
    expect((await post(ports[0]!, form)).status).to.equal(400);
    expect(await service.introspect(tokens.access_token!)).to.deep.equal({ active: false });
    expect((await post(ports[1]!, { ...form, refresh_token: tokens.refresh_token! })).status).to.equal(400);
  });
});
