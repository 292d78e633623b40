/** Longer than writing down a mail takes, even when there is much to do. */
const EVEN_TIME_MS = 400;

/**
 * For an answer that comes no sooner than after so long, counted from now: a mail is written down for some addresses and none for
 * others, and the time would tell which (ASVS 6.3.8). To be awaited when everything is done.
 */
export function evenTime(milliseconds = EVEN_TIME_MS): () => Promise<unknown> {
  const over = new Promise((resolve) => setTimeout(resolve, milliseconds));
  return () => over;
}
