import { expect } from 'chai';
import type { Account, DeliveryMethod } from '../../src/accounts/account.ts';
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { MOST_METHODS, MOST_PASSKEYS } from '../../src/accounts/credential-store.ts';
import { AppError, type ErrorCode } from '../../src/errors.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { AlreadyUsed } from '../../src/second-factor/code-store.ts';
import { type AccountParts, APP, accountParts, MAIL } from '../support/account-parts.ts';
import { atOnce, failure } from '../support/store-parts.ts';

const PHONE = { id: 'phone-1', method: 'text', phone: '+12025550143' } as const;
const ROUNDS = 16;

describe('accounts/credential-store', () => {
  let parts: AccountParts;
  let accounts: AccountStore;
  let count = 0;

  before(async () => {
    parts = await accountParts();
    ({ accounts } = parts);
  });

  const run = (...writes: readonly Write[]) => parts.run(...writes);
  const find = async (id: string) => (await accounts.find(id))!;
  const created = async (methods: readonly DeliveryMethod[] = [MAIL, PHONE, APP]) => (await parts.created({ methods })).find();
  const passkey = (change: { id?: string; counter?: number } = {}) => ({
    id: `passkey-${++count}`,
    publicKey: 'a key',
    counter: 0,
    transports: ['internal', 'hybrid'],
    name: 'Chrome on Android',
    key: 'swk' as const,
    ...change,
  });

  /** After it the account is as it was but for this, and no other account is changed at all. */
  async function changes(account: Account, write: Write, change: Partial<Account>): Promise<Account> {
    const bystander = await created();
    await run(write);
    expect(await find(account.id)).to.deep.equal({ ...account, ...change });
    expect(await find(bystander.id)).to.deep.equal(bystander);
    return find(account.id);
  }
  /** It is refused with this, and the account stays what it was. */
  async function refuses(id: string, write: Write, why: ErrorCode | typeof AlreadyUsed): Promise<void> {
    const before = await accounts.find(id);
    const refusal = await failure(run(write));
    if (typeof why === 'string') expect(refusal).to.be.instanceOf(AppError).and.include({ code: why });
    else expect(refusal).to.be.instanceOf(why);
    expect(await accounts.find(id)).to.deep.equal(before);
  }
  /** Of so many at once one wins, and all others are told this. */
  async function oneWins(write: (index: number) => Write, why: ErrorCode | typeof AlreadyUsed): Promise<void> {
    const { won, failures } = await atOnce(16, (index) => run(write(index)));
    expect(won).to.equal(1);
    expect(failures).to.have.length(15);
    for (const lost of failures) {
      if (typeof why === 'string') expect(lost).to.be.instanceOf(AppError).and.include({ code: why });
      else expect(lost).to.be.instanceOf(why);
    }
  }

  describe('the password', () => {
    it('is replaced, and then another is not due any more', async () => {
      const account = await created();
      const due = await changes(account, accounts.demandNewPassword(account.id), { newPasswordDue: true });
      await changes(due, accounts.setPassword(account.id, { from: 'password', to: 'newer' }), {
        passwordHash: 'newer',
        newPasswordDue: false,
      });
    });

    it('is not replaced where another one was read', async () => {
      const { id } = await created();
      await refuses(id, accounts.setPassword(id, { from: 'another', to: 'newer' }), 'changed_elsewhere');
      await refuses('nobody', accounts.setPassword('nobody', { from: 'password', to: 'newer' }), 'changed_elsewhere');
      await refuses('nobody', accounts.demandNewPassword('nobody'), 'not_found');
    });

    it('is replaced by one of many devices at once', async () => {
      const { id } = await created();
      await oneWins((index) => accounts.setPassword(id, { from: 'password', to: `newer-${index}` }), 'changed_elsewhere');
      expect((await find(id)).passwordHash).to.match(/^newer-\d+$/);
    });

    it('is hashed again without a word, and without undoing a change or what is due', async () => {
      const account = await created();
      const due = await changes(account, accounts.demandNewPassword(account.id), { newPasswordDue: true });
      const hashed = await changes(due, accounts.rehashPassword(account.id, 'password', 'hashed again'), { passwordHash: 'hashed again' });
      await changes(hashed, accounts.rehashPassword(account.id, 'password', 'too late'), {});
    });
  });

  describe('the backup code', () => {
    it('is spent, and then replaced', async () => {
      const account = await created();
      const spent = await changes(account, accounts.useBackupCode(account.id, 'backup'), { backupCodeHash: null });
      const renewed = await changes(spent, accounts.setBackupCode(account.id, { from: null, to: 'second' }), { backupCodeHash: 'second' });
      await changes(renewed, accounts.setBackupCode(account.id, { from: 'second', to: 'third' }), { backupCodeHash: 'third' });
    });

    it('is not spent once another has taken its place, nor replaced where another one was read', async () => {
      const { id } = await created();
      await refuses(id, accounts.useBackupCode(id, 'another'), AlreadyUsed);
      await refuses(id, accounts.setBackupCode(id, { from: 'another', to: 'second' }), 'changed_elsewhere');
      await refuses(id, accounts.setBackupCode(id, { from: null, to: 'second' }), 'changed_elsewhere');
      await run(accounts.useBackupCode(id, 'backup'));
      await refuses(id, accounts.useBackupCode(id, 'backup'), AlreadyUsed);
      await refuses(id, accounts.setBackupCode(id, { from: 'backup', to: 'second' }), 'changed_elsewhere');
      await refuses('nobody', accounts.useBackupCode('nobody', 'backup'), AlreadyUsed);
    });

    it('is used once by 16 at once, and replaced once', async () => {
      const { id } = await created();
      await oneWins(() => accounts.useBackupCode(id, 'backup'), AlreadyUsed);
      await oneWins((index) => accounts.setBackupCode(id, { from: null, to: `second-${index}` }), 'changed_elsewhere');
      expect((await find(id)).backupCodeHash).to.match(/^second-\d+$/);
    });

    it('is either used or replaced, never both', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { id } = await created();
        const { won } = await atOnce(2, (index) =>
          run(index ? accounts.useBackupCode(id, 'backup') : accounts.setBackupCode(id, { from: 'backup', to: 'second' })),
        );
        expect(won).to.equal(1);
        expect((await find(id)).backupCodeHash).to.be.oneOf([null, 'second']);
      }
    });
  });

  describe('methods', () => {
    const second = { id: 'phone-2', method: 'text', phone: '+12025550144', name: 'Work' } as const;

    it('are added, renamed and removed, the others staying what they are', async () => {
      const account = await created();
      const added = await changes(account, accounts.addMethod(account.id, second), { methods: [MAIL, PHONE, APP, second] });
      const named = { ...second, name: 'Home' };
      const renamed = await changes(added, accounts.renameMethod(account.id, second.id, 'Home'), { methods: [MAIL, PHONE, APP, named] });
      await changes(renamed, accounts.removeMethod(account.id, PHONE.id), { methods: [MAIL, APP, named] });
    });

    it('are not added twice: the same one, the same phone, mail again', async () => {
      const { id } = await created();
      for (const again of [PHONE, { ...PHONE, id: 'phone-3' }, MAIL, APP])
        await refuses(id, accounts.addMethod(id, again), 'changed_elsewhere');
      await refuses('nobody', accounts.addMethod('nobody', second), 'changed_elsewhere');
      // The phone of another account is nobody's business.
      const other = await created([MAIL]);
      await changes(other, accounts.addMethod(other.id, PHONE), { methods: [MAIL, PHONE] });
    });

    it('are added once by many at once, however they are named', async () => {
      const { id } = await created([MAIL]);
      await oneWins((index) => accounts.addMethod(id, { ...PHONE, id: `phone-${index}` }), 'changed_elsewhere');
      expect((await find(id)).methods).to.have.length(2);
    });

    it('lose none of those that are added at once', async () => {
      const { id } = await created([MAIL]);
      const { won } = await atOnce(6, (index) =>
        run(accounts.addMethod(id, { ...PHONE, id: `phone-${index}`, phone: `+1202555010${index}` })),
      );
      expect([won, (await find(id)).methods.length]).to.deep.equal([6, 7]);
    });

    it('are ten at most, of any number that are added at once, but for one in the place of another', async () => {
      const { id } = await created([MAIL]);
      const numbered = (index: number) => ({ ...PHONE, id: `phone-${index}`, phone: `+120255501${10 + index}` });
      for (let index = 0; index < 6; index++) await run(accounts.addMethod(id, numbered(index)));
      const { won, failures } = await atOnce(8, (index) => run(accounts.addMethod(id, numbered(20 + index))));
      expect([won, (await find(id)).methods.length]).to.deep.equal([3, MOST_METHODS]);
      for (const lost of failures) expect(lost).to.be.instanceOf(AppError).and.include({ code: 'too_many_methods' });
      await refuses(id, accounts.addMethod(id, numbered(40), ['nobody’s']), 'too_many_methods');
      await run(accounts.addMethod(id, numbered(40), ['phone-0']), accounts.removeMethod(id, 'phone-0'));
      expect((await find(id)).methods).to.have.length(MOST_METHODS);
    });

    it('are never all removed: the last one stays', async () => {
      const { id } = await created([APP]);
      await refuses(id, accounts.removeMethod(id, APP.id), 'last_method');
      // Nor does a passkey change that.
      await run(accounts.addPasskey(id, passkey()));
      await refuses(id, accounts.removeMethod(id, APP.id), 'last_method');
    });

    it('are never all removed by two at once', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const { id } = await created([MAIL, APP]);
        const { won, failures } = await atOnce(2, (index) => run(accounts.removeMethod(id, index ? APP.id : MAIL.id)));
        expect(won).to.equal(1);
        expect(failures[0]).to.be.instanceOf(AppError).and.include({ code: 'last_method' });
        expect((await find(id)).methods).to.have.length(1);
      }
    });

    it('that are not there are neither removed nor renamed', async () => {
      const { id } = await created();
      await refuses(id, accounts.removeMethod(id, 'another'), 'changed_elsewhere');
      await refuses(id, accounts.renameMethod(id, 'another', 'Home'), 'changed_elsewhere');
      await refuses('nobody', accounts.removeMethod('nobody', MAIL.id), 'changed_elsewhere');
    });

    it('are removed by one of many at once', async () => {
      const { id } = await created();
      await oneWins(() => accounts.removeMethod(id, PHONE.id), 'changed_elsewhere');
    });

    it('are replaced as a whole, with the passkeys and the backup code', async () => {
      const account = await created();
      await run(accounts.addPasskey(account.id, passkey()));
      await changes(await find(account.id), accounts.replaceMethods(account.id, second), {
        methods: [second],
        passkeys: [],
        backupCodeHash: null,
      });
      await refuses('nobody', accounts.replaceMethods('nobody', second), 'not_found');
    });
  });

  describe('passkeys', () => {
    /** An account with one whose counter was this at its last use. */
    async function withPasskey(counter = 0) {
      const account = await created();
      const made = passkey({ counter });
      await run(accounts.addPasskey(account.id, made));
      return { ...(await find(account.id)), passkey: made };
    }
    const counterOf = async (id: string) => (await find(id)).passkeys[0]!.counter;

    it('are added with the time, found, renamed and removed', async () => {
      const account = await created();
      const [first, other] = [passkey(), passkey({ counter: 7 })];
      const kept = (made: typeof first) => ({ ...made, createdAt: parts.clock(), lastUsedAt: null });
      const one = await changes(account, accounts.addPasskey(account.id, first), { passkeys: [kept(first)] });
      const two = await changes(one, accounts.addPasskey(account.id, other), { passkeys: [kept(first), kept(other)] });
      expect(await accounts.findByPasskey(other.id)).to.deep.equal(two);
      const named = { ...kept(other), name: 'Blue key' };
      const renamed = await changes(two, accounts.renamePasskey(account.id, other.id, 'Blue key'), { passkeys: [kept(first), named] });
      await changes(renamed, accounts.removePasskey(account.id, first.id), { passkeys: [named] });
      expect(await accounts.findByPasskey(first.id)).to.equal(undefined);
    });

    it('are twenty at most, of any number that are added at once', async () => {
      const { id } = await created();
      for (let index = 0; index < 16; index++) await run(accounts.addPasskey(id, passkey()));
      const { won, failures } = await atOnce(8, () => run(accounts.addPasskey(id, passkey())));
      expect([won, (await find(id)).passkeys.length]).to.deep.equal([4, MOST_PASSKEYS]);
      for (const lost of failures) expect(lost).to.be.instanceOf(AppError).and.include({ code: 'too_many_passkeys' });
    });

    it('may all be removed: they are never the only way in', async () => {
      const { id, passkey: made } = await withPasskey();
      await run(accounts.removePasskey(id, made.id));
      expect((await find(id)).passkeys).to.deep.equal([]);
    });

    it('that another account has are not added', async () => {
      // What the database says of it came through as an internal error.
      const { passkey: made } = await withPasskey();
      const other = await created();
      await refuses(other.id, accounts.addPasskey(other.id, passkey({ id: made.id })), 'changed_elsewhere');
    });

    it('are added once, by many accounts at once as well', async () => {
      const { id, passkey: made } = await withPasskey();
      await refuses(id, accounts.addPasskey(id, made), 'changed_elsewhere');
      const all = await Promise.all(Array.from({ length: 16 }, () => created()));
      const wanted = passkey();
      await oneWins((index) => accounts.addPasskey(all[index]!.id, wanted), 'changed_elsewhere');
      expect((await accounts.findByPasskey(wanted.id))?.id).to.be.oneOf(all.map((account) => account.id));
    });

    it('that are not there are neither removed nor renamed nor used', async () => {
      const { id } = await withPasskey();
      const { passkey: others } = await withPasskey();
      await refuses(id, accounts.removePasskey(id, others.id), 'changed_elsewhere');
      await refuses(id, accounts.renamePasskey(id, others.id, 'Mine'), 'changed_elsewhere');
      await refuses(id, accounts.usePasskey(id, others.id, 0), AlreadyUsed);
    });

    it('are used with a counter that rises, or with none for ever', async () => {
      const none = await withPasskey(0);
      const used = (account: Account, counter: number) => [{ ...account.passkeys[0]!, counter, lastUsedAt: parts.clock() }];
      parts.later(60);
      const { passkey: made, ...account } = none;
      const again = await changes(account, accounts.usePasskey(account.id, made.id, 0), { passkeys: used(account, 0) });
      parts.later(60);
      const still = await changes(again, accounts.usePasskey(account.id, made.id, 0), { passkeys: used(account, 0) });
      await changes(still, accounts.usePasskey(account.id, made.id, 1), { passkeys: used(account, 1) });
      const { passkey: counted, ...other } = await withPasskey(7);
      await changes(other, accounts.usePasskey(other.id, counted.id, 8), { passkeys: used(other, 8) });
    });

    it('are refused with a counter that stands or falls', async () => {
      const { id, passkey: made } = await withPasskey(7);
      for (const counter of [7, 6, 1, 0]) await refuses(id, accounts.usePasskey(id, made.id, counter), AlreadyUsed);
      expect(await counterOf(id)).to.equal(7);
    });

    it('are used once with one counter by 16 at once, and each time with none', async () => {
      const counted = await withPasskey(7);
      await oneWins(() => accounts.usePasskey(counted.id, counted.passkey.id, 8), AlreadyUsed);
      const none = await withPasskey(0);
      expect((await atOnce(16, () => run(accounts.usePasskey(none.id, none.passkey.id, 0)))).won).to.equal(16);
    });

    it('keep the highest counter of those that come at once', async () => {
      const { id, passkey: made } = await withPasskey(7);
      await atOnce(8, (index) => run(accounts.usePasskey(id, made.id, 8 + index)));
      expect(await counterOf(id)).to.equal(15);
    });

    it('count each for itself', async () => {
      const account = await created();
      const [first, other] = [passkey({ counter: 5 }), passkey({ counter: 9 })];
      await run(accounts.addPasskey(account.id, first), accounts.addPasskey(account.id, other));
      await refuses(account.id, accounts.usePasskey(account.id, other.id, 6), AlreadyUsed);
      await run(accounts.usePasskey(account.id, first.id, 6));
      expect((await find(account.id)).passkeys.map(({ counter }) => counter)).to.deep.equal([6, 9]);
    });

    it('are declined at a time that is kept', async () => {
      const account = await created();
      parts.later(60);
      await changes(account, accounts.declinePasskey(account.id), { passkeyDeclinedAt: parts.clock() });
      await refuses('nobody', accounts.declinePasskey('nobody'), 'not_found');
    });
  });
});
