import { expect } from 'chai';
import { z } from 'zod';
import { action, advance, journey, type Step } from '../../src/journey/journey.ts';
import { type Here, pageOf, pathOf, typedIn } from '../../src/journey/journey-page.ts';

const step = (name: string, change: object = {}): Step<string, object, string> => ({
  name,
  view: `steps/${name}`,
  show: async () => ({}),
  actions: { submit: action(z.object({}), async () => advance('given')) },
  ...change,
});
const built = journey({ kind: 'test', keptMinutes: () => 1 })
  .step(step('open', { revisit: (answer: string) => answer !== 'fixed' }))
  .step(step('shut'))
  .step(step('last'))
  .finish(async () => ({ result: { error: 'none' } }));

describe('journey/journey-page', () => {
  const page = (name: string, answers: object, closed = false) =>
    pageOf({ journey: built, state: { closed, content: { answers } } } as unknown as Here, name)?.name;

  it('shows the page that is due, and earlier ones that may be opened again', () => {
    expect(page('open', {})).to.equal('open');
    expect(page('last', {})).to.equal(undefined);
    expect(page('none', {})).to.equal(undefined);
    const answers = { open: 'given', shut: 'given' };
    expect([page('open', answers), page('shut', answers), page('last', answers)]).to.deep.equal(['open', undefined, 'last']);
    expect(page('open', { ...answers, open: 'fixed' })).to.equal(undefined);
    expect(page('last', answers, true)).to.equal(undefined);
  });

  it('keeps of a form what the step says may be kept, and not more of it than a field holds', () => {
    const typed = step('x', { typed: ['email', 'missing'] });
    expect(typedIn(typed, { email: 'a'.repeat(900), password: 'secret' })).to.deep.equal({ email: 'a'.repeat(500) });
    expect(typedIn(step('y'), { email: 'a' })).to.deep.equal({});
    expect(typedIn(undefined, { email: 'a' })).to.deep.equal({});
  });

  it('makes the addresses of pages', () => {
    expect(pathOf({ uid: 'u' }, 'sign-up', 'email', undefined)).to.equal('/interaction/u/sign-up/email');
    expect(pathOf({ uid: 'u' }, 'sign-up', undefined)).to.equal('/interaction/u/sign-up');
  });
});
