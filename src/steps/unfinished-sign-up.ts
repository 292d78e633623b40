/** Sign-ups that were begun and not finished, as other pages may know them. */
import type { Deps } from '../deps.ts';
import type { Language } from '../language.ts';

export interface UnfinishedSignUp {
  readonly id: string;
  readonly address: string;
  readonly language: Language;
  readonly keptUntil: Date;
  /** Whether somebody has shown that the address is theirs. */
  readonly confirmed: boolean;
  /** Set once the password has been chosen: from then on, going on in another browser asks for it. */
  readonly passwordHash: string | undefined;
}

/** The one that got furthest with this address (canonical form), if any. */
export async function findUnfinishedSignUp(deps: Pick<Deps, 'journeys'>, canonical: string): Promise<UnfinishedSignUp | undefined> {
  const journey = await deps.journeys.findByAddress('sign-up', canonical);
  if (!journey) return undefined;
  const answers = journey.content.answers as {
    email: { address: string };
    confirm?: { canonical: string };
    'new-password'?: { hash: string };
  };
  return {
    id: journey.id,
    address: answers.email.address,
    language: journey.content.language,
    keptUntil: journey.keptUntil,
    confirmed: answers.confirm?.canonical === canonical,
    passwordHash: answers['new-password']?.hash,
  };
}
