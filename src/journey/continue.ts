/**
 * The ticket with which a browser takes up a journey: after its page expired, or from a mailed link. A cookie of a quarter of an
 * hour, sealed, good for the next interaction that this browser opens.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { readCookie, writeCookie } from '../http/cookies.ts';

const LIFE_MS = 15 * 60 * 1000;
const PATH = '/interaction';
const CONTEXT = 'cookies/continue';

const ticketShape = z.object({
  journeyId: z.string(),
  /** Begin a new journey with these answers instead: a proof that was given elsewhere. */
  answers: z.record(z.string(), z.unknown()).optional(),
  until: z.number(),
});
export type Ticket = Omit<z.infer<typeof ticketShape>, 'until'>;

export function giveTicket(ctx: Context, deps: Pick<Deps, 'seal' | 'clock'>, ticket: Ticket): void {
  const value = deps.seal.seal(JSON.stringify({ ...ticket, until: deps.clock().getTime() + LIFE_MS }), CONTEXT);
  writeCookie(ctx, 'continue', value, { path: PATH, maxAge: LIFE_MS });
}

/** The ticket this browser holds, which is then gone. */
export function takeTicket(ctx: Context, deps: Pick<Deps, 'seal' | 'clock'>): Ticket | undefined {
  const value = readCookie(ctx, 'continue', PATH);
  if (!value) return undefined;
  writeCookie(ctx, 'continue', null, { path: PATH });
  const ticket = ticketShape.parse(JSON.parse(deps.seal.open(value, CONTEXT)));
  return ticket.until > deps.clock().getTime() ? ticket : undefined;
}
