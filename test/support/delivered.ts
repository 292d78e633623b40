import type { Deps } from '../../src/deps.ts';

/** Waits until everything that was to be sent has been, a minute at most. */
export async function untilDelivered({ deps }: { readonly deps: Pick<Deps, 'outbox'> }): Promise<void> {
  for (const until = Date.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 10))) {
    const waiting = await deps.outbox.waiting();
    if (waiting === 0) return;
    if (Date.now() > until) throw new Error(`${waiting} messages are still waiting`);
  }
}
