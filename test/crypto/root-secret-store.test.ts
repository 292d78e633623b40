import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { openRootSecret } from '../../src/crypto/root-secret-store.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { testDatabase } from '../support/mongo.ts';

const key = () => randomBytes(32).toString('base64');

describe('openRootSecret', () => {
  let db: Connection;
  const [older, newer] = [key(), key()];
  beforeEach(async () => {
    db = await testDatabase();
  });
  afterEach(async () => {
    await db.dropDatabase();
    await db.close();
  });

  it('gives the same secret to many that make it at once', async () => {
    const secrets = await Promise.all(Array.from({ length: 24 }, () => openRootSecret(db, createSeal([older]))));
    expect(new Set(secrets.map((secret) => secret.digest('test', 'value'))).size).to.equal(1);
    expect(await db.collection('secrets').countDocuments()).to.equal(1);
  });

  it('gives the same secret after a restart, and another one to another database', async () => {
    const first = await openRootSecret(db, createSeal([older]));
    const again = await openRootSecret(db, createSeal([older]));
    const other = await testDatabase();
    const elsewhere = await openRootSecret(other, createSeal([older]));
    await other.close();
    expect(again.digest('test', 'value')).to.equal(first.digest('test', 'value'));
    expect(elsewhere.digest('test', 'value')).to.not.equal(first.digest('test', 'value'));
  });

  it('seals it again under a new key, after which the old key is not needed', async () => {
    const before = (await openRootSecret(db, createSeal([older]))).digest('test', 'value');
    await openRootSecret(db, createSeal([newer, older]));
    expect((await openRootSecret(db, createSeal([newer]))).digest('test', 'value')).to.equal(before);
  });

  it('refuses to start with keys that do not open it, and makes no second one', async () => {
    await openRootSecret(db, createSeal([older]));
    const stored = await db.collection('secrets').findOne();
    const outcome = await openRootSecret(db, createSeal([newer])).catch((error: Error) => error);
    expect(outcome)
      .to.be.instanceOf(Error)
      .with.property('message')
      .that.matches(/None of the ENCRYPTION_KEYS/);
    expect(await db.collection('secrets').findOne()).to.deep.equal(stored);
  });

  it('keeps nothing readable', async () => {
    const secret = await openRootSecret(db, createSeal([older]));
    const stored = JSON.stringify(await db.collection('secrets').findOne());
    expect(stored).to.not.include(secret.key('test').toString('base64url'));
    expect(JSON.parse(stored).sealed).to.match(/^[\w-]{8}\.[\w-]{70,}$/);
  });
});
