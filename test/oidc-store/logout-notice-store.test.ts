import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { createLogoutNoticeStore, LEASE_SECONDS, type LogoutNoticeStore, TRIED_SECONDS } from '../../src/oidc-store/logout-notice-store.ts';
import { testDatabase } from '../support/mongo.ts';

describe('oidc-store/logout-notice-store', () => {
  let db: Connection;
  let store: LogoutNoticeStore;
  let ahead = 0;
  const rootSecret = createRootSecret(Buffer.alloc(32, 7));
  const clock = () => new Date(Date.now() + ahead * 1000);

  before(async () => {
    db = await testDatabase();
    store = createLogoutNoticeStore({ db, rootSecret, clock });
    await store.init();
  });
  beforeEach(async () => {
    ahead = 0;
    await db.collection('logout_notices').deleteMany({});
  });

  const of = (sid: string | undefined, clientId = 'service', accountId = 'ann') => ({ accountId, clientId, sid });
  const kept = () => db.collection('logout_notices').find().toArray();

  it('notes each session at each client once, also when many note it at once', async () => {
    await Promise.all(Array.from({ length: 16 }, () => store.add([of('a'), of('b'), of('a', 'shop')])));
    await Promise.all(Array.from({ length: 16 }, () => createTransaction(db)([(session) => store.add([of('a')], session)])));
    expect(await kept()).to.have.length(3);
    await store.add([of(undefined), of(undefined)]);
    expect(await kept()).to.have.length(5);
    await store.add([]);
  });

  it('is written with the transaction that it belongs to, or not at all', async () => {
    const failing = async () => {
      throw new Error('not saved');
    };
    const saved = await createTransaction(db)([(session) => store.add([of('a')], session), failing]).catch(({ message }) => message);
    expect([saved, await store.waiting()]).to.deep.equal(['not saved', 0]);
  });

  it('gives each notice to one of 16 at once, for the time of a lease', async () => {
    await store.add(['a', 'b', 'c'].map((sid) => of(sid)));
    const taken = (await Promise.all(Array.from({ length: 16 }, () => store.lease([])))).flatMap((one) => one ?? []);
    expect(taken.map(({ sid }) => sid).sort()).to.deep.equal(['a', 'b', 'c']);
    expect(taken[0]).to.include({ accountId: 'ann', clientId: 'service', tries: 1 });
    ahead = LEASE_SECONDS - 2;
    expect(await store.lease([])).to.equal(undefined);
    ahead = LEASE_SECONDS + 1;
    expect(await store.lease([])).to.include({ tries: 2 });
  });

  it('passes over the clients that it is told to', async () => {
    await store.add([of('a', 'slow'), of('b', 'slow'), of('c', 'quick')]);
    expect(await store.lease(['slow'])).to.include({ clientId: 'quick' });
    expect(await store.lease(['slow', 'quick'])).to.equal(undefined);
  });

  it('takes of the clients by turns, and of each what has been due longest', async () => {
    await store.add([of('1', 'b')]);
    ahead = 1;
    await store.add([of('2', 'a'), of('3', 'b'), of('4', 'c')]);
    ahead = 2;
    const turns: string[] = [];
    for (let after = ''; turns.length < 4; ) {
      const { clientId, sid } = (await store.lease([], after))!;
      turns.push(`${clientId} ${sid}`);
      after = clientId;
    }
    expect(turns).to.deep.equal(['a 2', 'b 1', 'c 4', 'b 3']);
  });

  it('looks at nothing of what waits for those that are left alone, nor at what is not due', async () => {
    for (const client of ['dead', 'slow']) {
      await store.add(Array.from({ length: 500 }, (_, sid) => of(String(sid), client)));
      await db
        .collection('logout_notices')
        .updateMany({ clientId: client }, [
          { $set: { nextAt: { $subtract: ['$nextAt', { $floor: { $multiply: [{ $rand: {} }, 3600_000] } }] } } },
        ]);
    }
    await store.add([of('a', 'quick')]);
    await db.db!.command({ profile: 2 });
    expect(await store.lease(['dead', 'slow'])).to.include({ clientId: 'quick' });
    expect(await store.lease(['dead', 'slow'], 'quick')).to.equal(undefined);
    expect((await store.giveUp()).size).to.equal(0);
    await db.db!.command({ profile: 0 });
    const looks = await db
      .collection('system.profile')
      .find({ ns: /logout_notices$/, op: { $in: ['command', 'query'] } })
      .toArray();
    expect(looks.length).to.equal(4);
    for (const { keysExamined, docsExamined } of looks) expect(keysExamined + docsExamined).to.be.below(20);
  });

  it('forgets whose session it was once it was told, and keeps for 30 days that it was', async () => {
    await store.add([of('a')]);
    const leased = (await store.lease([]))!;
    await store.told(leased, 'taken');
    const [record] = await kept();
    expect(record).to.include({ clientId: 'service', state: 'told', outcome: 'taken', tries: 1 });
    expect(record).not.to.have.any.keys('accountId', 'sid', 'nextAt', 'lease');
    expect(JSON.stringify(record)).not.to.include('ann');
    expect(record!.expiresAt.getTime() - Date.now()).to.be.within(30 * 24 * 3600_000 - 10_000, 30 * 24 * 3600_000);
    await store.add([of('a')]);
    expect(await store.lease([])).to.equal(undefined);
  });

  it('takes the word of whoever told it, and of no other whose lease has passed on', async () => {
    await store.add([of('a')]);
    const first = (await store.lease([]))!;
    ahead = LEASE_SECONDS + 1;
    const second = (await store.lease([]))!;
    await store.failed(first, 'client gone');
    await store.again(first, new Date(), '500');
    expect(await store.lease([])).to.equal(undefined);
    await store.told(first, 'taken');
    await store.again(second, new Date(0), '500');
    expect(await store.waiting()).to.equal(0);
  });

  it('tries again when it is said to, and gives up after a day', async () => {
    await store.add([of('a'), of('b', 'shop')]);
    const leased = (await store.lease(['shop']))!;
    await store.again(leased, new Date(Date.now() + 60_000), '500');
    expect(await store.lease(['shop'])).to.equal(undefined);
    ahead = 61;
    expect(await store.lease(['shop'])).to.include({ tries: 2 });
    expect(await store.giveUp()).to.deep.equal(new Map());
    ahead = TRIED_SECONDS + 1;
    expect(await store.giveUp()).to.deep.equal(
      new Map([
        ['service', 1],
        ['shop', 1],
      ]),
    );
    expect(await store.giveUp()).to.deep.equal(new Map());
    const outcomes = (await kept()).map(({ state, outcome }) => [state, outcome]);
    expect(outcomes).to.have.deep.members([
      ['failed', '500'],
      ['failed', 'never tried'],
    ]);
    expect(JSON.stringify(await kept())).not.to.include('ann');
  });
});
