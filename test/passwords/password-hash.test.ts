import { expect } from 'chai';
import { LEAST_HASH_COST } from '../../src/config/shapes.ts';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { AppError } from '../../src/errors.ts';
import { createPasswords } from '../../src/passwords/password-hash.ts';
import { cpuTimeOf } from '../support/cpu-time.ts';

describe('password hashes', () => {
  const rootSecret = createRootSecret(Buffer.alloc(32, 7));
  const passwords = createPasswords({ rootSecret, cost: LEAST_HASH_COST });
  /** The smallest that the algorithm takes, for what is not about cost. */
  const cheap = { memoryKiB: 64, passes: 2, lanes: 1 };
  const failure = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error: unknown) => error);

  it('are Argon2id of 19,456 KiB, two passes, with a salt of 16 bytes of their own', async () => {
    const [one, other] = await Promise.all([passwords.hash('Tulip&Anchor7'), passwords.hash('Tulip&Anchor7')]);
    expect(one).to.match(/^\$argon2id\$v=19\$(?=[^$]*m=19456)(?=[^$]*t=2)(?=[^$]*p=1)[^$]+\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.to.equal(other);
    expect(await passwords.verify('Tulip&Anchor7', one)).to.equal(true);
    expect(await passwords.verify('Tulip&Anchor7', other)).to.equal(true);
  });

  it('are worth nothing without the pepper', async () => {
    const stranger = createPasswords({ rootSecret: createRootSecret(Buffer.alloc(32, 8)), cost: LEAST_HASH_COST });
    expect(await stranger.verify('Tulip&Anchor7', await passwords.hash('Tulip&Anchor7'))).to.equal(false);
  });

  it('take the whole password: its first 72 and 99 characters are wrong', async () => {
    const password = `${'Aa!7'.repeat(24)}tail`;
    const hash = await passwords.hash(password);
    expect(await passwords.verify(password, hash)).to.equal(true);
    expect(await passwords.verify(password.slice(0, 72), hash)).to.equal(false);
    expect(await passwords.verify(password.slice(0, 99), hash)).to.equal(false);
  });

  it('know é by both its spellings, and tell case, spaces and NUL apart', async () => {
    const hash = await passwords.hash('Caf\u00e9 & Tulip');
    expect(await passwords.verify('Cafe\u0301 & Tulip', hash)).to.equal(true);
    for (const other of [
      'Caf\u00e9 & Tulip ',
      ' Caf\u00e9 & Tulip',
      'caf\u00e9 & tulip',
      'Cafe & Tulip',
      'Caf\u00e9 & Tulip\0',
      'Caf\u00e9\0 & Tulip',
      '',
    ])
      expect(await passwords.verify(other, hash), other).to.equal(false);
    expect(await passwords.verify('a\0b', await passwords.hash('a\0c'))).to.equal(false);
  });

  it('throw when the stored hash is malformed, for that is no wrong password', async () => {
    expect(await failure(passwords.verify('x', 'not a hash')))
      .to.be.instanceOf(Error)
      .and.not.instanceOf(AppError);
    expect(await failure(passwords.verify('x', ''))).to.be.instanceOf(Error);
  });

  it('ask to be made again when the cost has risen', async () => {
    const dearer = createPasswords({ rootSecret, cost: { ...cheap, passes: 3 } });
    const old = await createPasswords({ rootSecret, cost: cheap }).hash('Tulip&Anchor7');
    expect(dearer.needsRehash(old)).to.equal(true);
    expect(await dearer.verify('Tulip&Anchor7', old)).to.equal(true);
    expect(dearer.needsRehash(await dearer.hash('Tulip&Anchor7'))).to.equal(false);
    expect(dearer.needsRehash(old.replace('argon2id', 'argon2i'))).to.equal(true);
  });

  it('take as long for an address nobody has, the first time included', async () => {
    const fresh = createPasswords({ rootSecret, concurrency: 1, cost: LEAST_HASH_COST });
    const hash = await passwords.hash('Tulip&Anchor7');
    const taken = (stored: string | undefined) =>
      cpuTimeOf(async () => expect(await fresh.verify('Another&Word9', stored)).to.equal(false));
    const first = await taken(undefined);
    const real: number[] = [];
    const nobodys: number[] = [first];
    for (let count = 0; count < 15; count += 1) {
      real.push(await taken(hash));
      nobodys.push(await taken(undefined));
    }
    // The fastest of each is what the work itself takes; the rest is what else the machine did meanwhile.
    expect(Math.min(...nobodys) / Math.min(...real)).to.be.within(0.6, 1.6);
    expect(first / Math.min(...real)).to.be.above(0.6);
  });

  it('wait in a bounded queue: one runs, three wait, the others are told to come back', async () => {
    const queued = createPasswords({ rootSecret, concurrency: 1, queueLimit: 3, cost: LEAST_HASH_COST });
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => failure(queued.hash('Tulip&Anchor7'))));
    expect(outcomes.filter((outcome) => outcome === undefined)).to.have.length(4);
    const refused = outcomes.filter((outcome) => outcome !== undefined);
    expect(refused.every((error) => error instanceof AppError && error.code === 'busy' && error.status === 503)).to.equal(true);
    expect(await queued.verify('Tulip&Anchor7', undefined)).to.equal(false);
  });

  it('free their place when they fail', async () => {
    const queued = createPasswords({ rootSecret, concurrency: 1, queueLimit: 0, cost: cheap });
    for (let count = 0; count < 5; count += 1) expect(await failure(queued.verify('x', 'not a hash'))).not.to.be.instanceOf(AppError);
    expect(await queued.hash('x')).to.include('argon2id');
  });

  it('are made in the order of their coming', async () => {
    const queued = createPasswords({ rootSecret, concurrency: 1, queueLimit: 20, cost: cheap });
    const done: number[] = [];
    await Promise.all(Array.from({ length: 10 }, (_, index) => queued.hash(`${index}`).then(() => done.push(index))));
    expect(done).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
