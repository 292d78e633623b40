import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { type Attempts, createAttempts } from '../../src/attempts/attempts.ts';
import { defaultLimits, type LimitName } from '../../src/attempts/limits.ts';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { testDatabase } from '../support/mongo.ts';

describe('attempts', () => {
  let db: Connection;
  let attempts: Attempts;
  let now = new Date('2026-11-22T12:00:00Z');
  let people = 0;
  const rootSecret = createRootSecret(Buffer.alloc(32, 7));
  const deps = () => ({ db, clock: () => now, rootSecret, limits: defaultLimits, exemptNetworks: ['198.51.100.0/24'] });

  before(async () => {
    db = await testDatabase();
    attempts = createAttempts(deps());
    await attempts.init();
  });

  const newPerson = () => `person-${++people}`;
  const later = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  const inSeconds = (seconds: number) => new Date(now.getTime() + seconds * 1000);
  async function passed(count: number, limit: LimitName, key: string): Promise<number> {
    const outcomes = await Promise.all(Array.from({ length: count }, () => attempts.spend(limit, key)));
    return outcomes.filter(({ ok }) => ok).length;
  }

  it('judge 5 of 40 parallel password guesses, then make the next wait, naming the time', async () => {
    const key = newPerson();
    expect(await passed(40, 'password-account', key)).to.equal(5);
    expect(await attempts.spend('password-account', key)).to.deep.equal({ ok: false, until: inSeconds(1), limit: 'password-account' });
    later(1);
    expect(await passed(40, 'password-account', key)).to.equal(1);
    expect(await attempts.spend('password-account', key)).to.deep.equal({ ok: false, until: inSeconds(2), limit: 'password-account' });
  });

  it('do not lock the owner out of a browser that knows the account', async () => {
    const key = newPerson();
    await passed(40, 'password-account', key);
    expect(await attempts.spend('password-browser', `${key}|browser`)).to.deep.equal({ ok: true });
  });

  it('forgive all failures on a success', async () => {
    const key = newPerson();
    await passed(5, 'password-account', key);
    await attempts.forgive('password-account', key);
    expect(await passed(40, 'password-account', key)).to.equal(5);
  });

  it('slow a network after a hundred failures, and never shut it', async () => {
    const ip = '203.0.113.7';
    expect(await passed(110, 'password-network', ip)).to.equal(100);
    for (let count = 0; count < 5; count += 1) {
      later(10);
      expect(await passed(5, 'password-network', ip)).to.equal(1);
    }
    expect(await attempts.spend('password-network', '203.0.113.8')).to.deep.equal({ ok: true });
  });

  it('pause after ten wrong codes in a row, whatever codes they were, and disable a method after a hundred', async () => {
    const key = newPerson();
    expect(await passed(15, 'code-account', key)).to.equal(10);
    expect(await attempts.spend('code-account', key)).to.deep.equal({ ok: false, until: inSeconds(900), limit: 'code-account' });
    later(900);
    expect(await passed(15, 'code-account', key)).to.equal(10);
    expect(await passed(110, 'code-method', key)).to.equal(100);
    later(40 * 86_400);
    expect((await attempts.spend('code-method', key)).ok).to.equal(false);
  });

  it('let five people on one phone number get their codes', async () => {
    const phone = '+12025550112';
    for (let person = 0; person < 5; person += 1) {
      const key = newPerson();
      for (let count = 0; count < 5; count += 1) {
        const wanted = [
          ['send-account', key],
          ['send-destination-account', `${key}|${phone}`],
          ['send-destination', phone],
          ['send-texts', 'all'],
        ] as const;
        expect(await attempts.spendAll(wanted), `person ${person}, code ${count}`).to.deep.equal({ ok: true });
        later(30);
      }
    }
  });

  it('stop a sixth code in a quarter of an hour, and the unused ones of a day', async () => {
    const key = newPerson();
    for (let count = 0; count < 5; count += 1) {
      expect((await attempts.spend('send-account', key)).ok).to.equal(true);
      later(30);
    }
    expect(await attempts.spend('send-account', key)).to.deep.equal({ ok: false, until: inSeconds(750), limit: 'send-account' });
    for (let used = 0; used < 40; used += 1) {
      expect((await attempts.spend('send-destination-account', key)).ok).to.equal(true);
      await attempts.giveBack('send-destination-account', key);
    }
    for (let unused = 0; unused < 10; unused += 1) {
      expect((await attempts.spend('send-destination-account', key)).ok).to.equal(true);
      later(30);
    }
    expect((await attempts.spend('send-destination-account', key)).ok).to.equal(false);
  });

  it('keep two codes to one place half a minute apart, and let one to another place go out at once', async () => {
    const key = newPerson();
    const to = (place: string) =>
      attempts.spendAll([
        ['send-account', key],
        ['send-destination-account', `${key}|${place}`],
      ]);
    expect(await to('mailbox')).to.deep.equal({ ok: true });
    expect(await to('phone')).to.deep.equal({ ok: true });
    expect(await to('mailbox')).to.deep.equal({ ok: false, until: inSeconds(30), limit: 'send-destination-account' });
    later(30);
    expect(await to('mailbox')).to.deep.equal({ ok: true });
  });

  it('give back what was counted when a later limit refuses, so that a refusal costs nothing', async () => {
    const key = newPerson();
    const address = newPerson();
    await passed(30, 'send-destination', address);
    const before = await attempts.peek('send-account', key);
    const refused = await attempts.spendAll([
      ['send-account', key],
      ['send-destination-account', key],
      ['send-destination', address],
    ]);
    expect(refused).to.deep.equal({ ok: false, until: inSeconds(86_400), limit: 'send-destination' });
    expect(await attempts.peek('send-account', key)).to.deep.equal(before);
    expect(await attempts.peek('send-destination-account', key)).to.deep.equal({ left: 10 });
    expect(await attempts.spend('send-account', key)).to.deep.equal({ ok: true });
  });

  it('let 40 people sign up from one network address, and give back what they finish', async () => {
    const ip = '2001:db8:1:2::5';
    expect(await passed(40, 'sign-up-network', ip)).to.equal(40);
    for (let count = 0; count < 40; count += 1) await attempts.giveBack('sign-up-network', '2001:db8:1:2::77');
    expect(await passed(210, 'sign-up-network', ip)).to.equal(200);
    expect((await attempts.spend('sign-up-network', '2001:db8:1:2:ffff::1')).ok, 'another address of the same /64').to.equal(false);
    expect((await attempts.spend('sign-up-network', '2001:db8:1:3::5')).ok).to.equal(true);
  });

  it('do not count a network that is exempt', async () => {
    expect(await passed(210, 'sign-up-network', '198.51.100.7')).to.equal(210);
    expect(await passed(210, 'sign-up-network', '::ffff:198.51.100.7')).to.equal(210);
    expect(await attempts.peek('sign-up-network', '198.51.100.7')).to.deep.equal({ left: 200 });
  });

  it('keep limits and keys apart, whatever stands in a key', async () => {
    await passed(40, 'recovery-mail', 'a');
    for (const key of ['b', 'A', '', 'a\0', 'recovery-mail\0a', '$where', '{"$ne":""}'])
      expect((await attempts.spend('recovery-mail', key)).ok, key).to.equal(true);
    expect((await attempts.spend('recovery-proof', 'a')).ok).to.equal(true);
  });

  it('keep no key in clear', async () => {
    await attempts.spend('confirmation-address', 'ana@x.test');
    expect(JSON.stringify(await db.collection('attempts').find().toArray())).not.to.include('ana@x.test');
  });

  it('refuse to go on uncounted when the store is away', async () => {
    const away = await testDatabase();
    const blind = createAttempts({ ...deps(), db: away });
    await away.close();
    const error = await blind.spend('password-account', 'ana@x.test').catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
  });

  it('forget everything of one account or address, and nothing of another', async () => {
    const keys = ['an-account', 'an-account|email-code', 'an-account-besides'];
    for (const key of keys) await attempts.spend('code-account', key);
    await attempts.spend('sign-up-network', '192.0.2.77');
    const left = async () => {
      const peeked = await Promise.all(keys.map((key) => attempts.peek('code-account', key)));
      return peeked.map((peek) => peek.left);
    };
    const [before] = await left();
    expect(await left()).to.deep.equal([before, before, before]);
    const unused = before! + 1;
    await createTransaction(db)([attempts.forget('an-account')]);
    expect(await left()).to.deep.equal([unused, unused, before]);
    await createTransaction(db)([attempts.forget('192.0.2.77')]);
    const { left: network } = await attempts.peek('sign-up-network', '192.0.2.77');
    expect(network).to.be.below(defaultLimits['sign-up-network'].units);
  });
});
