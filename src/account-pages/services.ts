/** The services that know the owner: what each receives, as what they are there, and how it ends. */
import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { noticesTo } from '../accounts/notices.ts';
import type { Service } from '../config.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { ConnectedService } from '../journey/sessions.ts';
import type { AccountForm } from './account-form.ts';

/** The name by which people know a client: of the service where it is one, else its own. */
export const serviceName = ({ config }: Pick<Deps, 'config'>, { clientId, name }: Pick<ConnectedService, 'clientId' | 'name'>) =>
  config.services.find((service) => service.clientId === clientId)?.name ?? name;

/** The services where the owner has chosen an account type that there still is. */
export function chosenTypes({ config }: Pick<Deps, 'config'>, { memberships }: Pick<Account, 'memberships'>) {
  return config.services.flatMap((service) => {
    const chosen = service.accountTypes.find(({ id }) => id === memberships[service.id]);
    return chosen ? { service, chosen } : [];
  });
}

interface ShownService extends ConnectedService {
  readonly called: ReturnType<typeof serviceName>;
}

export const withdrawService: AccountForm<ShownService, object> = {
  path: '/account/services/:id/withdraw',
  view: 'account-pages/withdraw-service',
  back: '/account/security',
  changed: 'withdraw-service',
  async find(deps, { account }, id) {
    const found = (await deps.sessions.services(account.id)).find(({ clientId }) => clientId === id);
    return found && { ...found, called: serviceName(deps, found) };
  },
  isDone: async ({ audit }, { account }, id) => audit.has(account.id, 'service.withdrawn', { client: id }),
  show: ({ called, firstParty }) => ({ name: called, firstParty }),
  shape: () => z.object({}),
  async change(deps, { owner: { account }, target, by, id }) {
    const ending = await deps.sessions.withdraw(account.id, target.clientId);
    // Taken back in another window in this very moment.
    if (!ending) throw new AppError('not_found');
    return {
      writes: [
        ...ending.writes,
        deps.audit.record({ type: 'service.withdrawn', client: target.clientId, ...by }),
        ...noticesTo(deps, account, id, { kind: 'security-change', what: 'service-withdrawn', device: by.device }),
      ],
      after: ending.after,
    };
  },
};

interface Membership {
  readonly service: Service;
  readonly chosen: { readonly id: string };
  readonly types: Service['accountTypes'];
}

/** The type was asked for when the service was entered first; that can be put right here. */
export const changeAccountType: AccountForm<Membership, { account_type: string }> = {
  path: '/account/services/:id/account-type',
  view: 'account-pages/account-type',
  back: '/account',
  changed: 'account-type',
  async find(deps, { account }, id) {
    const found = chosenTypes(deps, account).find(({ service }) => service.id === id);
    return found && { ...found, types: found.service.accountTypes };
  },
  show: ({ service, chosen, types }) => ({ name: service.name, types, values: { account_type: chosen.id } }),
  shape: ({ types }) =>
    z.object({
      account_type: z.enum(
        types.map(({ id }) => id),
        { error: 'problems.account_type_required' },
      ),
    }),
  change: async (deps, { owner: { account }, target: { service }, input, by }) => ({
    writes: [
      deps.accounts.setMembership(account.id, service.id, input.account_type),
      deps.audit.record({ type: 'account-type.chosen', service: service.id, accountType: input.account_type, ...by }),
    ],
  }),
};
