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
