/** The end of a sign-in by each method, and what of the limits of a password stands in its way. */
import { expect } from 'chai';
import type { Account } from '../../src/accounts/account.ts';
import { createPasswords } from '../../src/passwords/password-hash.ts';
import { signIn } from '../../src/sign-in/journey.ts';
import { password as passwordStep } from '../../src/sign-in/password.ts';
import { untilDelivered } from '../support/delivered.ts';
import { appCode, newAddress, newPhone, PASSWORD } from '../support/people.ts';
import {
  type AnyVisit,
  answerOf,
  commit,
  INTERACTION,
  makeAccount,
  press,
  problemAt,
  sharedServer,
  visitOf,
} from '../support/shared-server.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('sign-in: the end', () => {
  const stepOf = (name: string) => signIn.steps.find((step) => step.name === name)!;
  const withAll = async (lastStep = 0) => {
    const phone = newPhone();
    const account = await makeAccount({
      methods: [
        { id: 'email', method: 'email' },
        { id: 'a-phone', method: 'text', phone },
        { id: 'an-app', method: 'app', secret: SECRET, lastStep },
      ],
    });
    return { account, phone };
  };
  const typed = (email: string, password = PASSWORD) => ({ email, password });
  /** With the password given and this method chosen. */
  const chosen = async (email: string, id: string, change: Partial<AnyVisit> = {}) => {
    const given = answerOf(await press(passwordStep, visitOf({}, change), typed(email)));
    return visitOf({ password: given, 'choose-method': { id } }, change);
  };
  const save = async (visit: AnyVisit, step: string, code: string): Promise<AnyVisit> => {
    const outcome = await press(stepOf(step), visit, { code });
    const answer = answerOf(outcome);
    if (outcome.kind === 'advance') await commit(outcome.writes);
    return { ...visit, answers: { ...visit.answers, [step]: answer } };
  };
  /** On the page of the code, which has been sent. */
  const sent = async (visit: AnyVisit, step: string, to: string) => {
    const { deps, newest, received } = await sharedServer();
    const before = (await received(to)).length;
    const { keep, writes } = await stepOf(step).arrive!(deps, visit);
    await commit(writes);
    return { visit: { ...visit, kept: keep } as AnyVisit, code: (await newest(to, before + 1)).codes[0]! };
  };

  for (const [id, step, level, amr] of [
    ['email', 'email-code', 0, ['pwd', 'otp']],
    ['a-phone', 'text-code', 1, ['pwd', 'sms', 'mfa']],
    ['an-app', 'authenticator', 1, ['pwd', 'otp', 'mfa']],
  ] as const)
    it(`by ${step} tells the service so, and records it`, async () => {
      const server = await sharedServer();
      const { deps, config, clock } = server;
      const { account, phone } = await withAll();
      const visit = await chosen(account.email, id);
      expect(signIn.due(visit.answers)?.name).to.equal(step);
      const ready =
        id === 'an-app' ? { visit, code: await appCode(server, SECRET) } : await sent(visit, step, id === 'email' ? account.email : phone);
      const now = Math.floor(clock().getTime() / 1000);
      const proven = await save(ready.visit, step, ready.code);
      expect(signIn.due(proven.answers)).to.equal(undefined);
      const { result, writes } = await signIn.finish(deps, proven);
      const { login } = result as { login: { ts: number } };
      expect(login).to.deep.include({ accountId: account.id, acr: config.policy.acrValues[level], amr });
      expect(login.ts).to.be.within(now, now + 5);
      await commit(writes);
      const [event] = await deps.audit.of(account.id);
      expect(event).to.include({ type: 'sign-in.succeeded', acr: config.policy.acrValues[level], client: 'myuscis' });
      expect((await deps.accounts.find(account.id))!.browsers).to.deep.equal([proven.browser]);
    });

  it('takes a step of an app once, of many at once too, and never one before it', async () => {
    const server = await sharedServer();
    const { account } = await withAll();
    const code = await appCode(server, SECRET);
    const visits: AnyVisit[] = [];
    while (visits.length < 8) visits.push(await chosen(account.email, 'an-app'));
    const outcomes = await Promise.allSettled(visits.map((visit) => save(visit, 'authenticator', code)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect(problemAt(await press(stepOf('authenticator'), visits[0]!, { code }), 'code')).to.equal('problems.code_used_app');
  });

  it('shows where codes go by their ends alone', async () => {
    const { deps } = await sharedServer();
    const { account, phone } = await withAll();
    const visit = await chosen(account.email, 'a-phone');
    const shown = JSON.stringify([
      await stepOf('choose-method').show(deps, visit),
      await stepOf('text-code').show(deps, visit),
      await stepOf('email-code').show(deps, { ...visit, answers: { ...visit.answers, 'choose-method': { id: 'email' } } }),
    ]);
    expect(shown)
      .to.contain(`•••${phone.slice(-2)}`)
      .and.contain(`${account.email[0]}•••@people.test`);
    expect(shown).not.to.contain(phone.slice(0, -2)).and.not.contain(account.email);
  });

  it('has no way on where the account was closed, or its method taken off, meanwhile', async () => {
    const { deps } = await sharedServer();
    const { account } = await withAll();
    const visit = await chosen(account.email, 'a-phone');
    const failure = (answers: object) =>
      stepOf('text-code')
        .show(deps, { ...visit, answers })
        .then(
          () => 'shown',
          (error: { code: string }) => error.code,
        );
    const { password } = visit.answers;
    expect(await failure({ ...visit.answers, password: { ...password, accountId: 'closed' } })).to.equal('page_expired');
    const without = await makeAccount();
    expect(await failure({ ...visit.answers, password: { ...password, accountId: without.id } })).to.equal('page_expired');
  });

  it('offers all methods where the level that the service wishes for cannot be reached', async () => {
    const { config } = await sharedServer();
    const { account } = await withAll();
    const wishing = (acr: string | undefined) => ({ interaction: { ...INTERACTION, wanted: { acr: acr!, essential: false } } });
    const offered = async (visit: AnyVisit) =>
      (answerOf(await press(passwordStep, visit, typed(account.email))) as unknown as { methods: { id: string }[] }).methods.map(
        ({ id }) => id,
      );
    expect(await offered(visitOf({}, wishing(config.policy.acrValues[1])))).to.deep.equal(['a-phone', 'an-app']);
    expect(await offered(visitOf({}, wishing(config.policy.acrValues[2])))).to.deep.equal(['email', 'a-phone', 'an-app']);
  });

  describe('the password', () => {
    const wrong = 'Wrong-Harbor 71!';
    /** Twelve guesses at once: how many were judged, and what the others were told. */
    const guess = async (email: string) => {
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => press(passwordStep, visitOf(), typed(email, wrong))));
      const refused = outcomes.filter((outcome) => problemAt(outcome, 'form') === 'problems.wait');
      return { judged: outcomes.length - refused.length, refused };
    };

    for (const who of ['an account', 'nobody'])
      it(`of ${who} waits after the fifth failure, and names the time`, async () => {
        const { clock } = await sharedServer();
        const email = who === 'nobody' ? newAddress() : (await makeAccount()).email;
        const { judged, refused } = await guess(email);
        expect(judged).to.equal(5);
        const until = refused[0]!.kind === 'stay' ? (refused[0]!.problems.form!.until as Date) : undefined;
        expect(until!.getTime() - clock().getTime()).to.be.within(-5000, 1000);
      });

    it('guessed by strangers does not keep a browser out that has signed in before', async () => {
      const account = await makeAccount({ browsers: ['the browser of the owner'] });
      await guess(account.email);
      const own = visitOf({}, { browser: 'the browser of the owner' });
      expect(answerOf(await press(passwordStep, own, typed(account.email)))).to.include({ accountId: account.id });
    });

    it('is hashed anew, with the answer, where its hash was made at another cost', async () => {
      const { deps } = await sharedServer();
      const cheaper = createPasswords({ rootSecret: deps.rootSecret, cost: { memoryKiB: 16, passes: 1, lanes: 1 } });
      const account = await makeAccount({ passwordHash: await cheaper.hash(PASSWORD) });
      const outcome = await press(passwordStep, visitOf(), typed(account.email));
      expect((await deps.accounts.find(account.id))!.passwordHash).to.equal(account.passwordHash);
      if (outcome.kind === 'advance') await commit(outcome.writes);
      const { passwordHash } = (await deps.accounts.find(account.id))!;
      expect(deps.passwords.needsRehash(passwordHash)).to.equal(false);
      expect(await deps.passwords.verify(PASSWORD, passwordHash)).to.equal(true);
    });
  });
});

describe('sign-in: what the account becomes by its end', () => {
  const AT = '2026-11-22T12:00:00.000Z';
  const methods = [
    { id: 'email', method: 'email' },
    { id: 'a-phone', method: 'text', phone: '+12025550123' },
    { id: 'an-app', method: 'app', secret: SECRET, lastStep: 0 },
  ] as const;

  /** The end of a sign-in of this account: by mail, unless `answers` of the later pages say otherwise. */
  const finished = async (account: Account, answers: object = {}, given: Partial<AnyVisit> = {}) => {
    const { deps } = await sharedServer();
    const offered = [{ id: 'email', method: 'email' }];
    const password = { accountId: account.id, address: account.email, methods: offered, backupCode: true, offerAfter: [] };
    const proof = { address: account.email, person: account.id, at: AT };
    const visit = visitOf({ password, 'email-code': proof, ...answers }, { device: 'Chrome (Android)', ...given });
    const { result, writes, after } = await signIn.finish(deps, visit);
    await commit(writes);
    await after?.();
    return { visit, now: (await deps.accounts.find(account.id))!, login: (result as { login: { ts: number } }).login };
  };
  const eventsOf = async (id: string) => (await (await sharedServer()).deps.audit.of(id)).map(({ type }) => type).toSorted();
  const mailsTo = async (to: string) => {
    const { deps, received } = await sharedServer();
    await untilDelivered({ deps });
    return received(to);
  };

  it('after the backup code: the new method, without what is lost, and a new backup code', async () => {
    const { config } = await sharedServer();
    const phone = newPhone();
    const account = await makeAccount({ methods, backupCodeHash: null });
    const proof = { person: account.id, at: AT };
    const { now, login } = await finished(account, {
      'email-code': { instead: 'backup-code', person: account.id },
      'backup-code': proof,
      'new-method': { person: account.id, method: 'text', phone, name: 'New phone', remove: ['a-phone', 'an-app', 'gone'] },
      'new-text-code': { address: phone, person: `${account.id}|new`, at: AT },
      'new-backup-code': { hash: 'the new hash' },
    });
    expect(now.methods.map(({ method }) => method)).to.deep.equal(['email', 'text']);
    expect(now.methods[1]).to.deep.include({ phone, name: 'New phone' });
    expect(now.backupCodeHash).to.equal('the new hash');
    expect(login).to.deep.include({ acr: config.policy.acrValues[1], amr: ['pwd', 'otp', 'mfa'] });
    expect(await eventsOf(account.id)).to.deep.equal([
      'backup-code.replaced',
      'method.added',
      'method.removed',
      'method.removed',
      'sign-in.succeeded',
    ]);
    expect(await mailsTo(account.email)).to.have.length(4);
  });

  it('a method that was chosen counts only after the backup code', async () => {
    const chosen = { 'new-method': { method: 'app', remove: ['a-phone'] } };
    const { now } = await finished(await makeAccount({ methods }), chosen);
    expect(now.methods.map(({ id }) => id)).to.deep.equal(['email', 'a-phone', 'an-app']);
  });

  it('tells the owner of a browser that was not seen before, once, and not of one that was', async () => {
    const account = await makeAccount();
    const { visit } = await finished(account, {}, { browser: 'a new browser' });
    const [mail, ...more] = await mailsTo(account.email);
    expect(more).to.deep.equal([]);
    expect(mail!.text).to.contain('Chrome (Android)');
    // The same browser once more.
    await finished(account, {}, visit);
    expect(await mailsTo(account.email)).to.have.length(1);
    const known = await makeAccount({ browsers: ['one of theirs'] });
    await finished(known, {}, { browser: 'one of theirs' });
    expect(await mailsTo(known.email)).to.deep.equal([]);
  });

  it('a new password takes the place of one that was due, ends what was begun with it, and this sign-in lives', async () => {
    const { deps, clock } = await sharedServer();
    const account = await makeAccount({ browsers: ['b'] });
    await commit([deps.accounts.demandNewPassword(account.id)]);
    const { now, login } = await finished(account, { 'new-password': { hash: 'the new hash' } }, { browser: 'b' });
    expect(now).to.deep.include({ passwordHash: 'the new hash', newPasswordDue: false });
    expect(login.ts)
      .to.be.at.least(Math.floor(now.sessionsSince!.getTime() / 1000))
      .and.at.most(clock().getTime() / 1000);
    expect(await eventsOf(account.id)).to.include('password.changed');
    expect(await mailsTo(account.email)).to.have.length(1);
  });

  it('keeps an account that was closing, and only that', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    await commit([deps.accounts.close(account.id, 14)]);
    const { now } = await finished(account, { 'keep-account': { kept: true } });
    expect(now.closesAt).to.equal(null);
    expect(await eventsOf(account.id)).to.include('account.kept');
    const open = await makeAccount();
    await finished(open, { 'keep-account': { kept: true } });
    expect(await eventsOf(open.id)).not.to.include('account.kept');
  });

  it('stops every recovery that waits, and says so where there was one', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount({ browsers: ['b'] });
    await commit([deps.recoveries.start(account.id, 'questions', 72), deps.recoveries.start(account.id, 'method:email', 24)]);
    await finished(account, { 'email-code': { address: account.email, person: account.id, at: AT } });
    expect(await deps.recoveries.of(account.id)).to.deep.equal([]);
    expect(await eventsOf(account.id)).to.include('recovery.cancelled');
    const other = await makeAccount();
    await finished(other);
    expect(await eventsOf(other.id)).to.deep.equal(['sign-in.succeeded']);
  });
});
