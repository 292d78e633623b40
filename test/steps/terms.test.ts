import { expect } from 'chai';
import { terms } from '../../src/steps/terms.ts';
import { answerOf, press, sharedServer, visitOf } from '../support/shared-server.ts';

describe('steps/terms', () => {
  it('shows the newest version in the language of the visit', async () => {
    const { deps } = await sharedServer();
    const shown = (await terms.show(deps, visitOf({}, { language: 'es' }))) as { version: string; markdown: string };
    expect(shown).to.deep.equal({ version: deps.config.terms.version, markdown: deps.config.terms.text.es });
  });

  it('keeps the version that was agreed to, and when', async () => {
    const { deps } = await sharedServer();
    const answer = answerOf(await press(terms, visitOf(), { version: deps.config.terms.version }));
    expect(answer.version).to.equal(deps.config.terms.version);
    expect(Math.abs(Date.parse(String(answer.at)) - deps.clock().getTime())).to.be.below(5000);
  });

  it('shows a version that came into force while the one before was read', async () => {
    for (const form of [{ version: '2020-01-01' }, {}])
      expect(await press(terms, visitOf(), form)).to.deep.equal({ kind: 'go', to: 'terms' });
  });

  it('ends with access_denied when declined', async () => {
    expect(await press(terms, visitOf(), {}, 'decline')).to.deep.equal({ kind: 'refuse', error: 'access_denied' });
  });
});
