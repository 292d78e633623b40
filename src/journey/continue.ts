/**
 * The ticket with which a browser takes up its journey in a new interaction, the former being gone. A cookie of a quarter of an hour,
 * sealed; it names the journey and gives nothing that the browser does not have.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { readCookie, writeCookie } from '../http/cookies.ts';

const LIFE_MS = 15 * 60 * 1000;
const PATH = '/interaction';
const CONTEXT = 'cookies/continue';

const ticketShape = z.object({ journeyId: z.string(), until: z.number() });

export function giveTicket(ctx: Context, deps: Pick<Deps, 'seal' | 'clock'>, journeyId: string): void {
  const value = deps.seal.seal(JSON.stringify({ journeyId, until: deps.clock().getTime() + LIFE_MS }), CONTEXT);
  writeCookie(ctx, 'continue', value, { path: PATH, maxAge: LIFE_MS });
}

/** The id of the journey that this browser's ticket names, if its time is not over. */
export function readTicket(ctx: Context, deps: Pick<Deps, 'seal' | 'clock'>): string | undefined {
  const value = readCookie(ctx, 'continue', PATH);
  const ticket = value === undefined ? undefined : opened(deps, value);
  return ticket && ticket.until > deps.clock().getTime() ? ticket.journeyId : undefined;
}

export const dropTicket = (ctx: Context): void => writeCookie(ctx, 'continue', null, { path: PATH });

/** A ticket whose key has been retired is none. */
function opened({ seal }: Pick<Deps, 'seal'>, value: string) {
  try {
    return ticketShape.parse(JSON.parse(seal.open(value, CONTEXT)));
  } catch {
    return undefined;
  }
}
