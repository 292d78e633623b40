import { expect } from 'chai';
import type { Adapter } from 'oidc-provider';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { createMongoAdapter } from '../../src/oidc-store/mongo-adapter.ts';
import { createSessionStore, type SessionStore } from '../../src/oidc-store/session-store.ts';
import { testDatabase } from '../support/mongo.ts';

describe('oidc-store/session-store', function () {
  this.timeout(60_000);
  let sessions: SessionStore;
  let adapterOf: (model: string) => Adapter;
  let now: number;

  before(async () => {
    // Not when the file is loaded: that may be minutes before.
    now = Math.floor(Date.now() / 1000);
    const db = await testDatabase();
    const deps = { db, seal: createSeal(['k'.repeat(40)]), rootSecret: createRootSecret(Buffer.alloc(32, 1)) };
    const adapter = createMongoAdapter(deps);
    await adapter.init();
    adapterOf = adapter;
    sessions = createSessionStore(deps);
  });

  it('moves the end of a session forward only, and leaves the rest of it alone', async () => {
    await adapterOf('Session').upsert('cookie', { uid: 'u', accountId: 'ann', loginTs: now, exp: now + 60 }, 60);
    await Promise.all(Array.from({ length: 12 }, (_, i) => sessions.extend('u', now + 100 + i)));
    await sessions.extend('u', now + 90);
    expect(await adapterOf('Session').find('cookie')).to.include({ exp: now + 111, loginTs: now, uid: 'u' });
  });

  it('does not bring an ended session back', async () => {
    await adapterOf('Session').upsert('late', { uid: 'l', accountId: 'ann', exp: now - 60 }, 1);
    await sessions.extend('l', now + 600);
    expect(await adapterOf('Session').find('late')).to.include({ exp: now - 60 });
  });

  it('ends one session by its stored id, which the library cannot (it knows the cookie, not the digest)', async () => {
    await adapterOf('Session').upsert('one', { uid: '1', accountId: 'bob', exp: now + 10 }, 10);
    await adapterOf('Session').upsert('two', { uid: '2', accountId: 'bob', exp: now + 20 }, 20);
    const listed = await sessions.of('bob');
    expect(listed.map(({ expiresAt }) => expiresAt.getTime() / 1000)).to.deep.equal([now + 20, now + 10]);
    await sessions.destroy(listed[0]!._id);
    expect(await adapterOf('Session').find('two')).to.equal(undefined);
    expect(await adapterOf('Session').find('one')).to.not.equal(undefined);
  });

  it('ends every session and token of one account and of no other', async () => {
    for (const account of ['cat', 'dan']) {
      await adapterOf('Session').upsert(`s-${account}`, { uid: `u-${account}`, accountId: account }, 60);
      for (const model of ['Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken'])
        await adapterOf(model).upsert(`${model}-${account}`, { accountId: account }, 60);
    }
    await sessions.destroySessionsOf('cat');
    await sessions.destroyTokensOf('cat');
    expect(await adapterOf('Session').find('s-cat')).to.equal(undefined);
    expect(await adapterOf('Session').find('s-dan')).to.not.equal(undefined);
    for (const model of ['Grant', 'AuthorizationCode', 'AccessToken', 'RefreshToken']) {
      expect(await adapterOf(model).find(`${model}-cat`), model).to.equal(undefined);
      expect(await adapterOf(model).find(`${model}-dan`), model).to.not.equal(undefined);
    }
  });
});
