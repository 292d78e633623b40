import { expect } from 'chai';
import type { Connection } from 'mongoose';
import type { Adapter } from 'oidc-provider';
import type { Transaction } from '../../src/mongo/transaction.ts';
import { createMongoAdapter } from '../../src/oidc-store/mongo-adapter.ts';
import { createSessionStore, type SessionStore } from '../../src/oidc-store/session-store.ts';
import { type StoreParts, storeParts } from '../support/store-parts.ts';

describe('oidc-store/session-store', function () {
  this.timeout(60_000);
  let parts: StoreParts;
  let db: Connection;
  let transaction: Transaction;
  let sessions: SessionStore;
  let adapter: Adapter;
  const seconds = () => Math.floor(parts.clock().getTime() / 1000);
  const ids = async (accountId: string) => (await sessions.of(accountId)).map(({ id }) => id);

  before(async () => {
    parts = await storeParts();
    ({ db, transaction } = parts);
    const adapterOf = createMongoAdapter(parts);
    await adapterOf.init();
    adapter = adapterOf('Session');
    sessions = createSessionStore({ ...parts, adapter: adapterOf });
  });
  beforeEach(async () => {
    await db.collection('oidc_session').deleteMany({});
  });

  const save = (cookie: string, uid: string, accountId: string | undefined, payload: object = {}, lives = 60) =>
    adapter.upsert(cookie, { uid, ...(accountId && { accountId }), exp: seconds() + lives, ...payload }, lives);

  it('moves the end of a session forward only, and leaves the rest of it alone', async () => {
    await save('cookie', 'u', 'ann', { loginTs: 7 });
    const now = seconds();
    await Promise.all(Array.from({ length: 12 }, (_, i) => sessions.extend('u', now + 100 + i)));
    await sessions.extend('u', now + 90);
    expect(await adapter.find('cookie')).to.include({ exp: now + 111, loginTs: 7, uid: 'u' });
  });

  it('does not bring an ended session back', async () => {
    await save('late', 'l', 'ann', {}, -60);
    await sessions.extend('l', seconds() + 600);
    expect(await adapter.find('late')).to.include({ exp: seconds() - 60 });
  });

  it('lists the sessions of one account, the one used last first, and says which have expired', async () => {
    await save('a', 'ua', 'bob', { seen: { device: 'A' } });
    parts.later(1);
    await save('b', 'ub', 'bob', {}, -1);
    parts.later(1);
    await save('c', 'uc', 'bob');
    await save('d', 'ud', 'dan');
    await save('e', 'ue', undefined);
    expect((await sessions.of('bob')).map(({ id, live }) => [id, live])).to.deep.equal([
      [sessions.idOf('uc'), true],
      [sessions.idOf('ub'), false],
      [sessions.idOf('ua'), true],
    ]);
    parts.later(1);
    await sessions.extend('ua', seconds() + 600);
    const [first] = await sessions.of('bob');
    expect(first).to.deep.include({ id: sessions.idOf('ua'), usedAt: parts.clock() });
    expect(first!.payload).to.deep.include({ seen: { device: 'A' } });
  });

  it('reads no more of them than are wanted, and counts those that are live; or one, if it is this account’s', async () => {
    for (let index = 0; index < 5; index++) {
      await save(`c${index}`, `u${index}`, 'cleo');
      parts.later(1);
    }
    await save('over', 'over', 'cleo', {}, -1);
    await save('another', 'another', 'dan');
    const { sessions: newest, all } = await sessions.newest('cleo', 2);
    expect([newest.map(({ id }) => id), all]).to.deep.equal([['u4', 'u3'].map(sessions.idOf), 5]);
    expect((await sessions.one('cleo', sessions.idOf('over')))!.live).to.equal(false);
    expect(await sessions.one('cleo', sessions.idOf('another'))).to.equal(undefined);
  });

  it('lists a session once that two requests renewed at once', async () => {
    await save('old', 'u', 'ann');
    const authorizations = (client: string) => ({ authorizations: { [client]: { sid: client }, both: { sid: client } } });
    await save('x', 'u', 'ann', authorizations('x'));
    parts.later(1);
    await save('y', 'u', 'ann', authorizations('y'));
    expect(await ids('ann')).to.deep.equal([sessions.idOf('u')]);
    // Each has left what it knew: a service that only one of them names is told of the end, too.
    const payload = (await sessions.of('ann'))[0]!.payload;
    expect(payload).to.deep.include({ authorizations: { x: { sid: 'x' }, y: { sid: 'y' }, both: { sid: 'y' } } });
  });

  it('ends these sessions, with every document of them, and nobody else’s', async () => {
    for (const [cookie, uid, accountId] of [
      ['a', 'ua', 'cat'],
      ['a2', 'ua', 'cat'],
      ['b', 'ub', 'cat'],
      ['d', 'ud', 'dan'],
    ] as const)
      await save(cookie, uid, accountId);
    await transaction([(session) => sessions.destroy('cat', [sessions.idOf('ua'), sessions.idOf('ud')], session)]);
    expect(await ids('cat')).to.deep.equal([sessions.idOf('ub')]);
    expect(await ids('dan')).to.have.length(1);
    expect(await adapter.find('a2')).to.equal(undefined);
  });

  it('takes a client out of all sessions of one account', async () => {
    const authorizations = { 'shop.example': { sid: '1' }, other: { sid: '2' } };
    await save('a', 'ua', 'eve', { authorizations });
    await save('b', 'ub', 'fay', { authorizations });
    await transaction([(session) => sessions.forgetClient('eve', 'shop.example', session)]);
    expect((await adapter.find('a'))!.authorizations).to.deep.equal({ other: { sid: '2' } });
    expect((await adapter.find('b'))!.authorizations).to.deep.equal(authorizations);
  });
});
