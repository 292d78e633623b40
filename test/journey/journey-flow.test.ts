import { expect } from 'chai';
import { JOURNEYS } from '../../src/app.ts';
import { journeysOf } from '../../src/journey/journey-flow.ts';
import { newAddress } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

/** How a journey moves is walked page by page in `walks/edges-cells.ts`; here is what only the engine can get wrong. */
describe('journey/journey-flow', () => {
  it('has journeys for every prompt, and a prompt for every journey', () => {
    const kinds = JOURNEYS.map(({ kind }) => kind);
    const resolving = (['login', 'create', 'account-type', 'consent'] as const).flatMap((prompt) => journeysOf({ prompt }));
    const changes = kinds.filter((kind) => !resolving.includes(kind));
    expect(kinds).to.include.members(resolving);
    for (const journey of changes) expect(journeysOf({ prompt: 'change', journey })).to.deep.equal([journey]);
  });

  it('begins with the journey that our own pages ask for, where it resolves the prompt', () => {
    expect(journeysOf({ prompt: 'login', journey: 'recovery' })[0]).to.equal('recovery');
    expect(journeysOf({ prompt: 'login', journey: 'change-password' })[0]).to.equal('sign-in');
    expect(journeysOf({ prompt: 'change' })).to.deep.equal([]);
  });

  it('counts and sends for the request that wins, even when others come from another process', async () => {
    const { visitor: browser, deps, received, newest } = await sharedServer();
    const email = newAddress();
    // Two pages of one journey on two connections: in this process they take turns, so the store is made to see them at once.
    const visitor = browser();
    await visitor.open('/users/sign_up');
    const uid = /interaction\/([\w-]+)/.exec(visitor.page().url)![1]!;
    const state = (await deps.journeys.open({ kind: 'sign-up', uid, browser: '', authorization: {}, language: 'en', keptMinutes: 1 }))!;
    const outrun = { address: undefined, keptMinutes: 60 };
    const { url, body } = visitor.formOf('Sign Up', { 'Email address': email });
    const [page] = await Promise.all([
      visitor.post(url, body.toString()),
      deps.transaction([deps.journeys.save(state, state.content, outrun)]).catch(() => undefined),
    ]);
    expect(page.status).to.equal(200);
    if (page.url.endsWith('/email')) await visitor.press('Sign Up', { 'Email address': email });
    // Whoever won: the limit of a minute was spent by the request that sent, so the mail is there.
    await newest(email);
    expect(await received(email)).to.have.length(1);
  });

  it('leads into no journey that does not resolve the prompt', async () => {
    const visitor = (await sharedServer()).visitor();
    await visitor.open('/');
    const front = visitor.page().url.replace(/sign-in\/password$/, '');
    for (const kind of ['service-entry/account-type', 'consent/consent']) {
      await visitor.open(front + kind);
      expect(visitor.page().url, kind).to.match(/sign-in\/password$/);
    }
    expect((await visitor.open(`${front}nowhere`)).status).to.equal(404);
    expect((await visitor.open(`${front}sign-in/nowhere`)).url).to.match(/sign-in\/password$/);
  });
});
