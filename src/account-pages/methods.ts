/** Methods for one-time codes, and passkeys: named and removed here; added by a journey, which proves them. */
import { z } from 'zod';
import type { Account, DeliveryMethod, Passkey } from '../accounts/account.ts';
import { MOST_METHODS, MOST_PASSKEYS } from '../accounts/credential-store.ts';
import { maskEmail } from '../accounts/email-address.ts';
import { noticesTo } from '../accounts/notices.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { maskPhone } from '../second-factor/phone-number.ts';
import { givenName } from '../steps/given-name.ts';
import type { AccountForm } from './account-form.ts';

/** As the pages show it: nothing that would help somebody who looks over a shoulder. */
export function shownMethod(account: Pick<Account, 'email'>, method: DeliveryMethod) {
  return {
    id: method.id,
    method: method.method,
    name: method.method === 'email' ? undefined : method.name,
    to: method.method === 'email' ? maskEmail(account.email) : method.method === 'text' ? maskPhone(method.phone) : undefined,
  };
}

export const shownPasskey = ({ id, name, createdAt, lastUsedAt }: Passkey) => ({ id, name, createdAt, lastUsedAt });

/** What the pages list, and how many there can be. */
export const shownProofs = (account: Account) => ({
  methods: account.methods.map((method) => shownMethod(account, method)),
  mostMethods: MOST_METHODS,
  passkeys: account.passkeys.map(shownPasskey),
  mostPasskeys: MOST_PASSKEYS,
});

const named = z.object({ name: givenName.min(1, 'problems.name_required') });
const nothing = z.object({});

/** What was removed may have been lost: a sign-in or a recovery that it has proven already may wait with its last page. */
const endWaysIn = ({ journeys }: Pick<Deps, 'journeys'>, { id }: Pick<Account, 'id'>) =>
  journeys.endOthers(id, undefined, ['sign-in', 'recovery']);

/** As the history names what was removed. */
const whichOf = ({ rootSecret }: Pick<Deps, 'rootSecret'>, id: string) => rootSecret.digest('removed', id);

export const removeMethod: AccountForm<DeliveryMethod, object> = {
  path: '/account/methods/:id/remove',
  view: 'account-pages/remove-method',
  back: '/account',
  changed: 'remove-method',
  async find(_deps, { account }, id) {
    const method = account.methods.find((candidate) => candidate.id === id);
    if (method && account.methods.length === 1) throw new AppError('last_method');
    return method;
  },
  isDone: async (deps, { account }, id) => deps.audit.has(account.id, 'method.removed', { which: whichOf(deps, id) }),
  show: (method, { account }) => ({ method: shownMethod(account, method) }),
  shape: () => nothing,
  change: async (deps, { owner: { account }, target, by, id }) => ({
    writes: [
      deps.accounts.removeMethod(account.id, target.id),
      endWaysIn(deps, account),
      deps.audit.record({ type: 'method.removed', method: target.method, which: whichOf(deps, target.id), ...by }),
      ...noticesTo(deps, account, id, { kind: 'security-change', what: 'method-removed', device: by.device }),
    ],
  }),
};

export const renameMethod: AccountForm<Extract<DeliveryMethod, { name?: unknown }>, { name: string }> = {
  path: '/account/methods/:id/rename',
  view: 'account-pages/rename-method',
  back: '/account',
  changed: 'rename-method',
  // The mailbox has its address for a name.
  find: async (_deps, { account }, id) =>
    account.methods.flatMap((method) => (method.id === id && method.method !== 'email' ? method : []))[0],
  show: (method, { account }) => ({ method: shownMethod(account, method), values: { name: method.name ?? '' } }),
  shape: () => named,
  typed: ['name'],
  change: async (deps, { owner: { account }, target, input, by }) => ({
    writes: [
      deps.accounts.renameMethod(account.id, target.id, input.name),
      deps.audit.record({ type: 'method.renamed', method: target.method, ...by }),
    ],
  }),
};

const passkeyOf = ({ passkeys }: Account, id: string) => passkeys.find((candidate) => candidate.id === id);

export const removePasskey: AccountForm<Passkey, object> = {
  path: '/account/passkeys/:id/remove',
  view: 'account-pages/remove-passkey',
  back: '/account',
  changed: 'remove-passkey',
  find: async (_deps, { account }, id) => passkeyOf(account, id),
  isDone: async (deps, { account }, id) => deps.audit.has(account.id, 'passkey.removed', { which: whichOf(deps, id) }),
  show: (passkey) => ({ passkey: shownPasskey(passkey) }),
  shape: () => nothing,
  change: async (deps, { owner: { account }, target, by, id }) => ({
    writes: [
      deps.accounts.removePasskey(account.id, target.id),
      endWaysIn(deps, account),
      deps.audit.record({ type: 'passkey.removed', which: whichOf(deps, target.id), ...by }),
      ...noticesTo(deps, account, id, { kind: 'security-change', what: 'passkey-removed', device: by.device }),
    ],
  }),
};

export const renamePasskey: AccountForm<Passkey, { name: string }> = {
  path: '/account/passkeys/:id/rename',
  view: 'account-pages/rename-passkey',
  back: '/account',
  changed: 'rename-passkey',
  find: async (_deps, { account }, id) => passkeyOf(account, id),
  show: (passkey) => ({ passkey: shownPasskey(passkey), values: { name: passkey.name } }),
  shape: () => named,
  typed: ['name'],
  change: async (deps, { owner: { account }, target, input, by }) => ({
    writes: [deps.accounts.renamePasskey(account.id, target.id, input.name), deps.audit.record({ type: 'passkey.renamed', ...by })],
  }),
};
