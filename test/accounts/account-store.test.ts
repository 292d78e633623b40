import { expect } from 'chai';
import type { NewAccount } from '../../src/accounts/account.ts';
import { type AccountStore, createAccountStore } from '../../src/accounts/account-store.ts';
import { AppError } from '../../src/errors.ts';
import { AlreadyUsed } from '../../src/second-factor/code-store.ts';
import { atOnce, failure, type StoreParts, storeParts } from '../support/store-parts.ts';

const APP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('the account store', () => {
  let parts: StoreParts;
  let accounts: AccountStore;
  let count = 0;

  before(async () => {
    parts = await storeParts();
    accounts = createAccountStore(parts);
    await accounts.init();
  });

  const newAccount = (change: Partial<NewAccount> = {}): NewAccount => ({
    id: `account-${++count}`,
    email: `Ana.Ibáñez${count}@people.test`,
    language: 'es',
    passwordHash: '$argon2id$password',
    methods: [
      { id: 'email', method: 'email' },
      { id: 'phone-1', method: 'text', phone: '+12025550143' },
      { id: 'app-1', method: 'app', secret: APP_SECRET, lastStep: 100 },
    ],
    backupCodeHash: '$argon2id$backup',
    questions: { ids: ['pet', 'street'], answersHash: '$argon2id$answers' },
    terms: { version: '2026-01-01', at: parts.clock() },
    memberships: {},
    browsers: ['browser-0'],
    ...change,
  });
  async function created(change: Partial<NewAccount> = {}): Promise<NewAccount> {
    const account = newAccount(change);
    await parts.transaction([accounts.create(account, account.email.toLowerCase())]);
    return account;
  }
  const lastStepOf = async (id: string) => (await accounts.find(id))?.methods.find((method) => method.method === 'app')?.lastStep;

  describe('create', () => {
    it('keeps every field as it was given, and the time', async () => {
      const account = await created();
      expect(await accounts.find(account.id)).to.deep.equal({
        ...account,
        createdAt: parts.clock(),
        questions: { ...account.questions, forRecovery: true },
        noticeEmail: null,
        newPasswordDue: false,
        passkeys: [],
        passkeyDeclinedAt: null,
        sessionsSince: null,
        othersSince: null,
        endedSessions: [],
        former: null,
        closesAt: null,
        locked: null,
        keptAt: null,
      });
    });

    it('is found by the canonical form of its address, and by no other', async () => {
      const { id, email } = await created();
      expect((await accounts.findByEmail(email.toLowerCase()))?.id).to.equal(id);
      for (const other of [email, '', 'nobody@people.test']) expect(await accounts.findByEmail(other), other).to.equal(undefined);
      expect(await accounts.find('nobody')).to.equal(undefined);
    });

    it('keeps an account without memberships or browsers whole', async () => {
      const { id } = await created({ browsers: [], methods: [{ id: 'email', method: 'email' }] });
      expect(await accounts.find(id)).to.deep.include({ memberships: {}, browsers: [], methods: [{ id: 'email', method: 'email' }] });
    });

    it('refuses a second account for an address, and undoes what came with it', async () => {
      const { email } = await created();
      const [second, along] = [newAccount(), newAccount()];
      const refused = await failure(
        parts.transaction([accounts.create(along, along.email.toLowerCase()), accounts.create(second, email.toLowerCase())]),
      );
      expect(refused).to.be.instanceOf(AppError).and.include({ code: 'account_exists' });
      expect(await accounts.find(second.id)).to.equal(undefined);
      expect(await accounts.find(along.id)).to.equal(undefined);
    });

    it('lets one of two at once win, and tells the other that the account exists', async () => {
      const { won, failures } = await atOnce(2, () => parts.transaction([accounts.create(newAccount(), 'race@people.test')]));
      expect(won).to.equal(1);
      expect(failures).to.have.length(1);
      expect(failures[0]).to.be.instanceOf(AppError).and.include({ code: 'account_exists' });
    });

    it('leaves neither address nor phone nor secret readable in the database', async () => {
      const { email } = await created();
      const raw = await parts.raw('accounts');
      expect(raw).to.include('phone-1');
      for (const secret of [email, email.toLowerCase(), 'people.test', '2025550143', APP_SECRET]) expect(raw).to.not.include(secret);
    });

    it('binds what is sealed to its account: moved to another one it opens no more', async () => {
      const [one, other] = [await created(), await created()];
      const collection = parts.db.collection<{ _id: string; email: string }>('accounts');
      const { email } = (await collection.findOne({ _id: one.id }))!;
      await collection.updateOne({ _id: other.id }, { $set: { email } });
      expect(await failure(accounts.find(other.id))).to.be.instanceOf(Error);
      await collection.deleteOne({ _id: other.id });
    });

    it('shares nothing with the object it was given', async () => {
      const account = newAccount();
      const write = accounts.create(account, account.email.toLowerCase());
      (account.browsers as string[]).push('added afterwards');
      await parts.transaction([write]);
      expect((await accounts.find(account.id))?.browsers).to.deep.equal(['browser-0']);
    });
  });

  describe('the last step of an authenticator app', () => {
    it('is used once by 12 requests at once', async () => {
      const { id } = await created();
      const { won, failures } = await atOnce(12, () => parts.transaction([accounts.useAuthenticatorStep(id, 'app-1', 101)]));
      expect(won).to.equal(1);
      expect(failures.filter((error) => error instanceof AlreadyUsed)).to.have.length(11);
      expect(await lastStepOf(id)).to.equal(101);
    });

    it('never goes back: this one and all before it are used', async () => {
      const { id } = await created();
      await parts.transaction([accounts.useAuthenticatorStep(id, 'app-1', 110)]);
      for (const step of [110, 109, 0, -1])
        expect(await failure(parts.transaction([accounts.useAuthenticatorStep(id, 'app-1', step)])), String(step)).to.be.instanceOf(
          AlreadyUsed,
        );
      expect(await lastStepOf(id)).to.equal(110);
    });

    it('is none where there is no such app or account', async () => {
      const { id } = await created();
      for (const [account, method] of [
        [id, 'phone-1'],
        [id, 'another'],
        ['nobody', 'app-1'],
      ] as const)
        expect(await failure(parts.transaction([accounts.useAuthenticatorStep(account, method, 999)]))).to.be.instanceOf(AlreadyUsed);
      expect(await lastStepOf(id)).to.equal(100);
    });

    it('is counted for each app by itself', async () => {
      const app = (id: string) => ({ id, method: 'app' as const, secret: APP_SECRET, lastStep: 100 });
      const { id } = await created({ methods: [app('app-1'), app('app-2')] });
      await parts.transaction([accounts.useAuthenticatorStep(id, 'app-2', 105)]);
      expect((await accounts.find(id))?.methods).to.deep.equal([app('app-1'), { ...app('app-2'), lastStep: 105 }]);
    });
  });

  describe('changes', () => {
    it('add a membership, and put another in its place', async () => {
      const { id } = await created();
      await parts.transaction([accounts.setMembership(id, 'myuscis', 'applicant'), accounts.setMembership(id, 'other', 'employer')]);
      await parts.transaction([accounts.setMembership(id, 'myuscis', 'representative')]);
      expect((await accounts.find(id))?.memberships).to.deep.equal({ myuscis: 'representative', other: 'employer' });
    });

    it('keep the version of the terms that was agreed to, and when', async () => {
      const { id } = await created();
      parts.later(3600);
      await parts.transaction([accounts.acceptTerms(id, '2027-01-01')]);
      expect((await accounts.find(id))?.terms).to.deep.equal({ version: '2027-01-01', at: parts.clock() });
    });

    it('replace the hash of the password, of that account alone', async () => {
      const [one, other] = [await created(), await created()];
      await parts.transaction([accounts.rehashPassword(one.id, one.passwordHash, '$argon2id$newer')]);
      expect((await accounts.find(one.id))?.passwordHash).to.equal('$argon2id$newer');
      expect((await accounts.find(other.id))?.passwordHash).to.equal(other.passwordHash);
    });

    it('make no account where there is none', async () => {
      await parts.transaction([accounts.rememberBrowser('nobody', 'browser')]);
      const choosing = parts.transaction([accounts.setMembership('nobody', 'myuscis', 'applicant')]);
      expect(await failure(choosing)).to.include({ code: 'changed_elsewhere' });
      expect(await accounts.find('nobody')).to.equal(undefined);
    });
  });

  describe('browsers', () => {
    it('are remembered once, by 12 requests at once as well', async () => {
      const { id } = await created();
      await atOnce(12, () => parts.transaction([accounts.rememberBrowser(id, 'browser-1')]));
      expect((await accounts.find(id))?.browsers).to.deep.equal(['browser-0', 'browser-1']);
    });

    it('are forgotten beyond the newest 20', async () => {
      const { id } = await created();
      for (let n = 1; n <= 21; n++) await parts.transaction([accounts.rememberBrowser(id, `browser-${n}`)]);
      expect((await accounts.find(id))?.browsers).to.deep.equal(Array.from({ length: 20 }, (_, index) => `browser-${index + 2}`));
    });
  });

  describe('sessions', () => {
    it('that were signed in before a moment do not count', async () => {
      const { id } = await created();
      await parts.transaction([accounts.endEarlierSessions(id)]);
      expect((await accounts.find(id))?.sessionsSince).to.deep.equal(parts.clock());
    });

    it('that were signed in before a moment do not count, but for one', async () => {
      const { id } = await created();
      await parts.transaction([accounts.endEarlierOthers(id, 'this one')]);
      const { sessionsSince, othersSince } = (await accounts.find(id))!;
      expect([sessionsSince, othersSince]).to.deep.equal([null, { but: 'this one', at: parts.clock() }]);
    });

    it('are ended by themselves, by many requests at once as well', async () => {
      const { id } = await created();
      const other = await created();
      await atOnce(8, (n) => parts.transaction([accounts.endSessions(id, [`${n}-a`, `${n}-b`])]));
      const ended = (await accounts.find(id))!.endedSessions;
      expect(ended.map((session) => session.id)).to.have.members(Array.from({ length: 8 }, (_, n) => [`${n}-a`, `${n}-b`]).flat());
      for (const { at } of ended) expect(at).to.deep.equal(parts.clock());
      expect((await accounts.find(other.id))!.endedSessions).to.deep.equal([]);
    });

    it('that were ended are forgotten beyond the newest 100', async () => {
      const { id } = await created();
      const names = Array.from({ length: 101 }, (_, n) => `session-${n}`);
      await parts.transaction([accounts.endSessions(id, names.slice(0, 1)), accounts.endSessions(id, [])]);
      await parts.transaction([accounts.endSessions(id, names.slice(1))]);
      expect((await accounts.find(id))!.endedSessions.map((session) => session.id)).to.deep.equal(names.slice(1));
    });
  });
});
