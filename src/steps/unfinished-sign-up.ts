/** Sign-ups that were begun and not finished, as other pages may know them. */
import type { Deps } from '../deps.ts';

export interface UnfinishedSignUp {
  readonly id: string;
  readonly address: string;
  readonly language: 'en' | 'es';
  readonly keptUntil: Date;
  readonly confirmed: boolean;
  /** Set once the password has been chosen: from then on, going on in another browser asks for it. */
  readonly passwordHash: string | undefined;
}

/** The one that got furthest with this address (canonical form), if any. */
export async function findUnfinishedSignUp(deps: Pick<Deps, 'journeys'>, canonical: string): Promise<UnfinishedSignUp | undefined> {
  const journey = await deps.journeys.findByAddress('sign-up', canonical);
  if (!journey) return undefined;
  const answers = journey.content.answers as { email: { address: string }; confirm?: unknown; 'new-password'?: { hash: string } };
  return {
    id: journey.id,
    address: answers.email.address,
    language: journey.content.language,
    keptUntil: journey.expiresAt,
    confirmed: answers.confirm !== undefined,
    passwordHash: answers['new-password']?.hash,
  };
}
