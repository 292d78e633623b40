import { expect } from 'chai';
import { newPassword as newPasswordStep } from '../../src/steps/new-password.ts';
import { answerOf, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('steps/new-password', () => {
  const newPassword = newPasswordStep<{ email: { address: string } }>({ address: (_deps, { answers }) => answers.email.address });
  const visit = () => visitOf({ email: { address: 'ana.lopez@people.test' } });
  const choose = (password: string, confirmation = password) =>
    press(newPassword, visit(), { password, password_confirmation: confirmation });

  for (const [password, key] of [
    ['', 'password_required'],
    ['Aa!4567', 'password_length'],
    ['granite-harbor 71!', 'password_uppercase'],
    ['GRANITE-HARBOR 71!', 'password_lowercase'],
    ['GraniteHarbor71', 'password_special'],
    ['Password1!', 'password_common'],
    [`Aa!${'x'.repeat(126)}`, 'password_too-long'],
  ] as const)
    it(`names the rule: ${key}`, async () => expect(problemAt(await choose(password), 'password')).to.equal(`problems.${key}`));

  for (const [password, en, es] of [
    [
      'kxqzvwj',
      'at least 8 characters, one uppercase letter, and one special character',
      'al menos 8 caracteres, una letra mayúscula y un carácter especial',
    ],
    ['KXQ7ZVWJ', 'one lowercase letter and one special character', 'una letra minúscula y un carácter especial'],
    [
      'password1',
      'one uppercase letter, one special character, and to be harder to guess',
      'una letra mayúscula, un carácter especial y ser más difícil de adivinar',
    ],
  ] as const)
    it(`names all that is missing at once: ${password}`, async () => {
      const { deps } = await sharedServer();
      for (const [language, expected] of [
        ['en', `The password still needs: ${en}.`],
        ['es', `La contraseña todavía necesita: ${es}.`],
      ] as const) {
        const outcome = await press(newPassword, { ...visit(), language }, { password, password_confirmation: password });
        expect(problemAt(outcome, 'password')).to.equal('problems.password_several');
        const { key, ...params } = outcome.kind === 'stay' ? outcome.problems.password! : { key: '' };
        expect(deps.texts.in(language).t(key, params)).to.equal(expected);
      }
    });

  it('wants the same twice', async () => {
    expect(problemAt(await choose('Granite-Harbor 71!', 'Granite-Harbor 72!'), 'password_confirmation')).to.equal(
      'problems.password_mismatch',
    );
    expect(problemAt(await choose('Granite-Harbor 71!', ''), 'password_confirmation')).to.equal('problems.password_confirmation_required');
  });

  it('keeps a hash of it, whichever way an accent was typed', async () => {
    const { deps } = await sharedServer();
    const [composed, decomposed] = ['Caf\u00e9-Harbor 71!', 'Cafe\u0301-Harbor 71!'];
    const { hash } = answerOf(await choose(composed, decomposed)) as { hash: string };
    expect(hash).not.to.contain('Harbor');
    expect(await deps.passwords.verify(decomposed, hash)).to.equal(true);
  });

  it('says whether to sign out everywhere else, where it offers that', async () => {
    const step = newPasswordStep({ address: () => 'ana.lopez@people.test', others: true });
    const form = { password: 'Granite-Harbor 71!', password_confirmation: 'Granite-Harbor 71!' };
    expect(answerOf(await press(step, visit(), { ...form, others: 'on' }))).to.include({ endOthers: true });
    expect(answerOf(await press(step, visit(), form))).to.include({ endOthers: false });
    expect(answerOf(await press(newPassword, visit(), { ...form, others: 'on' }))).not.to.have.property('endOthers');
  });

  it('refuses the present password, where there is one, and nothing else', async () => {
    const { deps } = await sharedServer();
    const present = await deps.passwords.hash('Granite-Harbor 71!');
    for (const why of ['due', 'change', 'recovery'] as const) {
      const step = newPasswordStep({ address: () => 'ana.lopez@people.test', present: async () => present, why });
      const typed = (password: string) => press(step, visit(), { password, password_confirmation: password });
      expect(problemAt(await typed('Granite-Harbor 71!'), 'password')).to.equal('problems.password_same');
      expect(answerOf(await typed('Granite-Harbor 72!'))).to.have.property('hash');
      expect(await step.show(deps, visit())).to.include({ why });
    }
    const unknown = newPasswordStep({ address: () => 'ana.lopez@people.test', present: async () => undefined });
    const twice = { password: 'Granite-Harbor 71!', password_confirmation: 'Granite-Harbor 71!' };
    expect(answerOf(await press(unknown, visit(), twice))).to.have.property('hash');
  });

  it('shows every rule and the address for the password manager', async () => {
    const { deps } = await sharedServer();
    const shown = (await newPassword.show(deps, visit())) as { address: string; rules: string[] };
    expect(shown.address).to.equal('ana.lopez@people.test');
    expect(shown.rules).to.include.members(['length', 'uppercase', 'lowercase', 'special', 'common']);
  });
});
