/** Where the owner is signed in: one of these sessions ended, or all but this one. */
import { z } from 'zod';
import { noticesTo } from '../accounts/notices.ts';
import { AppError } from '../errors.ts';
import type { ListedSession } from '../journey/sessions.ts';
import type { AccountForm } from './account-form.ts';

/** As the pages show it. */
export const shownSession = ({ id, device, startedAt, lastUsedAt, current }: ListedSession, sessionUid: string) => ({
  id,
  device,
  startedAt,
  lastUsedAt,
  here: current(sessionUid),
});

export const endSession: AccountForm<ListedSession, object> = {
  path: '/account/sessions/:id/end',
  view: 'account-pages/end-session',
  back: '/account/security',
  changed: 'end-sessions',
  find: (deps, { account }, id) => deps.sessions.one(account.id, id),
  isDone: async (deps, { account }, id) => account.endedSessions.some((ended) => ended.id === id) || deps.sessions.had(account.id, id),
  show: (target, { session }) => ({ session: shownSession(target, session.sessionUid) }),
  shape: () => z.object({}),
  async change(deps, { owner: { account }, target, by, id }) {
    const ending = await deps.sessions.endOne(account.id, target.id);
    // Signed out there in this very moment.
    if (!ending) throw new AppError('not_found');
    return {
      writes: [
        ...ending.writes,
        deps.audit.record({ type: 'sessions.ended', scope: 'one', ...by }),
        ...noticesTo(deps, account, id, { kind: 'security-change', what: 'sessions-ended', device: by.device }),
      ],
      after: ending.after,
    };
  },
};

export const endOtherSessions: AccountForm<{ readonly others: boolean }, object> = {
  path: '/account/sessions/end-others',
  view: 'account-pages/end-other-sessions',
  back: '/account/security',
  changed: 'end-sessions',
  find: async ({ sessions }, { account, session }) => {
    const { sessions: two } = await sessions.newest(account.id, 2, session.sessionUid);
    return { others: two.some(({ current }) => !current(session.sessionUid)) };
  },
  show: () => ({}),
  shape: () => z.object({}),
  async change(deps, { owner: { account, session }, target, by, id }) {
    // Nobody is to be told twice of the same.
    if (!target.others) return { writes: [] };
    const ending = await deps.sessions.endOthers(account.id, session.sessionUid);
    return {
      writes: [
        ...ending.writes,
        deps.audit.record({ type: 'sessions.ended', scope: 'others', ...by }),
        ...noticesTo(deps, account, id, { kind: 'security-change', what: 'sessions-ended', device: by.device }),
      ],
      after: ending.after,
    };
  },
};
