import { expect } from 'chai';
import { signUp, signUpUnder } from '../../src/sign-up/journey.ts';
import { newAddress } from '../support/people.ts';
import { commit, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-up/journey', () => {
  const address = 'ana@people.test';
  const at = '2026-11-22T12:00:00.000Z';
  const begun = {
    email: { address, canonical: address },
    confirm: { canonical: address, at },
    terms: { version: '1', at },
    'new-password': { hash: 'h', at },
  };
  const chosen = { ...begun, delivery: { at, methods: ['email', 'text', 'app'], phone: '+12025550123' } };
  const emailProven = { ...chosen, 'email-code': { address, person: 'p', at } };
  const due = (answers: object) => signUp.due(answers as never)?.name;

  it('goes through its pages in the order of the stages', () => {
    expect(due({})).to.equal('email');
    expect(due({ email: begun.email })).to.equal('confirm');
    expect(due({ ...begun, confirm: { ...begun.confirm, earlier: 'j' } })).to.equal('resume');
    expect(due(begun)).to.equal('delivery');
    expect(due(chosen)).to.equal('email-code');
    expect(due(emailProven)).to.equal('text-code');
    expect(signUp.stages).to.deep.equal(['email', 'terms', 'password', 'delivery', 'backup-code', 'questions']);
  });

  it('has no questions in the profile `nist`, and counts no choice of mailed codes from before', () => {
    const nist = signUpUnder({ profile: 'nist' });
    const next = (answers: object) => nist.due(answers as never)?.name;
    expect(nist.steps.map(({ name }) => name)).not.to.include('questions');
    expect(nist.stages).to.deep.equal(['email', 'terms', 'password', 'delivery', 'backup-code']);
    const byText = {
      ...begun,
      delivery: { at, methods: ['text'], phone: '+12025550123' },
      'text-code': { address: '+12025550123', person: 'p', at },
    };
    expect(next({ ...byText, 'new-backup-code': { hash: 'backup' } })).to.equal('passkey-offer');
    expect(due({ ...byText, 'new-backup-code': { hash: 'backup' } })).to.equal('questions');
    for (const answers of [chosen, emailProven]) expect(next(answers)).to.equal('delivery');
  });

  it('keeps no answers in the profile `nist` that were given before it', async () => {
    const { deps } = await sharedServer();
    const answers = {
      ...begun,
      delivery: { at, methods: ['text'], phone: '+12025550123' },
      'text-code': { address: '+12025550123', person: 'p', at },
      'new-backup-code': { hash: 'backup' },
      questions: { ids: ['a'], answersHash: 'answers' },
      'passkey-offer': { person: 'p', declinedAt: at },
    };
    for (const [profile, questions] of [
      ['nist', null],
      ['seed', { ids: ['a'], answersHash: 'answers', forRecovery: true }],
    ] as const) {
      const address = newAddress();
      const own = { ...answers, email: { address, canonical: address }, confirm: { canonical: address, at } };
      const visit = visitOf(own);
      await commit((await signUpUnder({ profile }).finish(deps, visit)).writes);
      expect((await deps.accounts.find(visit.journeyId))!.questions, profile).to.deep.equal(questions);
    }
  });

  it('confirms a changed address anew, and its code', () => {
    const changed = { ...emailProven, email: { address: 'other@people.test', canonical: 'other@people.test' } };
    expect(due(changed)).to.equal('confirm');
    expect(due({ ...changed, confirm: { canonical: 'other@people.test', at } })).to.equal('email-code');
  });

  it('proves a changed number anew, and keeps what else was proven', () => {
    const text = { ...emailProven, 'text-code': { address: '+12025550123', person: 'p', at } };
    expect(due(text)).to.equal('authenticator');
    expect(due({ ...text, delivery: { ...chosen.delivery, phone: '+12025550199' } })).to.equal('text-code');
  });

  it('leaves a method out while another is proven, until the methods are chosen again', () => {
    const skipped = { ...emailProven, 'text-code': { skipped: at }, authenticator: { skipped: at } };
    expect(due(skipped)).to.equal('new-backup-code');
    expect(due({ ...skipped, delivery: { ...chosen.delivery, at: 'later' } })).to.equal('text-code');
    const { 'email-code': _proof, ...unproven } = skipped;
    expect(due({ ...unproven, delivery: { ...chosen.delivery, methods: ['text'] } })).to.equal('text-code');
  });

  it('is found by an address, as proven only where that very address is', () => {
    expect(signUp.address!({})).to.equal(undefined);
    expect(signUp.address!({ email: begun.email })).to.deep.equal({ value: address, proven: false });
    expect(signUp.address!(begun)).to.deep.equal({ value: address, proven: true });
    expect(signUp.address!({ ...begun, email: { address: 'b', canonical: 'b' } })).to.deep.equal({ value: 'b', proven: false });
  });

  it('ends with a whole account, once, under the id of the journey', async () => {
    const { deps, newest } = await sharedServer();
    const email = newAddress();
    const answers = {
      ...chosen,
      email: { address: email, canonical: email },
      confirm: { canonical: email, at },
      'email-code': { address: email, person: 'p', at },
      'text-code': { skipped: at },
      authenticator: { id: 'app', person: 'p', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', step: 7, at },
      'new-backup-code': { hash: 'backup' },
      questions: { ids: ['a'], answersHash: 'answers' },
      'passkey-offer': { person: 'p', declinedAt: at },
    };
    const visit = visitOf(answers);
    const { result, writes } = await signUp.finish(deps, visit);
    expect(result).to.deep.equal({
      login: { accountId: visit.journeyId, acr: deps.config.policy.acrValues[1], amr: ['pwd', 'otp', 'mfa'], ts: Date.parse(at) / 1000 },
    });
    await commit(writes);
    const account = (await deps.accounts.find(visit.journeyId))!;
    expect(account.methods).to.deep.equal([
      { id: 'email', method: 'email' },
      { id: 'app', method: 'app', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', lastStep: 7 },
    ]);
    expect(account.browsers).to.deep.equal([visit.browser]);
    expect((await newest(email)).subject).to.match(/account/i);
    expect((await deps.audit.of(account.id)).map(({ type }) => type)).to.deep.equal(['account.created']);
    const again = await commit((await signUp.finish(deps, visit)).writes).catch((error: { code: string }) => error.code);
    expect(again).to.equal('account_exists');
  });
});
