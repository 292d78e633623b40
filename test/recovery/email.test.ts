import { expect } from 'chai';
import { email } from '../../src/recovery/email.ts';
import { answerOf, INTERACTION, press, problemAt, visitOf } from '../support/shared-server.ts';

describe('recovery/email', () => {
  it('takes any address that is one, tidied, without asking whose it is', async () => {
    const outcome = await press(email, visitOf(), { email: ' Ana.Lopez@PEOPLE.test ' });
    expect(answerOf(outcome)).to.deep.equal({ address: 'Ana.Lopez@people.test', canonical: 'ana.lopez@people.test' });
    expect(problemAt(await press(email, visitOf(), { email: 'ana@' }), 'email')).to.equal('problems.email_invalid');
  });

  it('answers no sooner than a mail could be written down', async () => {
    const started = performance.now();
    const outcome = await press(email, visitOf(), { email: 'nobody@people.test' });
    if (outcome.kind !== 'advance') throw new Error('not advanced');
    await outcome.after?.();
    expect(performance.now() - started).to.be.at.least(398);
  });

  it('shows what was given before, or what the service said', async () => {
    const shown = async (answers: object, params: object) =>
      (
        (await email.show(undefined as never, visitOf(answers, { interaction: { ...INTERACTION, params: { ...params } } }))) as {
          values: object;
        }
      ).values;
    expect(await shown({}, {})).to.deep.equal({});
    expect(await shown({}, { login_hint: 'ana@people.test' })).to.deep.equal({ email: 'ana@people.test' });
    expect(await shown({ email: { address: 'eva@people.test' } }, { login_hint: 'ana@people.test' })).to.deep.equal({
      email: 'eva@people.test',
    });
  });
});
