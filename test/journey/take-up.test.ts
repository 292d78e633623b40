import { expect } from 'chai';
import { createTakeUp } from '../../src/journey/take-up.ts';
import { signUp } from '../../src/sign-up/journey.ts';
import { newAddress } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

/** What becomes of each page after its interaction has gone is walked in `walks/edges-cells.ts`; here, whom a journey may be taken up by. */
describe('journey/take-up', () => {
  it('knows a page by its browser alone: another one is told that it expired, one without cookies to allow them', async () => {
    const { visitor: browser, origin } = await sharedServer();
    const owner = browser();
    await owner.open('/users/sign_up');
    const { url } = owner.page();
    const other = browser();
    await other.open('/users/sign_up');
    expect((await other.open(url)).status).to.equal(410);
    const without = await fetch(url, { redirect: 'manual' });
    expect(without.status).to.equal(400);
    expect(new URL(url).origin).to.equal(origin);
    expect((await owner.open(url)).status).to.equal(200);
  });

  it('goes on in the interaction that is named, with what was proven there, once', async () => {
    const { deps } = await sharedServer();
    const kept = { kind: 'sign-up', authorization: {}, language: 'en', keptMinutes: 60 } as const;
    const earlier = (await deps.journeys.open({ ...kept, uid: deps.newId(), browser: 'one' }))!;
    const { takeUp } = createTakeUp(deps, new Map([['sign-up', signUp]]));
    const uid = deps.newId();
    const redirects: string[] = [];
    const ctx = { state: { browser: 'two' }, cookies: { get: () => undefined }, redirect: (to: string) => redirects.push(to) };
    const interaction = { uid, params: { state: 'there' } };
    const email = { address: newAddress(), canonical: 'x@people.test' };
    await takeUp(ctx as never, interaction as never, earlier, { email });
    const moved = await deps.journeys.find(earlier.id);
    expect(redirects).to.deep.equal([`/interaction/${uid}/sign-up`]);
    expect(moved?.content).to.deep.include({ uid, authorization: { state: 'there' }, answers: { email } });
    expect(moved?.browser).to.equal(deps.rootSecret.digest('browser', 'two'));
    // Read before the move, it cannot be taken up a second time.
    const again = await takeUp(ctx as never, interaction as never, earlier, { email }).catch((error: Error) => error.constructor.name);
    expect(again).to.equal('JourneyMoved');
  });
});
