import { expect } from 'chai';
import { JOURNEYS, journeysUnder } from '../src/app.ts';
import { sharedServer } from './support/shared-server.ts';

describe('app', () => {
  const ask = async (path: string, init: RequestInit = {}) => fetch((await sharedServer()).origin + path, { redirect: 'manual', ...init });

  it('has each journey once, and each step once in its journey', () => {
    expect(new Set(JOURNEYS.map(({ kind }) => kind)).size).to.equal(JOURNEYS.length);
    for (const { kind, steps } of JOURNEYS) expect(new Set(steps.map(({ name }) => name)).size, kind).to.equal(steps.length);
  });

  it('has all journeys in the profile `seed`, and in `nist` those without questions', () => {
    const stepsOf = (journeys: typeof JOURNEYS | ReturnType<typeof journeysUnder>) =>
      journeys.flatMap(({ kind, steps }) => steps.map(({ name }) => `${kind}/${name}`));
    expect(stepsOf(journeysUnder({ profile: 'seed' }))).to.deep.equal(stepsOf(JOURNEYS));
    const nist = stepsOf(journeysUnder({ profile: 'nist' }));
    expect(stepsOf(JOURNEYS).filter((step) => !nist.includes(step))).to.deep.equal(['sign-up/questions', 'change-questions/questions']);
  });

  it('answers at every address of its contract', async () => {
    for (const [path, status] of [
      ['/', 303],
      ['/users/sign_up', 303],
      ['/create-account', 303],
      ['/users/confirmation/new', 200],
      ['/.well-known/openid-configuration', 200],
      ['/jwks', 200],
      ['/health/live', 200],
      ['/health/ready', 200],
      ['/help', 200],
      ['/terms', 200],
      ['/privacy', 200],
      ['/accessibility', 200],
      ['/dev/inbox', 200],
      ['/dev/inbox.json', 200],
      ['/nothing-here', 404],
      ['/interaction/x/nothing', 404],
      ['/metrics', 404],
    ] as const)
      expect((await ask(path)).status, path).to.equal(status);
  });

  it('packs its pages for whoever can unpack them', async () => {
    const words = async (encoding: string) => {
      const answer = await ask('/terms', { headers: { 'accept-encoding': encoding } });
      expect(answer.headers.get('vary')).to.match(/accept-encoding/i);
      return { encoding: answer.headers.get('content-encoding'), text: (await answer.text()).replace(/nonce="[^"]*"/g, '') };
    };
    const plain = await words('identity');
    expect(plain.encoding).to.equal(null);
    expect(await words('gzip')).to.deep.equal({ ...plain, encoding: 'gzip' });
    expect(await words('br')).to.deep.equal({ ...plain, encoding: 'br' });
  });

  it('lets services post to the provider from elsewhere, and nobody to our own forms', async () => {
    const cross = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
      body: 'a=1',
    };
    expect((await ask('/token', cross)).status).to.be.oneOf([400, 401]);
    for (const path of ['/sign-out', '/language', '/users/confirmation/new', '/interaction/x/sign-in/password'])
      expect((await ask(path, cross)).status, path).to.equal(403);
  });

  it('puts its security headers on every answer, errors and files among them', async () => {
    for (const path of ['/help', '/nothing-here', '/.well-known/openid-configuration', '/users/confirmation/new']) {
      const { headers } = await ask(path);
      expect(headers.get('content-security-policy'), path).to.contain("default-src 'none'");
      expect(headers.get('x-content-type-options'), path).to.equal('nosniff');
    }
  });

  it('goes by no other name', async () => {
    const { origin } = await sharedServer();
    const answer = await fetch(origin.replace('localhost', '127.0.0.1'), { redirect: 'manual' });
    expect(answer.headers.get('location')).to.equal(`${origin}/`);
  });
});
