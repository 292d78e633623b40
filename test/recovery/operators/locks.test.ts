/** Locking an account, from the command's work to everything that the account could do before. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import { connectMongo } from '../../../src/mongo/connect.ts';
import type { createLocks } from '../../../src/recovery/operators/locks.ts';
import { OperatorRefused } from '../../../src/recovery/operators/operator.ts';
import type { OperatorStore } from '../../../src/recovery/operators/operator-store.ts';
import type { createOperators } from '../../../src/recovery/operators/operators.ts';
import { untilDelivered } from '../../support/delivered.ts';
import { ADA, KIM, operatorsBeside, refusal } from '../../support/operators-beside.ts';
import { codeAfter, enterCode, newAddress, newPhone, PASSWORD, signIn } from '../../support/people.ts';
import { BACKUP_CODE, makeRecoverable, moveAddress, type Recoverable } from '../../support/recoverable.ts';
import { choose, giveAnswers, NOTHING, proveMailbox, QUESTIONS, relyingPartyOf, stepOf, tokensOf } from '../../support/recovering.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { askedOn, useOn } from '../../support/software-authenticator.ts';
import type { Visitor } from '../../support/visitor.ts';

const REASON = 'Stolen laptop reported by phone.';
const NO_LINK = /confirm|alerts|token=/;

describe('recovery/operators/locks', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let locks: ReturnType<typeof createLocks>;
  let operators: ReturnType<typeof createOperators>;
  let store: OperatorStore;

  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    ({ locks, operators, store } = await operatorsBeside(server, db));
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const newcomer = (...given: Parameters<typeof makeRecoverable> extends [unknown, ...infer Rest] ? Rest : never) =>
    makeRecoverable(server.deps, ...given);
  const lock = ({ email }: Pick<Recoverable, 'email'>) => locks.lock(email, KIM, REASON);
  const unlock = ({ email }: Pick<Recoverable, 'email'>) => locks.unlock(email, ADA, 'Passport checked by video.');
  const atSignIn = async () => {
    const visitor = server.visitor();
    await visitor.open('/');
    return visitor;
  };
  const password = (visitor: Visitor, person: Pick<Recoverable, 'email'>, typed = PASSWORD) =>
    visitor.press('Sign In', { 'Email address': person.email, Password: typed });
  /** Past the password, with the code that was sent. */
  async function halfway(person: Recoverable): Promise<{ visitor: Visitor; code: string }> {
    const visitor = await atSignIn();
    return { visitor, code: await codeAfter(server, person.phone ?? person.email, () => password(visitor, person)) };
  }
  const isSignedIn = async (visitor: Visitor) => !/sign-in/.test((await visitor.open(`${server.origin}/account`)).url);
  async function signedIn(person: Recoverable): Promise<Visitor> {
    const visitor = await atSignIn();
    await signIn(server, visitor, person);
    expect(await isSignedIn(visitor)).to.equal(true);
    server.clock.advance(60);
    return visitor;
  }
  const subjects = async (to: string) => {
    await untilDelivered(server);
    return (await server.received(to)).map(({ subject }) => subject);
  };

  describe('the work of the command', () => {
    it('is recorded, told to every address in the language of the person, and kept from them in its reason', async () => {
      const person = await newcomer(['text'], { language: 'es' });
      const [notices, moved] = [newAddress('notices'), newAddress('moved')];
      await server.deps.transaction([server.deps.accounts.setNoticeEmail(person.id, { from: null, to: notices })]);
      await moveAddress(server.deps, person, moved);
      await locks.lock(moved, KIM, `  ${REASON} `);
      const account = await person.account();
      expect(account.locked).to.deep.include({ by: 'kim', reason: REASON });
      expect(await locks.show(moved)).to.deep.equal({
        id: person.id,
        createdAt: account.createdAt,
        locked: account.locked,
        closesAt: null,
        frozenAt: null,
      });
      const [event] = await server.deps.audit.of(person.id);
      expect(event).to.deep.include({ type: 'account.locked', operators: ['kim'], reason: REASON });
      expect(JSON.stringify(await db.collection('accounts').findOne({ _id: person.id as never }))).not.to.contain(REASON);
      await untilDelivered(server);
      for (const to of [moved, notices, person.email]) {
        const { subject, text, html, links } = await server.newest(to);
        expect(subject, to).to.equal('Su cuenta en línea de USCIS está bloqueada');
        expect(text).to.contain('/help').and.not.match(NO_LINK).and.not.contain(REASON).and.not.contain('kim');
        expect([html?.includes(REASON), links]).to.deep.equal([false, []]);
      }
      await locks.unlock(moved, ADA, 'Passport checked by video.');
      expect((await person.account()).locked).to.equal(null);
      expect(await person.history()).to.include('account.unlocked');
      for (const to of [moved, notices]) expect((await subjects(to))[0]).to.contain('desbloqueada');
    });

    it('refuses who is no operator, a reason that says nothing, and what is so already', async () => {
      const person = await newcomer();
      const wrong = { name: 'kim', passphrase: 'not this one, I fear' };
      expect(await refusal(locks.lock(person.email, wrong, REASON))).to.equal('No operator has this name and passphrase.');
      expect(await refusal(locks.lock(person.email, KIM, 'because'))).to.contain('in 10 to 500 characters');
      for (const nobody of [newAddress(), 'no address'])
        expect(await refusal(locks.lock(nobody, KIM, REASON))).to.equal('No account has this address.');
      expect(await refusal(locks.unlock(person.email, KIM, REASON))).to.equal('The account is not locked.');
      expect(await person.account()).to.include({ locked: null });
      await lock(person);
      const { locked } = await person.account();
      expect(await refusal(locks.lock(person.email, ADA, REASON))).to.equal('The account is locked already.');
      expect(await refusal(locks.unlock(person.email, wrong, REASON))).to.equal('No operator has this name and passphrase.');
      expect((await person.account()).locked).to.deep.equal(locked);
      expect((await person.history()).filter((type) => type === 'account.locked')).to.have.length(1);
    });

    it('is done once by eight at once, and told once', async () => {
      const person = await newcomer();
      for (const [work, type] of [
        [lock, 'account.locked'],
        [unlock, 'account.unlocked'],
      ] as const) {
        const done = await Promise.allSettled(Array.from({ length: 8 }, () => work(person)));
        expect(done.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
        for (const each of done) if (each.status === 'rejected') expect(each.reason).to.be.instanceOf(OperatorRefused);
        expect((await person.history()).filter((event) => event === type)).to.have.length(1);
      }
      expect(await subjects(person.email)).to.have.length(2);
    });
  });

  describe('ends at once', () => {
    it('every session, and every token but a JWT', async () => {
      const person = await newcomer();
      const party = await relyingPartyOf(server);
      const here = await signedIn(person);
      const elsewhere = server.visitor();
      const tokens = await tokensOf(server, party, elsewhere, person);
      const sub = tokens.claims()!.sub;
      expect(await oauth.fetchUserInfo(party.config, tokens.access_token, sub)).to.include({ sub });
      await lock(person);
      for (const visitor of [here, elsewhere]) expect(await isSignedIn(visitor)).to.equal(false);
      expect(await server.deps.sessions.of(person.id)).to.deep.equal([]);
      for (const name of ['oidc_session', 'oidc_grant', 'oidc_access_token', 'oidc_refresh_token', 'oidc_authorization_code'])
        expect(await db.collection(name).countDocuments({ accountId: person.id }), name).to.equal(0);
      const { url } = await party.begin({ prompt: 'none' });
      expect((await elsewhere.open(url.href)).url).to.contain('error=login_required');
      const refused = (doing: Promise<unknown>) => doing.then(() => 'given').catch(() => 'refused');
      expect(await refused(oauth.fetchUserInfo(party.config, tokens.access_token, sub))).to.equal('refused');
      expect(await refused(oauth.refreshTokenGrant(party.config, tokens.refresh_token!))).to.equal('refused');
      expect(await party.introspect(tokens.access_token)).to.deep.equal({ active: false });
    });

    it('a second factor under way, a recovery under way, one that waits, and what operators had begun', async () => {
      const person = await newcomer();
      const { visitor, code } = await halfway(person);
      const recovering = server.visitor();
      server.clock.advance(60);
      await proveMailbox(server, recovering, person.email);
      await choose(recovering, QUESTIONS);
      const asking = server.visitor();
      await asking.open('/users/password/new');
      server.clock.advance(60);
      const asked = await codeAfter(server, person.email, () => asking.press('Send code', { 'Email address': person.email }));
      await server.deps.transaction([
        server.deps.recoveries.start(person.id, 'questions', 72),
        server.deps.recoveries.start(person.id, 'settle:present', 72),
      ]);
      await operators.request(person.email, KIM, REASON);
      await lock(person);
      await enterCode(visitor, code);
      expect(stepOf(visitor), 'the right code of a sign-in').to.equal('sign-in/password');
      await giveAnswers(recovering);
      expect(stepOf(recovering), 'the right answers').not.to.match(/new-password/);
      await enterCode(asking, asked);
      expect(asking.page().status, 'a code that was mailed before').to.equal(409);
      expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
      expect(await operators.list()).to.deep.equal([]);
    });

    it('a change of the account that was open, whatever was typed into it', async () => {
      const person = await newcomer();
      const visitor = await signedIn(person);
      await visitor.open(`${server.origin}/account/change/change-password`);
      const { url, body } = visitor.formOf('Submit', { Password: 'Marble-Lantern 82?', 'Confirm password': 'Marble-Lantern 82?' });
      const before = await person.account();
      await lock(person);
      await visitor.post(url, body.toString());
      expect(stepOf(visitor)).not.to.equal('Your account');
      const { passwordHash } = await person.account();
      expect(passwordHash).to.equal(before.passwordHash);
    });
  });

  describe('while it is locked', () => {
    it('nobody with less than everything sees it: the answers are those of an unknown address', async () => {
      const person = await newcomer();
      await lock(person);
      const seen = [];
      for (const { email } of [person, { email: newAddress('lost') }]) {
        const visitor = await atSignIn();
        await password(visitor, { email }, 'Wrong-Harbor 71!');
        const { status, headers, text, html } = visitor.page();
        const names = [...headers.keys()].filter((name) => name !== 'set-cookie').toSorted();
        seen.push({ status, names, text: text.replaceAll(email, 'ADDRESS'), length: html.replaceAll(email, '').length });
      }
      expect(seen[0]).to.deep.equal(seen[1]);
      expect(seen[0]!.text).to.contain('The email address or the password is not correct');
      const { visitor } = await halfway(person);
      const open = (await halfway(await newcomer())).visitor;
      const words = (of: Visitor) => of.page().text.replace(/\d\d?:\d\d|•\d\d/g, '');
      expect(words(visitor), 'the right password alone').to.equal(words(open));
      await enterCode(visitor, '000000');
      await enterCode(open, '000000');
      expect([visitor.page().status, words(visitor)], 'a wrong code').to.deep.equal([422, words(open)]);
    });

    for (const [by, parts] of [
      ['text', ['text']],
      ['email', ['email']],
      ['app', ['app']],
      ['passkey', ['email', 'passkey']],
      ['the backup code', ['text']],
    ] as const)
      it(`whoever proves everything by ${by} is told on a page, and not signed in`, async () => {
        const person = await newcomer(parts, { terms: { version: '2000-01-01', at: server.clock() }, newPasswordDue: true });
        await lock(person);
        const before = await person.account();
        const visitor = await atSignIn();
        if (by === 'passkey') await useOn(visitor, person.device);
        else if (by === 'the backup code') {
          await password(visitor, person);
          await visitor.press("I can't get a code: use my backup code");
          await visitor.press('Submit', { 'Backup code': BACKUP_CODE });
        } else await signIn(server, visitor, person);
        expect([stepOf(visitor), visitor.page().heading]).to.deep.equal(['sign-in/locked', 'Your account is locked']);
        expect(visitor.page().text).to.contain('support@example.org').and.not.contain(REASON).and.not.contain('kim');
        expect(await isSignedIn(visitor)).to.equal(false);
        expect(await person.history()).not.to.include('sign-in.succeeded');
        // What was spent by being shown, and nothing else.
        const { passwordHash, browsers, terms } = await person.account();
        expect({ passwordHash, browsers, terms }).to.deep.equal({
          passwordHash: before.passwordHash,
          browsers: before.browsers,
          terms: before.terms,
        });
      });

    it('the service that asked is told that nobody signed in', async () => {
      const person = await newcomer();
      await lock(person);
      const party = await relyingPartyOf(server);
      const visitor = server.visitor();
      const { url } = await party.begin();
      await visitor.open(url.href);
      await signIn(server, visitor, person);
      await visitor.press('Go back');
      const { searchParams } = new URL(visitor.page().url);
      expect(searchParams.get('error')).to.equal('access_denied');
      expect(searchParams.get('code')).to.equal(null);
    });

    it('a recovery gets no further than anybody without an account; its owner is mailed why', async () => {
      const person = await newcomer();
      await lock(person);
      const codes = async () => (await server.received(person.email)).filter((mail) => mail.codes.length > 0).length;
      const visitor = server.visitor();
      await visitor.open('/users/password/new');
      await visitor.press('Send code', { 'Email address': person.email });
      expect(stepOf(visitor)).to.equal('recovery/recovery-code');
      expect(await subjects(person.email)).to.deep.equal(Array(2).fill('Your USCIS online account is locked'));
      expect(await codes()).to.equal(0);
      await enterCode(visitor, '000000');
      expect(visitor.page().text).to.contain('not correct');
    });

    it('nor does one of its former address, or one by operators, who are told why', async () => {
      const person = await newcomer();
      const moved = await moveAddress(server.deps, person);
      await locks.lock(moved, KIM, REASON);
      const visitor = server.visitor();
      await visitor.open('/users/password/new');
      await visitor.press('Send code', { 'Email address': person.email });
      await untilDelivered(server);
      expect((await server.received(person.email)).filter(({ codes }) => codes.length > 0)).to.deep.equal([]);
      const why = 'The account is locked, so nothing recovers it; unlock it first: npm run accounts -- unlock';
      expect(await refusal(operators.request(moved, KIM, REASON))).to.equal(why);
      await store.request({ accountId: person.id, operator: 'kim', about: 'operators', email: moved, reason: REASON });
      expect(await refusal(operators.approve(moved, ADA))).to.equal(why);
      await operators.cancel(moved, ADA);
    });

    it('nobody signs up with its address', async () => {
      const person = await newcomer();
      await lock(person);
      const visitor = server.visitor();
      await visitor.open('/users/sign_up');
      await visitor.press('Sign Up', { 'Email address': person.email });
      expect(stepOf(visitor)).to.equal('sign-up/confirm');
      await untilDelivered(server);
      expect((await server.received(person.email)).filter(({ codes }) => codes.length > 0)).to.deep.equal([]);
    });

    it('the link of a former address still stops a change, and opens nothing', async () => {
      const person = await newcomer();
      const moved = newAddress('thief');
      const { deps } = server;
      const account = await person.account();
      await moveAddress(deps, person, moved);
      const link = deps.mailedLinks.issue({ purpose: 'freeze-email', about: person.id, canonical: account.email, hours: 24 });
      await deps.transaction([link.write]);
      await locks.lock(moved, KIM, REASON);
      const visitor = server.visitor();
      await visitor.open(`/users/alerts/freeze-email?token=${link.token}`);
      await visitor.press('Stop the change');
      const now = await person.account();
      expect(now.former?.frozenAt).to.be.instanceOf(Date);
      expect([now.email, now.locked?.by]).to.deep.equal([moved, 'kim']);
    });
  });

  describe('unlocked', () => {
    it('its owner signs in anew, and nothing that had ended is back', async () => {
      const person = await newcomer();
      const visitor = await signedIn(person);
      await lock(person);
      const told = await atSignIn();
      server.clock.advance(60);
      await signIn(server, told, person);
      expect(stepOf(told)).to.equal('sign-in/locked');
      await unlock(person);
      expect(await isSignedIn(visitor)).to.equal(false);
      await told.open(told.page().url);
      expect(stepOf(told), 'the page from before').to.match(/sign-in\/password$/);
      expect(await server.deps.sessions.of(person.id)).to.deep.equal([]);
      server.clock.advance(60);
      await signedIn(person);
      server.clock.advance(60);
      const recovering = server.visitor();
      await proveMailbox(server, recovering, person.email);
      await choose(recovering, NOTHING);
      expect(stepOf(recovering)).to.equal('recovery/answer-questions');
    });
  });

  it('leaves no session to twenty sign-ins that end while it is written, whenever their browsers come back', async () => {
    const person = await newcomer(['email', 'passkey'], { passkeyDeclinedAt: server.clock() });
    const visitors = await Promise.all(Array.from({ length: 20 }, atSignIn));
    const signIns = visitors.map((visitor) => {
      const { url, body } = visitor.formOf('Sign in with a passkey', { '#credential': person.device.get(askedOn(visitor)) });
      return { visitor, press: () => visitor.postGivenUp(url, body.toString()) };
    });
    const inside = async () => (await Promise.all(visitors.map(isSignedIn))).filter((yes) => yes).length;
    // All in one second: by its time nothing can be told from what came before the lock.
    await server.clock.whileHeld(async () => {
      const early = await Promise.all(signIns.slice(0, 8).map(({ press }) => press()));
      const [, ...late] = await Promise.all([lock(person), ...signIns.slice(8).map(({ press }) => press())]);
      expect((await person.history()).filter((type) => type === 'sign-in.succeeded').length, 'faster than the lock').to.be.at.least(8);
      for (const [index, { status, headers }] of [...early, ...late].entries()) {
        expect(status).to.be.below(500);
        const to = headers.get('location');
        if (to) await visitors[index]!.open(to);
      }
      expect(await inside(), 'locked').to.equal(0);
      expect(await server.deps.sessions.of(person.id)).to.deep.equal([]);
    });
    server.clock.advance(2);
    await unlock(person);
    expect(await db.collection('oidc_session').countDocuments({ accountId: person.id })).to.equal(0);
    expect(await inside(), 'unlocked').to.equal(0);
  });

  it('cannot be raced by a change: one that is saved comes before it, any other is not saved', async () => {
    const { accounts, transaction } = server.deps;
    const person = await newcomer();
    const phones = Array.from({ length: 8 }, (_, index) => ({ id: `more-${index}`, method: 'text' as const, phone: newPhone() }));
    const [, ...added] = await Promise.allSettled([
      lock(person),
      ...phones.map((phone) => transaction([accounts.addMethod(person.id, phone)])),
    ]);
    const saved = added.filter(({ status }) => status === 'fulfilled').length;
    expect((await person.account()).methods).to.have.length(1 + saved);
    const later = await Promise.allSettled(
      phones.map((phone) => transaction([accounts.addMethod(person.id, { ...phone, id: `late-${phone.id}` })])),
    );
    expect(later.filter(({ status }) => status === 'fulfilled')).to.deep.equal([]);
  });
});
