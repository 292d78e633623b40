/** The end of a sign-up by each choice of methods: the account that comes of it, and what the service is told. */
import { expect } from 'chai';
import type { Method } from '../../src/accounts/account.ts';
import { signUp } from '../../src/sign-up/journey.ts';
import { newAddress, newPhone } from '../support/people.ts';
import { type AnyVisit, commit, sharedServer, visitOf } from '../support/shared-server.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
/** When each method was proven; the app last. */
const AT = { email: '2026-11-22T12:00:00.900Z', text: '2026-11-22T12:05:00.000Z', app: '2026-11-22T12:10:30.999Z' };

describe('sign-up: the end', () => {
  function answered(chosen: readonly Method[], proven: readonly Method[] = chosen) {
    const [address, phone, at] = [newAddress(), newPhone(), '2026-11-22T11:00:00.000Z'];
    const proof = (method: Method, given: object) => (proven.includes(method) ? { ...given, at: AT[method] } : { skipped: at });
    return {
      email: { address, canonical: address },
      confirm: { canonical: address, at },
      terms: { version: '2026-02-03', at },
      'new-password': { hash: 'the password hash', at },
      delivery: { at, methods: chosen, ...(chosen.includes('text') && { phone }) },
      ...(chosen.includes('email') && { 'email-code': proof('email', { address, person: 'p' }) }),
      ...(chosen.includes('text') && { 'text-code': proof('text', { address: phone, person: 'p' }) }),
      ...(chosen.includes('app') && { authenticator: proof('app', { id: 'an-app', person: 'p', secret: SECRET, step: 9 }) }),
      'new-backup-code': { hash: 'the backup hash' },
      questions: { ids: ['a', 'b', 'c', 'd', 'e'], answersHash: 'the answers hash' },
      'passkey-offer': { person: 'p', declinedAt: at },
    };
  }
  const finish = async (visit: AnyVisit) => {
    const { deps } = await sharedServer();
    const finished = await signUp.finish(deps, visit);
    return { ...finished, login: 'login' in finished.result ? finished.result.login : undefined };
  };

  for (const [chosen, proven, level, amr] of [
    [['email'], ['email'], 0, ['pwd', 'otp']],
    [['text'], ['text'], 1, ['pwd', 'sms', 'mfa']],
    [['app'], ['app'], 1, ['pwd', 'otp', 'mfa']],
    [['email', 'text'], ['email', 'text'], 1, ['pwd', 'sms', 'mfa']],
    [['email', 'text', 'app'], ['email', 'text', 'app'], 1, ['pwd', 'sms', 'mfa']],
    [['email', 'text'], ['email'], 0, ['pwd', 'otp']],
    [['email', 'app'], ['app'], 1, ['pwd', 'otp', 'mfa']],
  ] as const)
    it(`with ${chosen.join(' and ')}, of which ${proven.join(' and ')} proven, tells so`, async () => {
      const { deps, config } = await sharedServer();
      const visit = visitOf(answered(chosen, proven));
      const { login, writes } = await finish(visit);
      const latest = Math.max(...proven.map((method) => Date.parse(AT[method])));
      expect(login).to.deep.equal({
        accountId: visit.journeyId,
        acr: config.policy.acrValues[level],
        amr,
        ts: Math.floor(latest / 1000),
      });
      await commit(writes);
      const account = (await deps.accounts.find(visit.journeyId))!;
      expect(account.methods.map(({ method }) => method)).to.deep.equal(proven);
    });

  it('leaves out a number that was proven before it was changed', async () => {
    const { deps } = await sharedServer();
    const answers = answered(['email', 'text']);
    const visit = visitOf({ ...answers, delivery: { ...answers.delivery, phone: newPhone() } });
    const { login, writes } = await finish(visit);
    expect(login?.amr).to.deep.equal(['pwd', 'otp']);
    await commit(writes);
    expect((await deps.accounts.find(visit.journeyId))!.methods).to.deep.equal([{ id: 'email', method: 'email' }]);
  });

  it('leaves out a method that was proven and is chosen no more', async () => {
    const answers = answered(['email', 'text']);
    const { login } = await finish(visitOf({ ...answers, delivery: { ...answers.delivery, methods: ['email'] } }));
    expect(login?.amr).to.deep.equal(['pwd', 'otp']);
  });

  it('makes the account whole, with all that was answered', async () => {
    const { deps, clock } = await sharedServer();
    const answers = answered(['email', 'text', 'app']);
    const visit = visitOf(answers, { language: 'es' });
    await commit((await finish(visit)).writes);
    const account = (await deps.accounts.findByEmail(answers.email.canonical))!;
    const { createdAt, methods, ...rest } = account;
    expect(rest).to.deep.equal({
      id: visit.journeyId,
      email: answers.email.address,
      language: 'es',
      passwordHash: 'the password hash',
      backupCodeHash: 'the backup hash',
      locked: null,
      noticeEmail: null,
      newPasswordDue: false,
      passkeys: [],
      passkeyDeclinedAt: new Date(answers['passkey-offer'].declinedAt),
      questions: { ...answers.questions, forRecovery: true },
      terms: { version: '2026-02-03', at: new Date(answers.terms.at) },
      memberships: {},
      browsers: [visit.browser],
      sessionsSince: null,
      othersSince: null,
      endedSessions: [],
      former: null,
      closesAt: null,
      keptAt: null,
    });
    expect(Math.abs(createdAt.getTime() - clock().getTime())).to.be.below(10_000);
    expect(methods[1]).to.include({ method: 'text', phone: answers.delivery.phone });
    expect(methods[2]).to.deep.equal({ id: 'an-app', method: 'app', secret: SECRET, lastStep: 9 });
  });

  it('makes it with the passkey that was created, and records that', async () => {
    const { deps } = await sharedServer();
    const passkey = { id: newAddress(), publicKey: 'AA', counter: 0, transports: ['internal'], name: 'Chrome (Android)', key: 'swk' };
    const answers = { ...answered(['email']), 'passkey-offer': { person: 'p', passkey } };
    const visit = visitOf(answers);
    await commit((await finish(visit)).writes);
    const account = (await deps.accounts.find(visit.journeyId))!;
    const [made] = account.passkeys;
    expect(made).to.deep.include({ ...passkey, lastUsedAt: null });
    expect(made!.createdAt).to.be.instanceOf(Date);
    expect(account.passkeyDeclinedAt).to.equal(null);
    expect((await deps.audit.of(account.id)).map(({ type }) => type)).to.have.members(['account.created', 'passkey.added']);
  });

  it('tells the person once, in their language, and records which methods there are', async () => {
    const { deps, newest, received } = await sharedServer();
    const answers = answered(['email', 'text']);
    const visit = visitOf(answers, { language: 'es' });
    await commit((await finish(visit)).writes);
    const mail = await newest(answers.email.address);
    expect(mail.subject).to.match(/cuenta/i);
    const outcome = await commit((await finish(visit)).writes).catch((error: { code: string }) => error.code);
    expect(outcome).to.equal('account_exists');
    expect(await received(answers.email.address)).to.have.length(1);
    const events = await deps.audit.of(visit.journeyId);
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({ type: 'account.created', methods: ['email', 'text'] });
  });

  it('of sixteen at once with one address makes one account', async () => {
    const { deps } = await sharedServer();
    const answers = answered(['email']);
    const visits = Array.from({ length: 16 }, () => visitOf(answers));
    const outcomes = await Promise.all(
      visits.map(async (visit) =>
        commit((await finish(visit)).writes).then(
          () => 'made',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'made')).to.have.length(1);
    expect(outcomes.filter((outcome) => outcome === 'account_exists')).to.have.length(15);
    const accounts = await Promise.all(visits.map(({ journeyId }) => deps.accounts.find(journeyId)));
    expect(accounts.filter(Boolean)).to.have.length(1);
  });

  it('gives the sign-up back to the limit of its network, once it is saved', async () => {
    const { deps } = await sharedServer();
    const visit = visitOf(answered(['email']), { ip: '198.51.100.201' });
    const { left } = await deps.attempts.peek('sign-up-network', visit.ip);
    await deps.attempts.spend('sign-up-network', visit.ip);
    const { after, writes } = await finish(visit);
    await commit(writes);
    expect((await deps.attempts.peek('sign-up-network', visit.ip)).left).to.equal(left - 1);
    await after!();
    expect((await deps.attempts.peek('sign-up-network', visit.ip)).left).to.equal(left);
  });
});
