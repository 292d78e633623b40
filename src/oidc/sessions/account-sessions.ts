/** Sessions and services of an account, as its owner sees and ends them. */
import type { ClientSession } from 'mongoose';
import type Provider from 'oidc-provider';
import { AppError } from '../../errors.ts';
import type { Ending, ListedSession, Sessions } from '../../journey/sessions.ts';
import type { Write } from '../../mongo/transaction.ts';
import type { GrantStore, WhichGrants } from '../../oidc-store/grant-store.ts';
import type { Ended } from '../../oidc-store/logout-notice-store.ts';
import type { KeptSession, SessionStore } from '../../oidc-store/session-store.ts';
import { findActive, isEnded, type TokenAccounts } from '../claims.ts';
import { ACCOUNT_PAGES, isFirstParty } from '../clients.ts';
import type { Grants } from '../grants.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { LogoutQueue } from '../logout/logout-queue.ts';
import type { ClientAuthorization } from './browser-session.ts';
import type { Seen } from './seen.ts';

interface AccountSessionsDeps {
  readonly provider: Provider;
  readonly store: SessionStore;
  readonly grantStore: GrantStore;
  readonly grants: Pick<Grants, 'memoryId'>;
  readonly accounts: TokenAccounts;
  readonly lifetimes: Lifetimes;
  readonly logoutQueue: Pick<LogoutQueue, 'note' | 'nudge'>;
}

export function createAccountSessions(deps: AccountSessionsDeps): Sessions {
  const { provider, store, grantStore, grants, accounts, lifetimes, logoutQueue } = deps;
  const after = async () => logoutQueue.nudge();

  return {
    of: async (accountId) => listed(accountId, await store.of(accountId)),

    async newest(accountId, most, sessionUid) {
      const { sessions, all } = await store.newest(accountId, most);
      const here = store.idOf(sessionUid);
      const found = sessions.some(({ id }) => id === here) ? undefined : await store.one(accountId, here);
      const shown = found ? [found, ...sessions.slice(0, most - 1)] : sessions;
      return { sessions: await listed(accountId, shown), more: Math.max(0, all - shown.length) };
    },

    async one(accountId, id) {
      const found = await store.one(accountId, id);
      return found && (await listed(accountId, [found]))[0];
    },

    had: async (accountId, id) => (await store.one(accountId, id)) !== undefined,

    async endAll(accountId) {
      const all = async () => 'all' as const;
      const { writes, after } = ending(accountId, () => true, all);
      // Sessions are known by name, too: two sign-ins of one second cannot be told apart by their time.
      return { writes: [...writes, accounts.endEarlierSessions(accountId)], after };
    },

    async endOthers(accountId, sessionUid) {
      const kept = store.idOf(sessionUid);
      const allButKept = async (session: ClientSession, all: readonly KeptSession[]) => {
        const clients = new Set((await grantStore.of(accountId, session)).map(({ clientId }) => clientId));
        const remembered = [...clients].map((clientId) => grants.memoryId(accountId, clientId));
        return { allBut: [...grantsOf(all.filter(({ id }) => id === kept)), ...remembered] };
      };
      const { writes, after } = ending(accountId, ({ id }) => id !== kept, allButKept);
      // A sign-in that was proven before has no name yet: its browser has not come back to be given a session.
      return { writes: [...writes, accounts.endEarlierOthers(accountId, kept)], after };
    },

    async endOne(accountId, id) {
      const isThis = (session: KeptSession) => session.id === id;
      if (!(await store.one(accountId, id))) return undefined;
      return ending(accountId, isThis, async (_, all) => {
        if (!all.some(isThis)) throw new AppError('changed_elsewhere');
        return { only: grantsOf(all.filter(isThis)) };
      });
    },

    async services(accountId) {
      const byClient = Map.groupBy(await grantStore.of(accountId), ({ clientId }) => clientId);
      const found = await Promise.all(
        [...byClient].map(async ([clientId, held]) => {
          const client = clientId === ACCOUNT_PAGES ? undefined : await provider.Client.find(clientId);
          if (!client) return [];
          const scopes = [...new Set(held.flatMap((grant) => grant.scopes))];
          const since = new Date(Math.min(...held.map((grant) => grant.since.getTime())));
          return [{ clientId, name: client.clientName ?? clientId, scopes, since, firstParty: isFirstParty(client) }];
        }),
      );
      return found.flat().toSorted((a, b) => a.name.localeCompare(b.name));
    },

    clientName: async (clientId) => (await provider.Client.find(clientId))?.clientName ?? clientId,

    async withdraw(accountId, clientId) {
      if (clientId === ACCOUNT_PAGES || !(await grantStore.of(accountId)).some((grant) => grant.clientId === clientId)) return undefined;
      const take: Write = async (session) => {
        if (!(await grantStore.of(accountId, session)).some((grant) => grant.clientId === clientId))
          throw new AppError('changed_elsewhere');
        const ended = endedIn(accountId, await store.of(accountId, session)).filter((one) => one.clientId === clientId);
        await logoutQueue.note(ended)(session);
        await store.forgetClient(accountId, clientId, session);
        await grantStore.destroy(accountId, { clientId }, session);
      };
      return { writes: [take], after };
    },
  };

  /** Those that count, as they are shown. */
  async function listed(accountId: string, sessions: readonly KeptSession[]): Promise<readonly ListedSession[]> {
    const account = await findActive(accounts, accountId);
    if (!account) return [];
    return sessions.flatMap(({ id, live, usedAt, payload: { loginTs = 0, seen } }) => {
      if (!live || lifetimes.isOver(loginTs) || isEnded(account, { loginTs, id })) return [];
      const { startedAt = loginTs, device = '', ip = '' } = (seen ?? {}) as Partial<Seen>;
      const started = new Date(startedAt * 1000);
      const current = (sessionUid: string) => store.idOf(sessionUid) === id;
      return [{ id, current, device, ip, startedAt: started, lastUsedAt: usedAt ?? started }];
    });
  }

  /** What is ended is read where it is ended: a session that was begun in between is among it; and whom to tell of it is saved with it. */
  function ending(
    accountId: string,
    which: (session: KeptSession) => boolean,
    grantsToo: (session: ClientSession, all: readonly KeptSession[]) => Promise<WhichGrants>,
  ): Ending {
    const end: Write = async (session) => {
      const all = await store.of(accountId, session);
      const those = all.filter(which);
      const ids = those.map(({ id }) => id);
      await logoutQueue.note(endedIn(accountId, those))(session);
      await grantStore.destroy(accountId, await grantsToo(session, all), session);
      await store.destroy(accountId, ids, session);
      await accounts.endSessions(accountId, ids)(session);
    };
    return { writes: [end], after };
  }
}

const authorizationsOf = ({ payload }: KeptSession) =>
  Object.entries((payload.authorizations ?? {}) as Readonly<Record<string, ClientAuthorization>>);

const grantsOf = (sessions: readonly KeptSession[]): readonly string[] =>
  sessions.flatMap(authorizationsOf).flatMap(([, { grantId }]) => grantId ?? []);

const endedIn = (accountId: string, sessions: readonly KeptSession[]): readonly Ended[] =>
  sessions.flatMap(authorizationsOf).map(([clientId, { sid }]) => ({ accountId, clientId, sid }));
