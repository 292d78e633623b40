import { expect } from 'chai';
import { JourneyMoved } from '../../src/journey/stored-journey.ts';
import { goOnHere } from '../../src/sign-up/hand-over.ts';
import { newAddress } from '../support/people.ts';
import { commit, sharedServer } from '../support/shared-server.ts';

describe('sign-up/hand-over', () => {
  async function begin(more: (address: string) => object = () => ({})) {
    const { deps } = await sharedServer();
    const address = newAddress();
    const uid = deps.newId();
    const journey = await deps.journeys.open({
      kind: 'sign-up',
      uid,
      browser: 'typed here',
      authorization: {},
      language: 'es',
      keptMinutes: 60,
    });
    const answers = { email: { address, canonical: address }, ...more(address) };
    await commit([
      deps.journeys.save(journey, { ...journey.content, answers, kept: { confirm: 'kept' } }, { address: undefined, keptMinutes: 60 }),
    ]);
    const { token, write } = deps.mailedLinks.issue({ purpose: 'confirm-sign-up', about: journey.id, canonical: address, hours: 24 });
    await commit([write]);
    return { deps, address, uid, token, journey: (await deps.journeys.find(journey.id))! };
  }

  it('confirms the address where it was typed, when that browser pressed', async () => {
    const { deps, journey, uid, token, address } = await begin();
    expect(await goOnHere(deps, journey, { browser: 'typed here', token })).to.equal(uid);
    const { content } = (await deps.journeys.find(journey.id))!;
    expect(content.answers.confirm).to.include({ canonical: address });
    expect(content.kept).to.deep.equal({ confirm: 'kept' });
    expect((await deps.mailedLinks.find(token, 'confirm-sign-up'))!.used).to.equal(true);
  });

  it('moves to the browser that pressed, with nothing but the address', async () => {
    const { deps, journey, uid, token, address } = await begin(() => ({ terms: { version: 'agreed to by who knows whom' } }));
    const there = await goOnHere(deps, journey, { browser: 'pressed here', token });
    const moved = (await deps.journeys.findByInteraction(there, 'pressed here'))!;
    expect(moved.id).to.equal(journey.id);
    expect(Object.keys(moved.content.answers)).to.deep.equal(['email', 'confirm']);
    expect(moved.content.answers.confirm).to.include({ canonical: address });
    expect(moved.content.authorization).to.include({ prompt: 'create', ui_locales: 'es' });
    expect(await deps.journeys.findByInteraction(uid, 'typed here')).to.equal(undefined);
  });

  it('moves as it is once the address is proven', async () => {
    const { deps, journey, token } = await begin((canonical) => ({ confirm: { canonical }, terms: { version: 'mine' } }));
    const there = await goOnHere(deps, journey, { browser: 'pressed here', token });
    expect((await deps.journeys.findByInteraction(there, 'pressed here'))!.content.answers.terms).to.deep.equal({ version: 'mine' });
  });

  it('asks for the password once there is one, and confirms nothing where it was typed', async () => {
    const { deps, journey, token } = await begin(() => ({ 'new-password': { hash: 'h' } }));
    const there = await goOnHere(deps, journey, { browser: 'pressed here', token });
    const begun = (await deps.journeys.findByInteraction(there, 'pressed here'))!;
    expect(begun.id).not.to.equal(journey.id);
    expect(begun.content.answers.confirm).to.include({ earlier: journey.id });
    expect((await deps.journeys.find(journey.id))!.content.answers).not.to.have.property('confirm');
  });

  it('lets one of many browsers win', async () => {
    const { deps, journey, token } = await begin();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => goOnHere(deps, journey, { browser: `browser ${n}`, token })),
    );
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost).to.have.length(7);
    for (const { reason } of lost) expect(reason).to.be.instanceOf(JourneyMoved);
  });
});
