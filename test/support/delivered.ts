import type { LogoutQueue } from '../../src/oidc/logout/logout-queue.ts';
import type { TestServer } from './server.ts';

/** Waits until none is waiting, a minute at most. */
async function untilNone(waiting: () => Promise<number>, what: string): Promise<void> {
  for (const until = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
    const count = await waiting();
    if (count === 0) return;
    if (Date.now() > until) throw new Error(`${count} ${what} are still waiting`);
  }
}

/** Waits until everything that was to be sent has been, a minute at most. */
export const untilDelivered = ({ deps: { outbox } }: { readonly deps: Pick<TestServer['deps'], 'outbox'> }): Promise<void> =>
  untilNone(() => outbox.waiting(), 'messages');

/** Waits until every service has been told of each sign-out, a minute at most. */
export const untilTold = ({ logoutQueue }: { readonly logoutQueue: Pick<LogoutQueue, 'waiting'> }): Promise<void> =>
  untilNone(() => logoutQueue.waiting(), 'notices');
