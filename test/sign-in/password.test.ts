import { expect } from 'chai';
import { type PasswordAnswer, password } from '../../src/sign-in/password.ts';
import { newAddress, PASSWORD } from '../support/people.ts';
import { answerOf, INTERACTION, makeAccount, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-in/password', () => {
  const phone = { id: 'phone', method: 'text', phone: '+12025550123' } as const;
  const email = { id: 'email', method: 'email' } as const;

  it('names what is missing, and tells nothing of addresses', async () => {
    const { email: known } = await makeAccount();
    expect(problemAt(await press(password, visitOf()), 'email')).to.equal('problems.email_required');
    expect(problemAt(await press(password, visitOf(), { email: 'ana', password: 'x' }), 'email')).to.equal('problems.email_invalid');
    expect(problemAt(await press(password, visitOf(), { email: known }), 'password')).to.equal('problems.password_required');
    for (const address of [known, newAddress()])
      expect(problemAt(await press(password, visitOf(), { email: address, password: 'Wrong-Harbor 71!' }), 'form')).to.equal(
        'problems.sign_in_failed',
      );
  });

  it('knows who signs in again to change their account, and nobody else', async () => {
    const { deps } = await sharedServer();
    const { id, email } = await makeAccount();
    const shown = (change: object) => password.show(deps, visitOf({}, { interaction: { ...INTERACTION, prompt: 'login', ...change } }));
    const client = { ...INTERACTION.client, id: 'account-pages' };
    // For a change that is a journey, and for a form of the account's own pages.
    const form = { client, sessionAccountId: id };
    const changing = { ...form, journey: 'change-password' };
    for (const again of [changing, form])
      expect(await shown(again)).to.deep.include({ again: true, values: { email }, recoveryUrl: '/interaction/an-interaction/recovery' });
    for (const other of [
      {},
      { sessionAccountId: id },
      { client },
      { client, journey: 'change-password' },
      { ...form, journey: 'recovery' },
    ])
      expect(await shown(other)).to.deep.include({ again: false, values: {} });
  });

  it('offers no passkey to who signs in again', async () => {
    const { id, email: address } = await makeAccount({ passkeyDeclinedAt: null });
    const offered = async (change: object) => {
      const visit = visitOf({}, { interaction: { ...INTERACTION, prompt: 'login', ...change } });
      return (answerOf(await press(password, visit, { email: address, password: PASSWORD })) as unknown as PasswordAnswer).offerAfter;
    };
    const client = { ...INTERACTION.client, id: 'account-pages' };
    expect(await offered({ client })).to.deep.equal(['email']);
    expect(await offered({ client, sessionAccountId: id })).to.deep.equal([]);
    expect(await offered({ client, sessionAccountId: id, journey: 'change-email' })).to.deep.equal([]);
  });

  it('begins from nothing where another account gave its password before', async () => {
    const [one, two] = [await makeAccount(), await makeAccount()];
    const typed = { email: two.email, password: PASSWORD };
    expect(await press(password, visitOf({ password: { accountId: one.id } }), typed)).to.include({ afresh: true });
    expect(await press(password, visitOf({ password: { accountId: two.id } }), typed)).not.to.have.property('afresh');
    expect(await press(password, visitOf(), typed)).to.include({ afresh: true });
  });

  it('knows what the account lacks, and whether its backup code would do', async () => {
    const { deps, config } = await sharedServer();
    const whole = await makeAccount();
    const answerTo = async (account: { email: string }, wanted?: { acr: string; essential: boolean }) =>
      answerOf(
        await press(password, visitOf({}, { interaction: { ...INTERACTION, wanted } }), { email: account.email, password: PASSWORD }),
      );
    expect(await answerTo(whole)).to.deep.include({ backupCode: true, lacksBackupCode: false, newPasswordDue: false });
    expect(await answerTo(whole)).not.to.have.property('closesAt');
    expect(await answerTo(whole, { acr: config.policy.acrValues[2]!, essential: true })).not.to.have.property('backupCode');
    const lacking = await makeAccount({ backupCodeHash: null });
    await deps.transaction([deps.accounts.demandNewPassword(lacking.id), deps.accounts.close(lacking.id, 14)]);
    const { closesAt, ...said } = await answerTo(lacking);
    expect(said).to.deep.include({ backupCode: false, lacksBackupCode: true, newPasswordDue: true });
    expect(new Date(closesAt as string)).to.be.greaterThan(deps.clock());
  });

  it('gives the account and its methods, masked, and keeps no password', async () => {
    const account = await makeAccount({ methods: [email, phone] });
    const answer = answerOf(await press(password, visitOf(), { email: ` ${account.email.toUpperCase()} `, password: PASSWORD }));
    expect(answer).to.deep.include({ accountId: account.id, termsChanged: false, tooWeak: false });
    const { methods } = answer as unknown as PasswordAnswer;
    expect(methods.map(({ method }) => method)).to.deep.equal(['email', 'text']);
    expect(JSON.stringify(answer)).not.to.contain(phone.phone).and.not.contain(PASSWORD);
  });

  it('knows when the terms have changed', async () => {
    const { email: address } = await makeAccount({ terms: { version: '2020-01-01', at: new Date() } });
    expect(answerOf(await press(password, visitOf(), { email: address, password: PASSWORD }))).to.include({ termsChanged: true });
  });

  it('offers the methods that reach the level the service demands, and says where there is none', async () => {
    const { config } = await sharedServer();
    const interaction = { ...INTERACTION, wanted: { acr: config.policy.acrValues[1], essential: true } };
    const both = await makeAccount({ methods: [email, phone] });
    const only = await makeAccount();
    const visit = visitOf({}, { interaction });
    const strong = answerOf(await press(password, visit, { email: both.email, password: PASSWORD })) as unknown as PasswordAnswer;
    expect(strong.methods.map(({ method }) => method)).to.deep.equal(['text']);
    expect(answerOf(await press(password, visit, { email: only.email, password: PASSWORD }))).to.deep.include({
      methods: [],
      tooWeak: true,
    });
  });

  it('counts no mailed code in the profile `nist`, but lets it in once more where there is nothing else', async () => {
    const { deps, config } = await sharedServer();
    const nist = { ...deps, config: { ...config, policy: { ...config.policy, profile: 'nist' as const } } };
    const passkey = {
      id: deps.newId(),
      publicKey: 'AA',
      counter: 0,
      transports: [],
      name: 'Phone',
      createdAt: new Date(),
      lastUsedAt: null,
    };
    const answerTo = async (change: Parameters<typeof makeAccount>[0], wanted?: { acr: string; essential: boolean }, given = nist) => {
      const account = await makeAccount({ passkeyDeclinedAt: null, ...change });
      const visit = visitOf({}, { interaction: { ...INTERACTION, wanted } });
      const outcome = await password.actions.submit.run(given, visit, { email: account.email, password: PASSWORD });
      const answer = answerOf(outcome as never) as unknown as PasswordAnswer;
      const { newMethodDue, tooWeak, offerAfter } = answer;
      return { methods: answer.methods.map(({ method }) => method), newMethodDue, tooWeak, offered: offerAfter.length > 0 };
    };
    const due = { newMethodDue: true, tooWeak: false, offered: false };
    expect(await answerTo({ methods: [email] })).to.deep.equal({ methods: ['email'], ...due });
    // A passkey is no method: it does not work everywhere, and never stands alone.
    expect(await answerTo({ methods: [email], passkeys: [passkey] })).to.deep.equal({ methods: ['email', 'passkey'], ...due });
    for (const essential of [true, false]) {
      const wanted = { acr: config.policy.acrValues[1]!, essential };
      expect(await answerTo({ methods: [email] }, wanted)).to.deep.equal({ methods: ['email'], ...due });
    }
    const whole = { newMethodDue: false, tooWeak: false, offered: true };
    expect(await answerTo({ methods: [email, phone] })).to.deep.equal({ methods: ['text'], ...whole });
    expect(await answerTo({ methods: [phone] })).to.deep.equal({ methods: ['text'], ...whole });
    expect(await answerTo({ methods: [email] }, undefined, deps as typeof nist)).to.deep.equal({ methods: ['email'], ...whole });
  });

  it('goes on with an unfinished sign-up of this address and password', async () => {
    const { deps } = await sharedServer();
    const address = newAddress();
    const uid = deps.newId();
    const journey = await deps.journeys.open({ kind: 'sign-up', uid, browser: uid, authorization: {}, language: 'en', keptMinutes: 60 });
    const answers = { email: { address }, confirm: { canonical: address }, 'new-password': { hash: await deps.passwords.hash(PASSWORD) } };
    const change = { address: { value: address, proven: true }, keptMinutes: 60 };
    await deps.transaction([deps.journeys.save(journey, { ...journey.content, answers }, change)]);
    expect(await press(password, visitOf(), { email: address, password: PASSWORD })).to.deep.include({
      kind: 'follow',
      journeyId: journey.id,
    });
    expect(problemAt(await press(password, visitOf(), { email: address, password: 'Wrong-Harbor 71!' }), 'form')).to.equal(
      'problems.sign_in_failed',
    );
  });

  it('shows the address again: typed before, or hinted by the service', async () => {
    const { deps } = await sharedServer();
    const values = async (answers: object, params: object) =>
      ((await password.show(deps, visitOf(answers, { interaction: { ...INTERACTION, params: { ...params } } }))) as { values: object })
        .values;
    expect(await values({}, {})).to.deep.equal({});
    expect(await values({}, { login_hint: 'hint@people.test' })).to.deep.equal({ email: 'hint@people.test' });
    expect(await values({ password: { address: 'typed@people.test' } }, { login_hint: 'h' })).to.deep.equal({ email: 'typed@people.test' });
  });
});
