/** Accounts to be recovered, written straight into the database: with everything that one can be recovered by. */
import { randomUUID } from 'node:crypto';
import { decodeAttestationObject, parseAuthenticatorData } from '@simplewebauthn/server/helpers';
import type { Account, DeliveryMethod, Passkey } from '../../src/accounts/account.ts';
import { parseEmailAddress } from '../../src/accounts/email-address.ts';
import { createSecret } from '../../src/second-factor/authenticator.ts';
import { answersSecret } from '../../src/security-questions/answers.ts';
import { ANSWERS, newAddress, newPhone, PASSWORD, type Person } from './people.ts';
import { createAuthenticator, type SoftwareAuthenticator } from './software-authenticator.ts';
import type { Parts } from './tour.ts';

type Part = 'email' | 'text' | 'app' | 'passkey';

export interface Recoverable extends Person {
  readonly id: string;
  readonly device: SoftwareAuthenticator;
  readonly account: () => Promise<Account>;
  readonly history: () => Promise<readonly string[]>;
}

/** Everybody's. */
export const BACKUP_CODE = '7KQM-X3RT-H9WF-C4NP';

/** The hashes of what all of them have, made once: they are not what is tested. */
const hashes = new WeakMap<object, ReturnType<typeof makeHashes>>();
export function hashesOf(deps: Parts): ReturnType<typeof makeHashes> {
  const known = hashes.get(deps) ?? makeHashes(deps);
  hashes.set(deps, known);
  return known;
}
async function makeHashes({ passwords, config }: Parts) {
  const answers = config.questions.slice(0, 5).map((id, index) => ({ id, answer: ANSWERS[index]! }));
  const [passwordHash, backupCodeHash, answersHash] = await Promise.all(
    [PASSWORD, BACKUP_CODE.replaceAll('-', ''), answersSecret(answers)].map((secret) => passwords.hash(secret)),
  );
  return { passwordHash: passwordHash!, backupCodeHash: backupCodeHash!, answersHash: answersHash! };
}

/** `parts`: what it signs in with. */
export async function makeRecoverable(
  deps: Parts,
  parts: readonly Part[] = ['text'],
  change: Partial<Omit<Account, 'createdAt' | 'questions'>> = {},
): Promise<Recoverable> {
  const { passwordHash, backupCodeHash, answersHash } = await hashesOf(deps);
  const [id, email, phone, secret] = [randomUUID(), newAddress('lost'), newPhone(), createSecret()];
  const device = createAuthenticator(new URL(deps.config.issuer).origin);
  const methods = parts.flatMap((part): DeliveryMethod[] => {
    if (part === 'email') return [{ id: 'email', method: 'email' }];
    if (part === 'text') return [{ id: 'a-phone', method: 'text', phone }];
    return part === 'app' ? [{ id: 'an-app', method: 'app', secret, lastStep: 0 }] : [];
  });
  const account = {
    id,
    email,
    language: 'en' as const,
    passwordHash,
    methods,
    passkeys: parts.includes('passkey') ? [passkeyOf(device, id)] : [],
    backupCodeHash,
    questions: { ids: deps.config.questions.slice(0, 5), answersHash },
    terms: { version: deps.config.terms.version, at: deps.clock() },
    memberships: {},
    browsers: [],
    ...change,
  };
  await deps.transaction([deps.accounts.create(account, parseEmailAddress(account.email)!.canonical)]);
  return {
    id,
    email: account.email,
    password: PASSWORD,
    backupCode: BACKUP_CODE,
    phone: parts.includes('text') ? phone : undefined,
    secret: parts.includes('app') ? secret : undefined,
    device,
    account: async () => (await deps.accounts.find(id))!,
    history: async () => (await deps.audit.of(id)).map(({ type }) => type),
  };
}

/** A new passkey of this device, as an account keeps it. */
function passkeyOf(device: SoftwareAuthenticator, handle: string): Passkey {
  const made = JSON.parse(
    device.create({ challenge: 'none', rp: { id: 'localhost' }, user: { id: Buffer.from(handle).toString('base64url') } }),
  );
  const object = decodeAttestationObject(new Uint8Array(Buffer.from(made.response.attestationObject, 'base64url')));
  const { credentialPublicKey } = parseAuthenticatorData(object.get('authData'));
  const publicKey = Buffer.from(credentialPublicKey!).toString('base64url');
  return { id: made.id, publicKey, counter: 0, transports: ['internal'], name: 'A phone', createdAt: new Date(), lastUsedAt: null };
}

/** Moves the account to another address, as its owner or somebody else does; answers the new one. */
export async function moveAddress(
  deps: Parts,
  { id, email }: Pick<Recoverable, 'id' | 'email'>,
  to = newAddress('moved'),
): Promise<string> {
  await deps.transaction([deps.accounts.changeEmail(id, parseEmailAddress(email)!, parseEmailAddress(to)!)]);
  return to;
}

/** The waiting of this account is over. */
export const ripen = (
  db: { collection(name: string): { updateMany(filter: object, update: object): Promise<unknown> } },
  accountId: string,
) => db.collection('recoveries').updateMany({ accountId, proof: { $ne: 'ended' } }, { $set: { ripeAt: new Date(0) } });

/** Everything that it is proven with was there more than a week ago. */
export const growOld = (db: Parameters<typeof ripen>[0], accountId: string) =>
  db.collection('accounts').updateMany({ _id: accountId }, { $unset: { 'methods.$[].since': 1, backupCodeSince: 1 } });
