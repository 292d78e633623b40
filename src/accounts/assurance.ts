/**
 * How sure a sign-in makes us, told truthfully: `acr` by the operator's list of levels (weakest first), `amr` in the registered words of
 * RFC 8176. `mfa` stands only for two factors of different kinds; a code in the mailbox that also resets the password is not one.
 */
export type SecondFactor = 'email' | 'text' | 'app' | 'backup-code';

export type SignInMethod =
  | SecondFactor
  | 'passkey'
  /** A passkey after the password. */
  | 'password-passkey';

export interface Assured {
  readonly acr: string;
  readonly amr: readonly string[];
}

export interface Assurance {
  /** What a sign-in by the password and this method (or by a passkey alone) is worth. `key`: where a passkey's key is kept, if known. */
  assure(method: SignInMethod, key?: 'hwk' | 'swk'): Assured;
  /** The place of a level among all, from 0; undefined for a value that is not ours. */
  rank(acr: string | undefined): number | undefined;
  /** Whether a sign-in of level `acr` is good enough where `wanted` is asked for. A level not ours neither reaches nor is reached. */
  reaches(acr: string | undefined, wanted: string): boolean;
  /** The level of two factors of different kinds. */
  readonly second: string;
  /** The weakest of these levels; undefined when none is ours. */
  weakest(values: readonly string[]): string | undefined;
}

/** Level (by place in `acrValues`) and amr of each method: the table of the assurance levels. */
const TABLE: Readonly<Record<SignInMethod, readonly [level: 0 | 1 | 2, ...amr: string[]]>> = {
  email: [0, 'pwd', 'otp'],
  text: [1, 'pwd', 'sms', 'mfa'],
  app: [1, 'pwd', 'otp', 'mfa'],
  'backup-code': [1, 'pwd', 'otp', 'mfa'],
  passkey: [2, 'pop', 'user', 'mfa'],
  'password-passkey': [2, 'pwd', 'pop', 'mfa'],
};

/** `acrValues`: three levels, weakest first (`policy.json`). */
export function createAssurance(acrValues: readonly string[]): Assurance {
  const rank = (acr: string | undefined): number | undefined => {
    const place = acr === undefined ? -1 : acrValues.indexOf(acr);
    return place < 0 ? undefined : place;
  };
  return {
    assure(method, key) {
      const [level, ...amr] = TABLE[method];
      return { acr: acrValues[level]!, amr: key ? [...amr, key] : amr };
    },
    rank,
    second: acrValues[1]!,
    reaches(acr, wanted) {
      const [has, needs] = [rank(acr), rank(wanted)];
      return has !== undefined && needs !== undefined && has >= needs;
    },
    weakest: (values) => acrValues.find((acr) => values.includes(acr)),
  };
}
