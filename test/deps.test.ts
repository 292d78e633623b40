import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { loadConfig } from '../src/config.ts';
import { createDeps } from '../src/deps.ts';
import { testDatabase } from './support/mongo.ts';
import { testEnvironment } from './support/server.ts';
import { sharedServer } from './support/shared-server.ts';

describe('deps', () => {
  let db: Connection;
  before(async () => {
    db = await testDatabase();
  });
  const wire = async () => {
    const config = loadConfig(await testEnvironment());
    return createDeps({ config, db, clock: () => new Date(), log: pino({ level: 'silent' }), asset: (file) => `/assets/${file}` });
  };

  it('builds every index before it returns', async () => {
    await wire();
    const collections = await db.listCollections();
    const names = collections.map(({ name }) => name);
    expect(names).to.include.members(['accounts', 'journeys', 'mailed_links', 'codes', 'audit_events', 'messages']);
    const unique = async (name: string) =>
      (await db.collection(name).indexes()).filter((index) => index.unique).map(({ key }) => Object.keys(key).join());
    expect(await unique('accounts')).to.deep.equal(['address', 'passkeys.id']);
    expect(await unique('journeys')).to.deep.equal(['interaction,kind']);
    for (const name of ['journeys', 'mailed_links', 'codes', 'used_challenges', 'audit_events']) {
      const indexes = await db.collection(name).indexes();
      expect(
        indexes.some(({ expireAfterSeconds }) => expireAfterSeconds === 0),
        `${name} cleans up after itself`,
      ).to.equal(true);
    }
  });

  it('makes ids that nobody guesses, each once', async () => {
    const { deps } = await sharedServer();
    const ids = Array.from({ length: 1000 }, deps.newId);
    expect(new Set(ids).size).to.equal(1000);
    for (const id of ids) expect(id).to.match(/^[\w-]{22}$/);
  });
});
