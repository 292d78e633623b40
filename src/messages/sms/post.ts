/** What every text message provider that is spoken to by HTTP has in common: one POST, its answer, and when to come back. */
import type { Handover } from '../sender.ts';

const GIVE_UP_AFTER_MS = 10_000;

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  /** The body, when it is a JSON object. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Posts without following redirects: they would carry the person's number and code to an address nobody configured. */
export async function post(url: string, init: { headers: Record<string, string>; body: string }): Promise<Answer | Handover> {
  try {
    const response = await fetch(url, { ...init, method: 'POST', redirect: 'error', signal: AbortSignal.timeout(GIVE_UP_AFTER_MS) });
    const json = await response.json().catch(() => undefined);
    const isObject = typeof json === 'object' && json !== null;
    return { status: response.status, retryAfter: response.headers.get('retry-after'), json: isObject ? (json as Answer['json']) : {} };
  } catch (error) {
    return { outcome: 'later', detail: error instanceof Error ? error.name : 'unknown' };
  }
}

/** Not now. `Retry-After` counts when it is in seconds (RFC 9110, 10.2.3); an hour is the longest that is believed. */
export function later({ retryAfter }: Answer, detail: string): Handover {
  const seconds = Number(retryAfter);
  return { outcome: 'later', detail, ...(seconds > 0 ? { afterSeconds: Math.min(seconds, 3600) } : {}) };
}
