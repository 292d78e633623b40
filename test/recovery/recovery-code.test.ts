import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { recoveryCode } from '../../src/recovery/recovery-code.ts';
import { untilDelivered } from '../support/delivered.ts';
import { codeAfter, enterCode, newAddress, notNow, PASSWORD } from '../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable } from '../support/recoverable.ts';
import { proveMailbox, stepOf } from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { visitOf } from '../support/shared-server.ts';
import type { Visitor } from '../support/visitor.ts';

const OTHER = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const middle = (numbers: readonly number[]) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]!;

describe('recovery/recovery-code', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const asking = async (email: string): Promise<Visitor> => {
    const visitor = server.visitor();
    await visitor.open('/users/password/new');
    await visitor.press('Send code', { 'Email address': email });
    return visitor;
  };
  const settled = () => untilDelivered(server);
  /** Somebody whose sign-up waits for its password. */
  async function unfinished(email = newAddress('lost')): Promise<string> {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    return email;
  }

  it('shows the same pages, of the same size and with the same headers, for addresses with and without an account, and one that is locked', async () => {
    const [known, waiting, unknown, locked] = ['a', 'b', 'c', 'd'].map((who) => `lost-${who}.${Date.now().toString(36)}@people.test`);
    await makeRecoverable(server.deps, ['text'], { email: known! });
    await unfinished(waiting);
    const { id } = await makeRecoverable(server.deps, ['text'], { email: locked! });
    await server.deps.transaction([server.deps.accounts.lock(id, { by: 'kim', reason: 'Reported as stolen.' })]);
    const addresses = [known!, waiting!, unknown!, locked!].map((email) => ({ email, length: email.length }));
    expect(new Set(addresses.map(({ length }) => length)).size, 'addresses of one length').to.equal(1);
    const met: Record<string, unknown[]> = {};
    for (const { email } of addresses) {
      const visitor = await asking(email);
      const seen = () => {
        const { status, html, headers, text } = visitor.page();
        const named = [...headers.keys()].filter((name) => name !== 'set-cookie').toSorted();
        const words = text.replaceAll(email, 'ADDRESS').replace(/\d+:\d\d/g, 'TIME');
        return { status, length: html.length, named, words };
      };
      const pages = [seen()];
      await enterCode(visitor, '000000');
      pages.push(seen());
      await visitor.press('Request a new one-time password');
      pages.push(seen());
      await enterCode(visitor, '000000');
      pages.push(seen());
      met[email] = pages;
    }
    const [one, ...others] = Object.values(met);
    for (const other of others) expect(other).to.deep.equal(one);
  });

  it('takes as long for an address without an account', async () => {
    const known = await makeRecoverable(server.deps);
    const taken = { known: [] as number[], unknown: [] as number[] };
    for (let round = 0; round < 3; round++) {
      for (const [who, email] of [
        ['known', known.email],
        ['unknown', newAddress('lost')],
      ] as const) {
        const visitor = server.visitor();
        await visitor.open('/users/password/new');
        const started = performance.now();
        await visitor.press('Send code', { 'Email address': email });
        taken[who].push(performance.now() - started);
      }
    }
    // Both wait for the same moment, which comes long after the work is done.
    expect(Math.min(...taken.known, ...taken.unknown)).to.be.at.least(398);
    expect(Math.abs(middle(taken.known) - middle(taken.unknown))).to.be.below(200);
  });

  it('is right for nobody while the account is locked, not even by chance', async () => {
    const { deps } = server;
    const person = await makeRecoverable(deps);
    const pressed = async () => {
      const visit = visitOf({ email: { address: person.email, canonical: person.email } });
      const key = { purpose: 'recovery-code', journeyId: visit.journeyId, destination: person.email } as const;
      const { code, write } = deps.codes.issue(key, 30);
      await deps.transaction([write]);
      const kept = { canonical: person.email, at: deps.clock().toISOString() };
      return recoveryCode.actions.submit.run(deps, { ...visit, kept }, { code });
    };
    expect(await pressed()).to.include({ kind: 'advance' });
    await deps.transaction([deps.accounts.lock(person.id, { by: 'kim', reason: 'Reported as stolen.' })]);
    server.clock.advance(1);
    expect(await pressed()).to.deep.nested.include({ kind: 'stay', 'problems.code.key': 'problems.code_wrong' });
  });

  it('mails the owner alone, with a way to object, and changes nothing', async () => {
    const known = await makeRecoverable(server.deps, ['email'], {});
    await server.deps.transaction([server.deps.accounts.setNoticeEmail(known.id, { from: null, to: `notices.${known.email}` })]);
    const before = await known.account();
    const stranger = newAddress('lost');
    const pending = await unfinished();
    const mails = (await server.received(pending)).length;
    for (const email of [known.email, stranger, pending]) await asking(email);
    const mail = await server.newest(known.email);
    expect(mail.codes).to.have.length(1);
    expect(mail.links.join()).to.contain('/users/alerts/not-me?token=');
    expect((await server.newest(`notices.${known.email}`)).codes).to.deep.equal([]);
    await settled();
    expect([(await server.received(stranger)).length, (await server.received(pending)).length]).to.deep.equal([0, mails]);
    expect(await known.account()).to.deep.equal(before);
    expect(await known.history()).to.deep.equal(['recovery.requested']);
    const visitor = server.visitor();
    await visitor.open('/');
    const code = await codeAfter(server, known.email, () => visitor.press('Sign In', { 'Email address': known.email, Password: PASSWORD }));
    await enterCode(visitor, code);
    await notNow(visitor);
    expect(visitor.page().heading).to.contain('Welcome');
  });

  it('sends three mails an hour to an address, known or not, from however many browsers', async () => {
    const known = await makeRecoverable(server.deps);
    for (const email of [known.email, newAddress('lost')]) {
      for (let mails = 0; mails < 3; mails++) {
        const visitor = await asking(email);
        expect(visitor.page().text).to.contain('we are sending a code to');
      }
      const visitor = await asking(email);
      expect(visitor.page().text).to.contain('We have not sent a code');
      await visitor.press('Request a new one-time password');
      expect(visitor.page().text).to.contain('You can ask for a new one-time code again at');
    }
    await settled();
    expect((await server.received(known.email)).length).to.equal(3);
    server.clock.advance(3601);
    expect((await asking(known.email)).page().text).to.contain('we are sending a code to');
  });

  it('sends once for two clicks, and at most three for many at once', async () => {
    const known = await makeRecoverable(server.deps);
    const visitor = await asking(known.email);
    server.clock.advance(6);
    const { url, body } = visitor.formOf('Request a new one-time password');
    await Promise.all([1, 2, 3].map(() => visitor.post(url, body.toString())));
    await settled();
    expect((await server.received(known.email)).length).to.equal(2);
    const crowded = await makeRecoverable(server.deps);
    await Promise.all(Array.from({ length: 8 }, () => asking(crowded.email)));
    await settled();
    expect((await server.received(crowded.email)).length).to.equal(3);
  });

  it('takes the newest code, five tries, and no code of another recovery', async () => {
    const known = await makeRecoverable(server.deps);
    const visitor = await asking(known.email);
    const first = (await server.newest(known.email)).codes[0]!;
    const other = await asking(known.email);
    const second = (await server.newest(known.email, 2)).codes[0]!;
    await enterCode(visitor, second === first ? OTHER(second) : second);
    expect(visitor.page().text).to.contain('You have 4 tries left');
    for (const left of ['3 tries', '2 tries', '1 try']) {
      await enterCode(visitor, OTHER(first));
      expect(visitor.page().text).to.contain(`You have ${left} left`);
    }
    await enterCode(visitor, OTHER(first));
    await enterCode(visitor, first);
    expect(visitor.page().text).to.contain('too many tries with this code');
    await enterCode(other, second);
    expect(stepOf(other)).to.equal('recovery/choose-proof');
  });

  it('keeps nobody from signing in by wrong codes', async () => {
    const known = await makeRecoverable(server.deps, ['email']);
    const visitor = await asking(known.email);
    const { codes } = await server.newest(known.email);
    for (let round = 0; round < 3; round++) {
      for (let tries = 0; tries < 5; tries++) await enterCode(visitor, OTHER(codes[0]!));
      server.clock.advance(6);
      await visitor.press('Request a new one-time password');
    }
    await settled();
    const own = server.visitor();
    await own.open('/');
    await enterCode(
      own,
      await codeAfter(server, known.email, () => own.press('Sign In', { 'Email address': known.email, Password: PASSWORD })),
    );
    await notNow(own);
    expect(own.page().heading).to.contain('Welcome');
  });

  it('serves a browser that its owner has signed in with, whatever strangers ask for and type', async () => {
    // What happened: three requests an hour for somebody's address, or ten wrong codes, and its owner could not recover.
    const known = await makeRecoverable(server.deps, ['email']);
    const own = server.visitor();
    await own.open('/');
    const signIn = () => own.press('Sign In', { 'Email address': known.email, Password: PASSWORD });
    await enterCode(own, await codeAfter(server, known.email, signIn));
    await notNow(own);
    const stranger = server.visitor();
    for (let mails = 0; mails < 3; mails++) {
      await stranger.open('/users/password/new');
      await stranger.press('Send code', { 'Email address': known.email });
      for (let tries = 0; tries < 5; tries++) await enterCode(stranger, '000000');
    }
    expect(stranger.page().text).to.contain('You can try again at');
    await proveMailbox(server, own, known.email);
    expect(stepOf(own)).to.equal('recovery/choose-proof');
  });

  it('goes to another address when that is changed, and the first code is worth nothing then', async () => {
    const [one, other] = [await makeRecoverable(server.deps), await makeRecoverable(server.deps)];
    const visitor = await asking(one.email);
    const { codes } = await server.newest(one.email);
    await visitor.follow('Use another address');
    await visitor.press('Send code', { 'Email address': other.email });
    await server.newest(other.email);
    await enterCode(visitor, codes[0]!);
    expect([stepOf(visitor), visitor.page().status]).to.deep.equal(['recovery/recovery-code', 422]);
  });

  describe('after a change of the address', () => {
    const moved = async (freeze: boolean): Promise<Recoverable & { now: string }> => {
      const person = await makeRecoverable(server.deps);
      const now = await moveAddress(server.deps, person);
      if (freeze) await server.deps.transaction([server.deps.accounts.freeze(person.id, person.email)]);
      return { ...person, now };
    };

    it('serves the former address while it may object', async () => {
      const person = await moved(false);
      const visitor = server.visitor();
      await proveMailbox(server, visitor, person.email);
      expect(visitor.page().text).to.contain('My phone').and.to.contain('My backup code').and.not.to.contain('five password reset');
      server.clock.advance(8 * 24 * 3600);
      await asking(person.email);
      await settled();
      expect((await server.received(person.email)).filter(({ codes }) => codes.length > 0)).to.have.length(1);
    });

    it('tells the present address when the former one asks, and gives the code to the former alone', async () => {
      // What happened: whoever read the mailbox that an owner had left, and had a phone of then, took the account without a word to the owner.
      const person = await moved(false);
      await asking(person.email);
      const [code, news] = [await server.newest(person.email), await server.newest(person.now)];
      expect([code.codes.length, news.codes.length]).to.deep.equal([1, 0]);
      expect(news.subject).to.equal('Somebody asked to take your account back to its former address');
      const owner = server.visitor();
      await owner.open(news.links.find((link) => link.includes('/not-me?'))!);
      await owner.press('Stop any recovery');
      expect(owner.page().heading).to.equal('Done: any recovery was stopped');
    });

    it('leads nowhere once "this wasn\'t me" was pressed in the mail that has the code', async () => {
      // What happened: the page said that any recovery was stopped, and the code that stood in the same mail went on working.
      const person = await makeRecoverable(server.deps);
      const visitor = await asking(person.email);
      const mail = await server.newest(person.email);
      server.clock.advance(5);
      const owner = server.visitor();
      await owner.open(mail.links.find((link) => link.includes('/not-me?'))!);
      await owner.press('Stop any recovery');
      await enterCode(visitor, mail.codes[0]!);
      expect([visitor.page().status, visitor.page().heading]).to.deep.equal([409, 'This password reset was stopped']);
      server.clock.advance(120);
      await proveMailbox(server, visitor, person.email);
      expect(stepOf(visitor), 'asked for anew').to.equal('recovery/choose-proof');
    });

    it('refuses the present one, after its code, once the former has objected', async () => {
      const person = await moved(true);
      const visitor = server.visitor();
      await proveMailbox(server, visitor, person.now);
      expect(stepOf(visitor)).to.equal('recovery/frozen');
      expect(visitor.page().text).to.contain('cannot be reset from here');
      await visitor.open(visitor.page().url.replace(/frozen$/, 'choose-proof'));
      expect(stepOf(visitor)).to.equal('recovery/frozen');
      await visitor.press('Go to the sign-in page');
      expect(stepOf(visitor)).to.equal('sign-in/password');
      const former = server.visitor();
      await proveMailbox(server, former, person.email);
      expect(stepOf(former)).to.equal('recovery/choose-proof');
    });
  });
});
