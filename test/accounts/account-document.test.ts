import { expect } from 'chai';
import type { NewAccount } from '../../src/accounts/account.ts';
import { type AccountDocument, createAccountSeal } from '../../src/accounts/account-document.ts';
import { type AccountStore, createAccountStore } from '../../src/accounts/account-store.ts';
import type { EmailAddress } from '../../src/accounts/email-address.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { type StoreParts, storeParts } from '../support/store-parts.ts';

const APP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const written = (address: string): EmailAddress => ({ address, canonical: address.toLowerCase() });

describe('accounts/account-document', () => {
  let parts: StoreParts;
  let accounts: AccountStore;
  let sealed: ReturnType<typeof createAccountSeal>;
  let count = 0;

  before(async () => {
    parts = await storeParts();
    accounts = createAccountStore(parts);
    await accounts.init();
    sealed = createAccountSeal(parts);
  });

  const run = (...writes: readonly Write[]) => parts.transaction(writes);
  const newAccount = (): NewAccount => {
    count++;
    return {
      id: `account-${count}`,
      email: `Ana.Ibarra${count}@people.test`,
      language: 'es',
      passwordHash: 'password',
      methods: [
        { id: 'email', method: 'email' },
        { id: 'phone-1', method: 'text', phone: `+1202555${String(count).padStart(4, '0')}` },
        { id: 'phone-2', method: 'text', phone: '+13105550199', name: 'Work' },
        { id: 'app-1', method: 'app', secret: APP_SECRET, lastStep: 100 },
      ],
      backupCodeHash: 'backup',
      questions: { ids: ['pet'], answersHash: 'answers' },
      terms: { version: '1', at: parts.clock() },
      memberships: {},
      browsers: [],
    };
  };
  const documentOf = (account = newAccount()) => sealed.account(account, account.email.toLowerCase(), parts.clock());
  /** One with everything that is sealed: a notice address, a former one, and one between. */
  async function whole() {
    const account = newAccount();
    const [first, second, third] = [account.email, `Between${count}@people.test`, `Newest${count}@people.test`].map(written) as [
      EmailAddress,
      EmailAddress,
      EmailAddress,
    ];
    const noticeEmail = `Notices${count}@people.test`;
    await run(accounts.create(account, first.canonical), accounts.setNoticeEmail(account.id, { from: null, to: noticeEmail }));
    await run(accounts.changeEmail(account.id, first, second));
    await run(accounts.changeEmail(account.id, second, third));
    const raw = await parts.db.collection<AccountDocument>('accounts').findOne({ _id: account.id });
    return { account, first, second, third, noticeEmail, raw: raw! };
  }

  it('opens what it has sealed', async () => {
    const { account, first, second, third, noticeEmail, raw } = await whole();
    const opened = sealed.open(raw)!;
    expect(opened).to.deep.include({ id: account.id, email: third.address, noticeEmail, methods: account.methods });
    expect(opened.former).to.deep.include({ email: first.address, between: [second.address], methods: account.methods });
  });

  it('is nothing where nothing was found', () => {
    expect(sealed.open(undefined)).to.equal(undefined);
    expect(sealed.open(null)).to.equal(undefined);
  });

  it('has nothing in clear that reaches or proves a person', async () => {
    const { account, first, second, third, noticeEmail, raw } = await whole();
    const phones = account.methods.flatMap((method) => (method.method === 'text' ? [method.phone.slice(2), method.phone.slice(-7)] : []));
    const addresses = [first, second, third, written(noticeEmail)].flatMap(({ address, canonical }) => [
      address,
      canonical,
      canonical.split('@')[0]!,
    ]);
    const clear = JSON.stringify(raw).toLowerCase();
    for (const secret of [...phones, ...addresses, 'people.test', APP_SECRET.toLowerCase()])
      expect(clear).not.to.include(secret.toLowerCase());
    // That it is this account's: the test reads the right thing.
    expect(clear).to.include(account.id).and.to.include('phone-1');
  });

  it('is found by a digest that only this system can make', () => {
    const account = newAccount();
    const { address } = documentOf(account);
    expect(address).to.equal(sealed.addressKey(account.email.toLowerCase()));
    expect(address).not.to.equal(sealed.addressKey(account.email));
  });

  describe('binds each sealed value to its account and its place', () => {
    const phoneOf = (document: AccountDocument) => document.methods[1]!;

    it('so that the phones of two accounts cannot be swapped', () => {
      const [one, other] = [documentOf(), documentOf()];
      const swapped = (into: AccountDocument, from: AccountDocument): AccountDocument => ({ ...into, methods: [phoneOf(from)] });
      expect(sealed.open(swapped(one, one))).to.include({ id: one._id });
      expect(() => sealed.open(swapped(one, other))).to.throw();
      expect(() => sealed.open(swapped(other, one))).to.throw();
    });

    it('so that no value moves between accounts, former ones included', async () => {
      const [{ raw: one }, { raw: other }] = [await whole(), await whole()];
      const former = { ...one.former!, between: other.former!.between! };
      const moved: Partial<AccountDocument>[] = [
        { email: other.email },
        { noticeEmail: other.noticeEmail! },
        { methods: other.methods },
        { former: other.former! },
        { former },
        { former: { ...one.former!, methods: other.former!.methods } },
      ];
      for (const change of moved) expect(() => sealed.open({ ...one, ...change }), Object.keys(change)[0]).to.throw();
    });

    it('so that no value moves within an account', async () => {
      const { raw } = await whole();
      const [, first, second, app] = raw.methods;
      const moved: Partial<AccountDocument>[] = [
        { email: raw.noticeEmail! },
        { email: raw.former!.email },
        { noticeEmail: raw.email },
        { former: { ...raw.former!, email: raw.email } },
        { methods: [{ ...first!, sealed: second!.sealed! }] },
        { methods: [{ ...first!, sealed: app!.sealed! }] },
        { methods: [{ ...first!, sealed: raw.email }] },
      ];
      for (const change of moved) expect(() => sealed.open({ ...raw, ...change }), Object.keys(change)[0]).to.throw();
    });

    it('so that an id of its own does not make it another account’s', () => {
      const document = documentOf();
      expect(() => sealed.open({ ...document, _id: 'another' })).to.throw();
    });

    it('so that no other key opens it', () => {
      const other = createAccountSeal({ ...parts, seal: createSeal(['another key that is longer than thirty-two characters']) });
      expect(() => other.open(documentOf())).to.throw('ENCRYPTION_KEYS');
    });
  });

  describe('of an older release', () => {
    /** As the first release wrote it. */
    async function older() {
      const account = newAccount();
      const { passkeys: _, questions, ...rest } = documentOf(account);
      const { ids, answersHash } = questions!;
      const document = { ...rest, questions: { ids, answersHash } };
      await parts.db.collection<AccountDocument>('accounts').insertOne(structuredClone(document));
      return { account, document };
    }
    const defaults = {
      noticeEmail: null,
      newPasswordDue: false,
      passkeys: [],
      passkeyDeclinedAt: null,
      sessionsSince: null,
      othersSince: null,
      endedSessions: [],
      former: null,
      closesAt: null,
      keptAt: null,
      locked: null,
    };

    it('opens with what did not exist then, switched as it was', async () => {
      const { account, document } = await older();
      expect(Object.keys(document).filter((field) => field in defaults)).to.deep.equal([]);
      expect(await accounts.find(account.id)).to.deep.equal({
        ...account,
        ...defaults,
        createdAt: parts.clock(),
        questions: { ...account.questions, forRecovery: true },
      });
    });

    it('opens without what a former address has kept since', async () => {
      const { raw } = await whole();
      const { between: _, ...former } = raw.former!;
      expect(sealed.open({ ...raw, former })!.former!.between).to.deep.equal([]);
    });

    it('takes every change of today', async () => {
      const { account } = await older();
      const { id } = account;
      const passkey = { id: `passkey of ${id}`, publicKey: 'a key', counter: 0, transports: [], name: 'Phone' };
      const to = written(`Moved${count}@people.test`);
      await run(
        accounts.addPasskey(id, passkey),
        accounts.usePasskey(id, passkey.id, 0),
        accounts.declinePasskey(id),
        accounts.demandNewPassword(id),
        accounts.setNoticeEmail(id, { from: null, to: 'notices@people.test' }),
        accounts.switchQuestions(id, false),
        accounts.endEarlierSessions(id),
        accounts.endEarlierOthers(id, 'a session'),
        accounts.endSessions(id, ['a session']),
        accounts.removeMethod(id, 'phone-2'),
        accounts.changeEmail(id, written(account.email), to),
        accounts.freeze(id, account.email.toLowerCase()),
        accounts.close(id, 14),
      );
      const changed = (await accounts.find(id))!;
      expect(changed).to.deep.include({
        email: to.address,
        noticeEmail: 'notices@people.test',
        newPasswordDue: true,
        passkeyDeclinedAt: parts.clock(),
        sessionsSince: parts.clock(),
        othersSince: { but: 'a session', at: parts.clock() },
        endedSessions: [{ id: 'a session', at: parts.clock() }],
        questions: { ...account.questions, forRecovery: false },
      });
      expect(changed.passkeys.map(({ lastUsedAt }) => lastUsedAt)).to.deep.equal([parts.clock()]);
      expect(changed.former).to.deep.include({ email: account.email, frozenAt: parts.clock() });
      expect(changed.closesAt!.getTime() - parts.clock().getTime()).to.equal(14 * 24 * 3600 * 1000);
    });
  });

  it('shares nothing with the account it was made of', () => {
    const account = newAccount();
    const document = documentOf(account);
    (account.questions!.ids as string[]).push('street');
    (account.browsers as string[]).push('browser');
    expect([document.questions!.ids, document.browsers]).to.deep.equal([['pet'], []]);
  });
});
