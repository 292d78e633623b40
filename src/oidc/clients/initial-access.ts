/** Initial access tokens (RFC 7591 3): what an operator gives an integrator, who then registers clients without asking again. */
import type Provider from 'oidc-provider';
import type { InitialAccessStore, KeptInitialAccess } from '../../oidc-store/initial-access-store.ts';

/** The rules of registration, which hold for whoever comes with such a token, and later with the client's own. */
export const POLICY = 'by-the-operators-leave';

const MOST_DAYS = 365;
const MOST_USES = 1000;
const LONGEST_NOTE = 200;

export interface InitialAccess {
  /** The token is told this once. Throws RangeError with a sentence that names what is out of range. */
  issue(asked: {
    readonly days: number;
    readonly uses: number;
    readonly note: string;
  }): Promise<{ readonly token: string; readonly id: string; readonly expiresAt: Date }>;
  list(): Promise<readonly KeptInitialAccess[]>;
  /** False where none has this id, or it has expired. Clients that were registered with it stay. */
  revoke(id: string): Promise<boolean>;
}

export function createInitialAccess(provider: () => Provider, store: InitialAccessStore): InitialAccess {
  return {
    async issue({ days, uses, note }) {
      inRange('days', days, MOST_DAYS);
      inRange('uses', uses, MOST_USES);
      if (note.length > LONGEST_NOTE) throw new RangeError(`note: must have at most ${LONGEST_NOTE} characters`);
      const { InitialAccessToken } = provider();
      const token = await new InitialAccessToken({ expiresIn: days * 24 * 3600, policies: [POLICY] }).save();
      const { id, expiresAt } = await store.describe(token, { uses, note });
      return { token, id, expiresAt };
    },
    list: store.list,
    revoke: store.revoke,
  };
}

function inRange(name: string, value: number, most: number): void {
  if (!(Number.isInteger(value) && value >= 1 && value <= most)) throw new RangeError(`${name}: must be a whole number from 1 to ${most}`);
}
