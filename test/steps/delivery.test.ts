import { expect } from 'chai';
import { delivery, outdatedMethods } from '../../src/steps/delivery.ts';
import { answerOf, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('steps/delivery', () => {
  const choose = (form: Record<string, string>) => press(delivery, visitOf(), form);
  const text = { text: 'on', text_risks: 'acknowledged' };

  it('wants one method, and takes all three', async () => {
    expect(problemAt(await choose({}), 'email')).to.equal('problems.method_required');
    expect(answerOf(await choose({ email: 'on' })).methods).to.deep.equal(['email']);
    const all = answerOf(await choose({ email: 'on', app: 'on', ...text, phone: '(202) 555-0123' }));
    expect([all.methods, all.phone]).to.deep.equal([['email', 'text', 'app'], '+12025550123']);
  });

  it('wants a U.S. number for text messages, and only for them', async () => {
    expect(problemAt(await choose({ ...text }), 'phone')).to.equal('problems.phone_required');
    expect(problemAt(await choose({ ...text, phone: '+52 55 1234 5678' }), 'phone')).to.equal('problems.phone_not_us');
    expect(problemAt(await choose({ text: 'on', phone: '202 555 0123' }), 'text')).to.equal('problems.text_risks_required');
    expect(answerOf(await choose({ app: 'on', phone: 'whatever' })).phone).to.equal(undefined);
  });

  it('shows again what was chosen', async () => {
    const { deps } = await sharedServer();
    const answers = { delivery: { at: '', methods: ['text'], phone: '+12025550123' } };
    expect(await delivery.show(deps, visitOf(answers))).to.deep.include({ values: { text: 'on', phone: '+12025550123' } });
  });

  it('knows which methods count no more', () => {
    const [mail, app] = [{ id: 'email', method: 'email' } as const, { id: 'a', method: 'app', secret: '', lastStep: 0 } as const];
    expect(outdatedMethods('nist', [mail, app])).to.deep.equal([mail]);
    expect(outdatedMethods('nist', [app])).to.deep.equal([]);
    expect(outdatedMethods('seed', [mail, app])).to.deep.equal([]);
  });

  it('does not offer a mailbox under the NIST profile', async () => {
    const { deps } = await sharedServer();
    const nist = { ...deps, config: { ...deps.config, policy: { ...deps.config.policy, profile: 'nist' as const } } };
    expect(await delivery.show(nist, visitOf())).to.deep.include({ offered: ['text', 'app'] });
    const outcome = await delivery.actions.submit.run(nist, visitOf(), { email: 'on' });
    expect(outcome.kind).to.equal('stay');
  });
});
