import { z } from 'zod';
import type { Account, Passkey } from '../../accounts/account.ts';
import { MOST_PASSKEYS } from '../../accounts/credential-store.ts';
import { noticesTo } from '../../accounts/notices.ts';
import type { Deps } from '../../deps.ts';
import { type Action, action, advance, type Step, stay, type Visit } from '../../journey/journey.ts';
import type { Write } from '../../mongo/transaction.ts';
import { registrationOptions, verifyRegistration } from '../../second-factor/passkey.ts';
import { localize } from '../../texts.ts';
import { givenName } from '../given-name.ts';
import { LONGEST_CREDENTIAL } from './judge-passkey.ts';

export interface NewPasskey {
  /** The account, or the one that a sign-up will make. */
  readonly person: string;
  readonly passkey: Omit<Passkey, 'createdAt' | 'lastUsedAt'>;
}

/** Whose it will be. */
export interface Owner {
  readonly id: string;
  readonly email: string;
  readonly passkeys: readonly Passkey[];
}

export interface NewPasskeyOptions<Needs> {
  readonly owner: (deps: Deps, visit: Visit<Needs>) => Promise<Owner>;
}

const form = z.object({ credential: z.string().default(''), name: givenName.default('') });

const aboutOf = ({ journeyId }: Visit<unknown>, { id }: Owner) => ({ purpose: 'new-passkey', journeyId, person: id }) as const;

/** What its script asks the browser for, and what the passkey may be called. */
export async function showNewPasskey(deps: Deps, visit: Visit<unknown>, owner: Owner) {
  const { id, email, passkeys } = owner;
  const person = { handle: id, address: email, has: passkeys };
  const rpName = localize(deps.config.brand.accountName, visit.language);
  return { options: await registrationOptions(deps, aboutOf(visit, owner), person, rpName), values: { name: visit.device } };
}

/** Takes the new passkey from the form; its challenge is used up together with the answer. */
export const registerPasskey = <Needs>({ owner: ownerOf }: NewPasskeyOptions<Needs>): Action<Needs, NewPasskey> =>
  action(form, async (deps, visit: Visit<Needs>, { credential, name }) => {
    if (credential === '') return stay({ form: { key: 'problems.passkey_needs_script' } });
    const owner = await ownerOf(deps, visit);
    if (owner.passkeys.length >= MOST_PASSKEYS) return stay({ form: { key: 'problems.too_many_passkeys', count: MOST_PASSKEYS } });
    const made = credential.length > LONGEST_CREDENTIAL ? undefined : await verifyRegistration(deps, aboutOf(visit, owner), credential);
    if (!made?.ok) {
      deps.log.info({ reference: visit.reference, reason: made?.reason ?? 'too long' }, 'a new passkey was refused');
      return stay({ form: { key: made?.why === 'expired' ? 'problems.passkey_expired' : 'problems.passkey_not_made' } });
    }
    if (await deps.accounts.findByPasskey(made.credential.id)) return stay({ form: { key: 'problems.passkey_taken' } });
    const called = name || visit.device || deps.texts.in(visit.language).t('passkeys.one');
    return advance({ person: owner.id, passkey: { ...made.credential, name: called } }, [deps.usedChallenges.use(made.challenge)]);
  });

export const passkeyUsedUp = { form: { key: 'problems.passkey_used' } };

/** A passkey is made and named. */
export const newPasskey = <Needs>(options: NewPasskeyOptions<Needs>): Step<'new-passkey', Needs, NewPasskey> => ({
  name: 'new-passkey',
  view: 'steps/new-passkey',
  typed: ['name'],
  usedUp: passkeyUsedUp,
  show: async (deps, visit) => showNewPasskey(deps, visit, await options.owner(deps, visit)),
  actions: { submit: registerPasskey(options) },
});

/** Keeps it, with its place in the history and a notice to its owner. */
export function addPasskey(deps: Deps, visit: Visit<unknown>, account: Account, { passkey }: NewPasskey): readonly Write[] {
  const { ip, browser, device } = visit;
  return [
    deps.accounts.addPasskey(account.id, passkey),
    deps.audit.record({ type: 'passkey.added', accountId: account.id, ip, browser, device }),
    ...noticesTo(deps, account, `passkey-added/${account.id}/${passkey.id}`, { kind: 'security-change', what: 'passkey-added', device }),
  ];
}
