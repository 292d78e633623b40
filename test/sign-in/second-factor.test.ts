import { expect } from 'chai';
import { createBackupCode } from '../../src/second-factor/backup-code.ts';
import { authenticatorStep, backupCodeStep, emailCodeStep, passkeyStep, proofOf, textCodeStep } from '../../src/sign-in/second-factor.ts';
import { untilDelivered } from '../support/delivered.ts';
import { newPhone } from '../support/people.ts';
import { answerOf, commit, makeAccount, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-in/second-factor', () => {
  const STEPS = { email: emailCodeStep, 'a-phone': textCodeStep, 'an-app': authenticatorStep } as const;
  const at = '2026-11-22T12:00:00Z';
  const person = async (change: object = {}) => {
    const methods = [
      { id: 'email', method: 'email' },
      { id: 'a-phone', method: 'text', phone: newPhone() },
      { id: 'an-app', method: 'app', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', lastStep: 0 },
    ] as const;
    const { deps } = await sharedServer();
    const account = await makeAccount({ methods, backupCodeHash: await deps.passwords.hash(createBackupCode()) });
    const password = { accountId: account.id, address: account.email, methods, backupCode: true, ...change };
    return { account, on: (id: string) => visitOf({ password, 'choose-method': { id, method: 'text', at } }) };
  };

  for (const [id, step] of [...Object.entries(STEPS), ['passkey', passkeyStep] as const])
    it(`offers the backup code in place of ${step.name}, and comes back to it`, async () => {
      const { deps } = await sharedServer();
      const { account, on } = await person(id === 'passkey' ? { methods: [{ id: 'passkey', method: 'passkey' }] } : {});
      const visit = { ...on(id), kept: { something: 'kept' } };
      expect(await step.show(deps, visit)).to.include({ backup: true, recoveryUrl: '/interaction/an-interaction/recovery' });
      const answer = answerOf(await press(step, visit, {}, 'backup-code'));
      expect(answer).to.deep.equal({ instead: 'backup-code', person: account.id, choice: at, kept: { something: 'kept' } });
      expect(step.revisit!(answer as never)).to.equal(true);
      expect(step.revisit!({ person: account.id, at } as never)).to.equal(false);
    });

  it('says where there is no backup code, and nothing where it would not do', async () => {
    const { deps } = await sharedServer();
    const { on } = await person({ backupCode: false });
    expect(await textCodeStep.show(deps, on('a-phone'))).to.include({ backup: false });
    expect(problemAt(await press(textCodeStep, on('a-phone'), {}, 'backup-code'), 'code')).to.equal('problems.no_backup_code');
    const weak = await person({ backupCode: undefined });
    expect(await textCodeStep.show(deps, weak.on('a-phone'))).not.to.have.any.keys('backup', 'recoveryUrl');
    expect(problemAt(await press(textCodeStep, weak.on('a-phone'), {}, 'backup-code'), 'code')).to.equal('problems.no_backup_code');
  });

  it('still knows the code that was sent before the backup code was chosen', async () => {
    const { deps, newest } = await sharedServer();
    const { account, on } = await person();
    const visit = on('email');
    const { keep, writes } = await emailCodeStep.arrive!(deps, visit);
    await commit(writes);
    const instead = answerOf(await press(emailCodeStep, { ...visit, kept: keep }, {}, 'backup-code'));
    const back = { ...visit, answers: { ...visit.answers, 'email-code': instead } };
    expect(await emailCodeStep.show(deps, back)).to.include({ sent: true });
    const code = (await newest(account.email)).codes[0]!;
    expect(answerOf(await press(emailCodeStep, back, { code }))).to.include({ person: account.id });
  });

  it('goes back from the backup code to the one page before it', async () => {
    const { deps } = await sharedServer();
    const { on } = await person();
    expect(await backupCodeStep.show(deps, on('a-phone'))).to.include({ changeStep: 'choose-method' });
    const single = await person({ methods: [{ id: 'a-phone', method: 'text' }] });
    expect(await backupCodeStep.show(deps, single.on('a-phone'))).to.include({ changeStep: 'text-code' });
  });

  it('tells the owner of a wrong code after the right password, by whichever way', async () => {
    const { deps, received } = await sharedServer();
    const wrong = { code: '000000' };
    for (const [id, step, typed] of [
      ['an-app', authenticatorStep, wrong],
      ['an-app', backupCodeStep, { code: createBackupCode() }],
    ] as const) {
      const { account, on } = await person();
      await press(step, on(id), typed);
      await untilDelivered({ deps });
      expect(await received(account.email), step.name).to.have.length(1);
    }
  });

  it('knows what was proven last', () => {
    const password = { accountId: 'a', methods: [{ id: 'x', method: 'text' }], backupCode: true } as never;
    const instead = { instead: 'backup-code', person: 'a' } as const;
    expect(proofOf({ password, 'text-code': { address: 'x', person: 'a', at } })).to.deep.equal({ method: 'text', as: 'text', at });
    expect(proofOf({ password, 'text-code': instead, 'backup-code': { person: 'a', at } })).to.deep.equal({
      method: 'backup-code',
      as: 'backup-code',
      at,
    });
    expect(() => proofOf({ password, 'text-code': instead })).to.throw('without a second factor');
    expect(() => proofOf({ password, 'backup-code': { person: 'a', at } })).to.throw('without a second factor');
  });
});
