/** The database away, or silent; the mail server away, or slow. People are told at once, nothing is done by halves, and it goes on by itself. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Embedded, openEmbedded } from '../../src/mongo/embedded.ts';
import { freePort } from '../support/free-port.ts';
import { choosePassword, completeSignUp, type Letterbox, newAddress, newPhone, type Person, signIn } from '../support/people.ts';
import { type PostOffice, startPostOffice } from '../support/post-office.ts';
import { rawRequest } from '../support/raw-request.ts';
import { untilReady } from '../support/ready.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';
import { authorizeUrl, MYUSCIS, VERIFIER } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

/** A visit may be two requests, and the driver takes five seconds to notice that a server says nothing any more. */
const SOON_MS = 10_000;

describe('trouble: the database is away', function () {
  this.timeout(120_000);
  let dataDir: string;
  let port: number;
  let mongod: Embedded;
  let server: TestServer;
  let person: Person;
  const secret = secretOf();

  const open = () => openEmbedded({ dataDir, port, log: () => {}, args: ['--setParameter', 'ttlMonitorEnabled=false'] });
  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'outage-test-'));
    port = await freePort();
    mongod = await open();
    const uri = new URL(mongod.uri);
    uri.pathname = '/outage';
    server = await startServer({ env: { MONGODB_URI: uri.href, DEMO_CLIENT_SECRET: secret } });
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    person = await completeSignUp(server, visitor, newAddress());
  });
  after(async () => {
    await server.close();
    await mongod.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const token = (code: string) => ({
    method: 'POST',
    headers: {
      accept: '*/*',
      authorization: `Basic ${Buffer.from(`myuscis:${encodeURIComponent(secret)}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: MYUSCIS.redirectUri,
      code_verifier: VERIFIER,
    }).toString(),
  });

  async function codeFor(visitor: Visitor): Promise<string> {
    await visitor.open(server.origin + authorizeUrl(MYUSCIS));
    if (visitor.page().url.startsWith(server.origin))
      await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
    return new URL(visitor.page().url).searchParams.get('code')!;
  }

  async function expectToldSoon(what: string, answer: Promise<{ status: number; html: string; headers: Headers }>): Promise<void> {
    const started = performance.now();
    const { status, html, headers } = await answer;
    expect(status, what).to.equal(503);
    expect(performance.now() - started, what).to.be.below(SOON_MS);
    expect(Number(headers.get('retry-after')), what).to.be.above(0);
    const [reference] = /[2-9B-Z]{4}-[2-9B-Z]{4}/.exec(html) ?? [];
    expect(reference, what).to.equal(headers.get('x-request-id'));
  }

  async function expectServicesTold(code: string): Promise<void> {
    const started = performance.now();
    const { status, headers, body } = await rawRequest(server.visitor(), `${server.origin}/token`, token(code));
    expect(status, body).to.equal(503);
    expect(JSON.parse(body).error).to.equal('temporarily_unavailable');
    expect(headers.get('retry-after')).to.equal('10');
    expect(performance.now() - started).to.be.below(SOON_MS);
  }

  const expectStatus = async (at: string, expected: number) =>
    expect((await rawRequest(server.visitor(), server.origin + at)).status, at).to.equal(expected);

  const ways: Readonly<Record<string, { away(): Promise<void>; back(): Promise<void> }>> = {
    'gone (killed and started again)': {
      away: async () => void process.kill(mongod.pid, 'SIGKILL'),
      back: async () => {
        mongod = await open();
      },
    },
    'silent (stopped and continued)': {
      away: async () => void process.kill(mongod.pid, 'SIGSTOP'),
      back: async () => void process.kill(mongod.pid, 'SIGCONT'),
    },
  };

  for (const [name, { away, back }] of Object.entries(ways)) {
    it(`answers 503 while it is ${name}, and goes on by itself`, async () => {
      const signedIn = server.visitor();
      await signedIn.open('/');
      await signIn(server, signedIn, person);
      const code = await codeFor(signedIn);
      const newcomer = server.visitor();
      const email = newAddress('newcomer');
      await newcomer.open('/users/sign_up');
      await newcomer.press('Sign Up', { 'Email address': email });
      const mail = await server.newest(email);
      await newcomer.press('Continue', { 'Confirmation code': mail.codes[0]! });
      const atTerms = newcomer.page().url;
      const stranger = server.visitor();
      await stranger.open('/');
      const agree = newcomer.formOf('I Agree');

      await away();
      await Promise.all([
        expectToldSoon('a page', server.visitor().open('/')),
        expectToldSoon('a form', newcomer.post(agree.url, agree.body.toString())),
        expectToldSoon('a sign-in', stranger.press('Sign In', { 'Email address': person.email, Password: person.password })),
        expectToldSoon('somebody signed in', signedIn.open(`${server.origin}/`)),
        expectToldSoon('the authorization endpoint', server.visitor().open(authorizeUrl(MYUSCIS))),
        expectServicesTold(code),
        expectStatus('/health/ready', 503),
        expectStatus('/health/live', 200),
        expectStatus('/help', 200),
      ]);

      await back();
      await untilReady(server.origin);
      await newcomer.open(atTerms);
      expect(newcomer.page().heading, 'what was not saved was not done').to.equal('Terms of Use');
      await newcomer.press('I Agree');
      await choosePassword(newcomer);
      expect(newcomer.page().url).to.match(/\/delivery$/);
      const given = await rawRequest(newcomer, `${server.origin}/token`, token(code));
      expect(given.status, 'the code was not used up').to.equal(200);
      await signedIn.open(`${server.origin}/`);
      expect(signedIn.page().heading).to.equal('Welcome to your USCIS Account');
    });
  }
});

describe('trouble: the mail server is away', function () {
  this.timeout(60_000);
  const SLOW = 'Email is slow right now';
  let office: PostOffice;
  let server: TestServer;
  let letterbox: Letterbox;
  let person: Person;

  before(async () => {
    office = await startPostOffice();
    server = await startServer({ env: office.settings });
    letterbox = { ...office, clock: server.clock };
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    person = await completeSignUp(letterbox, visitor, newAddress('texted'), { text: newPhone() });
  });
  after(() => server.close());

  const begin = async (email: string) => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    return visitor;
  };
  /** Whether the page, opened again, says that our mail is slow. */
  const saysSlow = async (visitor: Visitor) => (await visitor.open(visitor.page().url)).text.includes(SLOW);

  const ways: Readonly<Record<string, () => Promise<() => Promise<void>>>> = {
    closed: async () => {
      await office.closeMail();
      return office.openMail;
    },
    hanging: async () => {
      const release = office.holdMail();
      return async () => release();
    },
  };
  for (const [name, away] of Object.entries(ways)) {
    it(`keeps mails while it is ${name}, tells those who wait for one, and holds up no text message`, async () => {
      const [before, during] = [newAddress('before'), newAddress('during')];
      const lucky = await begin(before);
      await office.newest(before);

      const back = await away();
      // More than there are lanes, so that all of them are busy with mails that go nowhere.
      const waiting = await begin(during);
      const others = await Promise.all([1, 2, 3, 4, 5].map(() => begin(newAddress('other'))));
      expect(await saysSlow(waiting), 'at once').to.equal(false);
      server.clock.advance(25);
      expect(await saysSlow(waiting), 'after a while').to.equal(true);
      for (const other of others) expect(await saysSlow(other)).to.equal(true);
      expect(await saysSlow(lucky), 'to somebody who has the mail').to.equal(false);

      const texted = server.visitor();
      await texted.open('/');
      await signIn(letterbox, texted, person);
      expect(texted.page().heading).to.equal('Welcome to your USCIS Account');
      expect(await office.received(during)).to.have.length(0);

      await back();
      // The next try is due.
      server.clock.advance(60);
      const mail = await office.newest(during);
      expect(await saysSlow(waiting)).to.equal(false);
      await waiting.press('Continue', { 'Confirmation code': mail.codes[0]! });
      expect(waiting.page().heading).to.equal('Terms of Use');
      expect(await office.received(during), 'one mail').to.have.length(1);
    });
  }
});
