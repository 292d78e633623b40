/**
 * The challenge that a passkey signs (WebAuthn 13.4.3). It is a sealed ticket, so that showing a page writes nothing: it says by itself
 * for which journey, person and purpose it was made, and until when. That it counts once is the affair of `used-challenge-store.ts`.
 */
import { z } from 'zod';
import type { Deps } from '../deps.ts';

export interface ChallengeFor {
  readonly purpose: 'sign-in' | 'second-factor' | 'new-passkey';
  readonly journeyId: string;
  /** The account whose passkey it is to be; nobody's yet where a passkey alone signs in. */
  readonly person?: string | undefined;
}

/** `foreign`: made for another journey, person or purpose, or not here at all. */
export type ChallengeVerdict = 'good' | 'expired' | 'foreign';

/** Longer than a person at a prompt needs, and the most that may be (ASVS 6.7.2). */
export const CHALLENGE_SECONDS = 5 * 60;
const CONTEXT = 'passkeys/challenge';

const ticketShape = z.object({ purpose: z.string(), journeyId: z.string(), person: z.string(), until: z.number() });

/** Never the same twice: the seal begins with 96 random bits, and the id adds 128. */
export function makeChallenge({ seal, clock, newId }: Pick<Deps, 'seal' | 'clock' | 'newId'>, about: ChallengeFor): string {
  const { purpose, journeyId, person = '' } = about;
  const until = clock().getTime() + CHALLENGE_SECONDS * 1000;
  return seal.seal(JSON.stringify({ purpose, journeyId, person, until, nonce: newId() }), CONTEXT);
}

/** `challenge`: as the browser gives it back, base64url of the ticket. */
export function judgeChallenge({ seal, clock }: Pick<Deps, 'seal' | 'clock'>, about: ChallengeFor, challenge: string): ChallengeVerdict {
  const ticket = opened(seal, challenge);
  const { purpose, journeyId, person = '' } = about;
  if (ticket?.purpose !== purpose || ticket.journeyId !== journeyId || ticket.person !== person) return 'foreign';
  return ticket.until > clock().getTime() ? 'good' : 'expired';
}

function opened(seal: Deps['seal'], challenge: string) {
  try {
    return ticketShape.parse(JSON.parse(seal.open(Buffer.from(challenge, 'base64url').toString('utf8'), CONTEXT)));
  } catch {
    return undefined;
  }
}
