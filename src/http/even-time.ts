/**
 * An answer that comes no sooner than after so many milliseconds, whatever was to be done for it: where a mail goes out for some
 * addresses and nothing for others, the time of the answer would tell which (ASVS 6.3.8). Throws what the work throws.
 */
export async function noSoonerThan<Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> {
  const [outcome] = await Promise.allSettled([work(), new Promise((resolve) => setTimeout(resolve, milliseconds))]);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** Longer than writing down a mail takes, even when there is much to do. */
const EVEN_TIME_MS = 400;

/** The same where the work is done by others afterwards: counts from now, and is awaited when everything is done. */
export function evenTime(milliseconds = EVEN_TIME_MS): () => Promise<unknown> {
  const over = new Promise((resolve) => setTimeout(resolve, milliseconds));
  return () => over;
}
