import { expect } from 'chai';
import { JourneyMoved, type StoredJourney } from '../../src/journey/stored-journey.ts';
import { sharedServer } from '../support/shared-server.ts';

const DAY = 24 * 3600;

describe('journey/journey-store', () => {
  const open = async (change: { uid?: string; browser?: string; kind?: string; keptMinutes?: number; accountId?: string } = {}) => {
    const { deps } = await sharedServer();
    const uid = change.uid ?? deps.newId();
    return deps.journeys.open({
      kind: 'test',
      uid,
      browser: uid,
      authorization: { state: 's' },
      language: 'en',
      keptMinutes: 60,
      ...change,
    });
  };
  const save = async (
    read: StoredJourney,
    answers: object,
    change: { address?: string; proven?: boolean; keptMinutes?: number; closed?: boolean } = {},
  ) => {
    const { deps } = await sharedServer();
    const { address, proven = false, keptMinutes = 60, closed = false } = change;
    const content = { ...read.content, answers: { ...answers } };
    await deps.transaction([
      deps.journeys.save(read, content, { address: address === undefined ? undefined : { value: address, proven }, keptMinutes, closed }),
    ]);
    return (await deps.journeys.find(read.id))!;
  };
  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error: Error) => error.constructor,
    );

  it('begins one journey of a kind in an interaction, however many ask', async () => {
    const { deps } = await sharedServer();
    const uid = deps.newId();
    const opened = await Promise.all(Array.from({ length: 12 }, () => open({ uid })));
    expect(new Set(opened.map(({ id }) => id)).size).to.equal(1);
    expect((await open({ uid, kind: 'other' })).id).not.to.equal(opened[0]!.id);
  });

  it('asks what it has to begin with once, when it is begun', async () => {
    const { deps } = await sharedServer();
    const start = { kind: 'test', uid: deps.newId(), browser: 'b', authorization: {}, language: 'en', keptMinutes: 60 } as const;
    let asked = 0;
    const answers = async () => ({ from: { accountId: `${++asked}` } });
    for (const _ of [1, 2])
      expect((await deps.journeys.open({ ...start, answers })).content.answers).to.deep.equal({ from: { accountId: '1' } });
    expect(asked).to.equal(1);
  });

  it('lets one of many changes of the same reading win', async () => {
    const read = await open();
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, (_, n) => save(read, { n })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).to.be.instanceOf(JourneyMoved);
  });

  it('never changes or moves one that is closed', async () => {
    const { deps } = await sharedServer();
    const closed = await save(await open(), {}, { closed: true });
    expect(await failure(save(closed, { late: true }))).to.equal(JourneyMoved);
    const to = { uid: deps.newId(), browser: 'b', authorization: {} };
    expect(await failure(deps.transaction([deps.journeys.moveTo(closed, to)]))).to.equal(JourneyMoved);
  });

  it('moves to another browser and interaction, where what was begun gives way', async () => {
    const { deps } = await sharedServer();
    const journey = await save(await open(), { mine: true });
    const there = await open();
    const to = { uid: there.content.uid, browser: 'there', authorization: { state: 'there' } };
    await deps.transaction([deps.journeys.moveTo(journey, to)]);
    expect(await deps.journeys.find(there.id)).to.equal(undefined);
    expect(await deps.journeys.findByInteraction(journey.content.uid, journey.browser)).to.equal(undefined);
    const moved = (await deps.journeys.findByInteraction(to.uid, 'there'))!;
    expect([moved.id, moved.content.answers, moved.content.authorization]).to.deep.equal([journey.id, { mine: true }, { state: 'there' }]);
    expect(await failure(deps.transaction([deps.journeys.moveTo(journey, to)]))).to.equal(JourneyMoved);
  });

  it('is found by its browser alone, not by an interaction id that somebody else knows', async () => {
    const { deps } = await sharedServer();
    const journey = await open({ browser: 'mine' });
    expect(await deps.journeys.findByInteraction(journey.content.uid, 'theirs')).to.equal(undefined);
    expect((await deps.journeys.findByBrowser('test', 'mine'))!.id).to.equal(journey.id);
  });

  it('is found by its address: proven first, then what got furthest, and never when closed', async () => {
    const { deps } = await sharedServer();
    const address = `${deps.newId()}@people.test`;
    await save(await open(), { a: 1, b: 2, c: 3 }, { address });
    const typed = await save(await open(), { a: 1, b: 2, c: 3, d: 4 }, { address });
    expect((await deps.journeys.findByAddress('test', address))!.id).to.equal(typed.id);
    const proven = await save(await open(), { a: 1 }, { address, proven: true });
    expect((await deps.journeys.findByAddress('test', address))!.id).to.equal(proven.id);
    await save(proven, {}, { address, closed: true });
    expect((await deps.journeys.findByAddress('test', address))!.id).to.equal(typed.id);
    expect(await deps.journeys.findByAddress('other', address)).to.equal(undefined);
  });

  it('forgets the answers when its time is over, and where somebody was going a week later', async () => {
    const { deps, clock } = await sharedServer();
    const journey = await save(await open({ keptMinutes: 10 }), { mine: true }, { keptMinutes: 10 });
    clock.advance(11 * 60);
    const late = (await deps.journeys.find(journey.id))!;
    expect([late.content.answers, late.content.authorization]).to.deep.equal([{}, { state: 's' }]);
    expect(await deps.journeys.findByBrowser('test', journey.browser)).to.equal(undefined);
    clock.advance(7 * DAY);
    expect(await deps.journeys.find(journey.id)).to.equal(undefined);
    expect((await open({ uid: journey.content.uid })).id).not.to.equal(journey.id);
  });

  it('begins anew where a closed one has lost its result with its time', async () => {
    const { clock } = await sharedServer();
    const journey = await save(await open(), {}, { closed: true, keptMinutes: 1 });
    clock.advance(61);
    const anew = await open({ uid: journey.content.uid });
    expect([anew.closed, anew.id === journey.id]).to.deep.equal([false, false]);
  });

  it('tells its revision, and forgets one that is given up', async () => {
    const { deps } = await sharedServer();
    const journey = await save(await open(), {});
    expect(await deps.journeys.revisionOf(journey.id)).to.equal(journey.revision);
    await deps.transaction([deps.journeys.remove(journey.id)]);
    expect(await deps.journeys.revisionOf(journey.id)).to.equal(undefined);
  });

  it('ends the others of an account, and forgets all of it', async () => {
    const { deps } = await sharedServer();
    const accountId = deps.newId();
    const known = await open({ accountId });
    const anonymous = await open();
    const finished = await save(await open({ accountId }), {}, { closed: true });
    const [here, foreign] = [await open({ accountId }), await open({ accountId: deps.newId() })];
    const content = { ...anonymous.content, answers: { password: { accountId } } };
    await deps.transaction([deps.journeys.save(anonymous, content, { address: undefined, accountId, keptMinutes: 60 })]);
    const there = async () => {
      const found = await Promise.all([known, anonymous, finished, here, foreign].map(({ id }) => deps.journeys.find(id)));
      return found.map((journey) => journey !== undefined);
    };
    await deps.transaction([deps.journeys.endOthers(accountId, here.id)]);
    expect(await there()).to.deep.equal([false, false, true, true, true]);
    // What was read before and saved after it was ended is lost.
    expect(await failure(save(known, { late: true }))).to.equal(JourneyMoved);
    await deps.transaction([deps.journeys.forget(accountId)]);
    expect(await there()).to.deep.equal([false, false, false, false, true]);
  });
});
