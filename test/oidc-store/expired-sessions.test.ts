import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { createExpiredSessions, type ExpiredSessions, GRACE_SECONDS } from '../../src/oidc-store/expired-sessions.ts';
import type { Ended } from '../../src/oidc-store/logout-notice-store.ts';
import { createMongoAdapter } from '../../src/oidc-store/mongo-adapter.ts';
import { testDatabase } from '../support/mongo.ts';

describe('oidc-store/expired-sessions', () => {
  let db: Connection;
  let expired: ExpiredSessions;
  let adapter: ReturnType<typeof createMongoAdapter>;
  const now = () => Math.floor(Date.now() / 1000);

  before(async () => {
    db = await testDatabase();
    adapter = createMongoAdapter({ db, seal: createSeal(['k'.repeat(40)]), rootSecret: createRootSecret(Buffer.alloc(32, 7)) });
    await adapter.init();
    expired = createExpiredSessions({ db, clock: () => new Date() });
    await expired.init();
  });
  beforeEach(() => db.collection('oidc_session').deleteMany({}));

  const save = (id: string, uid: string, exp: number, clients: readonly string[], accountId: string | undefined = 'ann') =>
    adapter('Session').upsert(id, {
      uid,
      exp,
      ...(accountId && { accountId, loginTs: exp - 1800 }),
      authorizations: Object.fromEntries(clients.map((client) => [client, { sid: `sid of ${client}`, grantId: 'g' }])),
    });
  const take = async (): Promise<readonly Ended[] | undefined> => {
    let taken: readonly Ended[] | undefined;
    await createTransaction(db)([
      async (session) => {
        taken = await expired.take(session);
      },
    ]);
    return taken;
  };

  it('says which clients a session was known to, once among 16 at a time', async () => {
    await save('one', 'uid', now() - GRACE_SECONDS - 1, ['service', 'shop.example']);
    const taken = (await Promise.all(Array.from({ length: 16 }, take))).filter((one) => one !== undefined);
    expect(taken).to.deep.equal([
      [
        { accountId: 'ann', clientId: 'service', sid: 'sid of service' },
        { accountId: 'ann', clientId: 'shop.example', sid: 'sid of shop.example' },
      ],
    ]);
    expect(await db.collection('oidc_session').countDocuments()).to.equal(1);
  });

  it('leaves alone what may still be used, and whoever is not signed in', async () => {
    await save('one', 'uid', now() - GRACE_SECONDS + 5, ['service']);
    await save('two', 'uid 2', now() + 100, ['service']);
    await save('three', 'uid 3', now() - 1000, [], '');
    expect(await take()).to.equal(undefined);
  });

  it('finds one again that was used after it had been found', async () => {
    await save('one', 'uid', now() - 1000, ['service']);
    expect(await take()).to.have.length(1);
    await save('one', 'uid', now() - 500, ['service']);
    expect(await take()).to.have.length(1);
    expect(await take()).to.equal(undefined);
  });

  it('says nothing of what another document of the same session still holds', async () => {
    await save('one', 'uid', now() - 1000, ['service', 'shop.example']);
    await save('two', 'uid', now() + 1000, ['service']);
    expect(await take()).to.deep.equal([{ accountId: 'ann', clientId: 'shop.example', sid: 'sid of shop.example' }]);
  });

  it('finds them by an index of those that are not told', async () => {
    await save('one', 'uid', now() - 1000, ['service']);
    const plan = await db
      .collection('oidc_session')
      .find({ untold: true, exp: { $lte: now() } })
      .sort({ exp: 1 })
      .explain('queryPlanner');
    expect(JSON.stringify(plan)).to.include('"indexName":"untold"');
  });
});
