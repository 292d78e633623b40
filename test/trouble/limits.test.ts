/** The limits as people meet them: who shares a network or a phone is not stopped, who guesses is, and everybody is told until when. */
import { expect } from 'chai';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { completeQuickly } from '../support/newcomer.ts';
import { completeSignUp, enterCode, newAddress, newPhone, type Person, signIn } from '../support/people.ts';
import { FORM, OWN_PAGE, rawRequest } from '../support/raw-request.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

const WRONG = 'Not-The-Password 9?';
/** A page that refuses names a time of day. */
const UNTIL = /\b\d{1,2}:\d{2}\s?[AP]M\b/i;

describe('trouble: limits', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer({ env: { TRUST_PROXY: '1' } });
  });
  after(async () => {
    await server.close();
  });

  /** Somebody at another network address, as the proxy in front sees it. */
  const visitorFrom = (ip: string, at = server) => at.visitor({ 'x-forwarded-for': ip });
  const signUp = async (visitor = server.visitor()): Promise<Person> => {
    await visitor.open('/users/sign_up');
    return completeQuickly(server, visitor, newAddress());
  };
  const guess = async (visitor: Visitor, email: string, password = WRONG) => {
    if (visitor.requests.length === 0) await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': email, Password: password });
    return visitor.page();
  };

  it('let 40 people sign up from one network address', async () => {
    const library = Array.from({ length: 40 }, () => visitorFrom('192.0.2.40'));
    await Promise.all(
      library.map(async (visitor) => {
        const email = newAddress('library');
        await visitor.open('/users/sign_up');
        await visitor.press('Sign Up', { 'Email address': email });
        await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
        expect(visitor.page().heading).to.equal('Terms of Use');
      }),
    );
  });

  it('let five people use one phone', async () => {
    const phone = newPhone();
    const family: Person[] = [];
    const textsSoFar = async () => (await server.received(phone)).length;
    for (let n = 0; n < 5; n++) {
      const visitor = visitorFrom('192.0.2.5');
      const email = newAddress('family');
      const texts = await textsSoFar();
      await visitor.open('/users/sign_up');
      const letterbox = { ...server, newest: (to: string, count = 1) => server.newest(to, to === phone ? texts + 1 : count) };
      family.push(await completeSignUp(letterbox, visitor, email, { text: phone }));
      expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
    }
    for (const person of family) {
      const visitor = visitorFrom('192.0.2.5');
      await visitor.open('/');
      await signIn(server, visitor, person);
      expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
    }
  });

  it('make the fifth wrong password wait, say until when, and let the right one in afterwards', async () => {
    const person = await signUp();
    const visitor = visitorFrom('198.51.100.1');
    for (let n = 0; n < 4; n++) expect((await guess(visitor, person.email)).text, `guess ${n}`).not.to.match(UNTIL);
    const pages = [];
    for (let n = 0; n < 8; n++) pages.push(await guess(visitor, person.email));
    expect(pages.every(({ status }) => status === 422)).to.equal(true);
    const refused = pages.filter(({ text }) => UNTIL.test(text));
    expect(refused).to.have.length.above(4);
    expect((await guess(visitor, person.email, person.password)).text, 'the right one while it waits').to.match(UNTIL);
    server.clock.advance(60);
    await signIn(server, visitor, person);
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
  });

  it('keep a browser in that has signed in before, whatever 200 wrong passwords come from elsewhere', async () => {
    const home = visitorFrom('203.0.113.5');
    const person = await signUp(home);
    await home.press('Sign out');
    const stranger = visitorFrom('198.51.100.200');
    await stranger.open('/');
    const { url, body } = stranger.formOf('Sign In', { 'Email address': person.email, Password: WRONG });
    const headers = { ...OWN_PAGE, ...FORM, 'x-forwarded-for': '198.51.100.200' };
    const guesses = Array.from({ length: 200 }, () => rawRequest(stranger, url, { method: 'POST', headers, body: body.toString() }));
    const statuses = new Set((await Promise.all(guesses)).map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 422 && status !== 503)).to.deep.equal([]);
    expect((await guess(stranger, person.email, person.password)).text, 'a stranger, even with the right one').to.match(UNTIL);
    await home.open('/');
    await signIn(server, home, person);
    expect(home.page().heading).to.equal('Welcome to your USCIS Account');
  });

  it('send no second code within half a minute and no sixth in a quarter of an hour, and say when the next may be sent', async () => {
    const person = await signUp();
    server.clock.advance(1000);
    const visitor = server.visitor();
    await visitor.open('/');
    const before = (await server.received(person.email)).length;
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await visitor.press('Request a new one-time password');
    expect(visitor.page().text, 'at once').to.match(UNTIL);
    for (let sent = 2; sent <= 5; sent++) {
      server.clock.advance(31);
      await visitor.press('Request a new one-time password');
      await server.newest(person.email, before + sent);
    }
    server.clock.advance(31);
    await visitor.press('Request a new one-time password');
    expect(visitor.page().text, 'the sixth').to.match(UNTIL);
    expect(await server.received(person.email)).to.have.length(before + 5);
    // The one that was sent last still works.
    await enterCode(visitor, (await server.received(person.email))[0]!.codes[0]!);
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
  });

  describe('of a network', () => {
    const policy = { limits: { 'password-network': { units: 5, seconds: 3600, thenEverySeconds: 600 } } };
    const strict = async (trust: string) => {
      const { default: shipped } = await import('../../config/policy.json', { with: { type: 'json' } });
      const changed = { ...shipped, limits: { ...shipped.limits, ...policy.limits } };
      return startServer({ env: { TRUST_PROXY: trust, CONFIG_DIR: configDir({ 'policy.json': changed }) } });
    };

    for (const [name, trust, header] of [
      ['no proxy is believed', '0', (n: number) => `198.51.100.${n}`],
      ['one proxy is believed, and what came before it is made up', '1', (n: number) => `198.51.100.${n}, 203.0.113.77`],
    ] as const) {
      it(`are not dodged by X-Forwarded-For where ${name}`, async () => {
        const strictServer = await strict(trust);
        const texts: string[] = [];
        for (let n = 1; n <= 7; n++) texts.push((await guess(visitorFrom(header(n), strictServer), newAddress())).text);
        expect(texts.map((text) => UNTIL.test(text))).to.deep.equal([false, false, false, false, false, true, true]);
        await strictServer.close();
      });
    }
  });

  it('fail closed: where nothing can be counted, nothing is tried', async () => {
    const person = await signUp();
    const db = await connectMongo(server.env.MONGODB_URI);
    const validate = (validator: object) => db.db!.command({ collMod: 'attempts', validator });
    const visitor = server.visitor();
    await visitor.open('/');
    const page = visitor.page().url;
    await validate({ nothing: { $exists: true } });
    try {
      const form = visitor.formOf('Sign In', { 'Email address': person.email, Password: person.password });
      const answer = await rawRequest(visitor, form.url, { method: 'POST', headers: { ...OWN_PAGE, ...FORM }, body: form.body.toString() });
      expect(answer.status).to.be.at.least(500);
      await visitor.open(page);
      expect(visitor.page().url, 'still at the password').to.equal(page);
    } finally {
      await validate({});
      await db.close();
    }
    await signIn(server, visitor, person);
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
  });
});
