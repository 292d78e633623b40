/** The pages of passkeys within a sign-in and on the account pages, and what is rightly sent there. Each walk has an account of its own. */
import { PASSWORD } from '../support/people.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import type { TestServer } from '../support/server.ts';
import { askedOn, createAuthenticator } from '../support/software-authenticator.ts';
import type { Visitor } from '../support/visitor.ts';
import { placeOf, type Submission } from './edges-walker.ts';

/** The pages that these walks lead to. */
export const BY_PASSKEY = ['passkey', 'passkey-offer', 'new-passkey'] as const;

/** Somebody with a mailbox; `passkey`: and with one, which they use after the password. */
export async function createPasskeyWalk(
  { deps }: Pick<TestServer, 'deps'>,
  towards: (typeof BY_PASSKEY)[number],
  newestCode: (to: string) => Promise<string>,
) {
  const old = towards === 'new-passkey' ? {} : { terms: { version: '2020-01-01', at: deps.clock() } };
  const declined = towards === 'passkey-offer' ? null : deps.clock();
  const change = { ...old, passkeyDeclinedAt: declined };
  const { email, device } = await makeRecoverable(deps, towards === 'passkey' ? ['email', 'passkey'] : ['email'], change);

  return {
    email,
    async submission(visitor: Visitor): Promise<Submission | undefined> {
      switch (placeOf(visitor.page())) {
        case 'sign-in/password':
          return { button: 'Sign In', typed: { 'Email address': email, Password: PASSWORD } };
        case 'sign-in/choose-method':
          return { button: 'Continue', typed: { Passkey: true } };
        case 'sign-in/passkey':
          return { button: 'Use passkey', typed: { '#credential': device.get(askedOn(visitor)) } };
        case 'sign-in/email-code':
          return { button: 'Submit', typed: { 'Secure one-time password': await newestCode(email) } };
        case 'sign-in/passkey-offer':
          return { button: 'Not now', typed: {} };
        case 'add-passkey/new-passkey': {
          const another = createAuthenticator(new URL(deps.config.issuer).origin);
          return { button: 'Create a passkey', typed: { '#credential': another.create(askedOn(visitor)) } };
        }
        default:
          return undefined;
      }
    },
  };
}
