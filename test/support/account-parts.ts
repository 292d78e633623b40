/** What the parts of the account store are tried with: a real store, and accounts in it that are like any other. */
import type { NewAccount } from '../../src/accounts/account.ts';
import { createAccountStore } from '../../src/accounts/account-store.ts';
import { type EmailAddress, parseEmailAddress } from '../../src/accounts/email-address.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { storeParts } from './store-parts.ts';

export const MAIL = { id: 'email', method: 'email' } as const;
export const APP = { id: 'app-1', method: 'app', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', lastStep: 100 } as const;

export type AccountParts = Awaited<ReturnType<typeof accountParts>>;

export async function accountParts() {
  const parts = await storeParts();
  const accounts = createAccountStore(parts);
  await accounts.init();
  let count = 0;
  const run = (...writes: readonly Write[]) => parts.transaction(writes);
  /** One that nobody has. */
  const address = (name = 'Ana') => parseEmailAddress(`${name}.${++count}@people.test`)!;
  return {
    ...parts,
    accounts,
    run,
    address,
    created: async (change: Partial<Omit<NewAccount, 'id' | 'email'>> = {}, email: EmailAddress = address()) => {
      const id = `account-${++count}`;
      const account = {
        id,
        email: email.address,
        language: 'en' as const,
        passwordHash: 'password',
        methods: [MAIL, APP],
        backupCodeHash: 'backup',
        questions: { ids: ['pet', 'street'], answersHash: 'answers' },
        terms: { version: '1', at: parts.clock() },
        memberships: { myuscis: 'applicant' },
        browsers: ['browser'],
        ...change,
      };
      await run(accounts.create(account, email.canonical));
      return { id, email, find: async () => (await accounts.find(id))! };
    },
  };
}
