/** The dead ends of this service: a status each, and words in `problems.<code>` of the locale files. */

export const PROBLEMS = {
  // What the provider may answer instead of a code (RFC 6749 section 4.1.2.1, OpenID Connect Core section 3.1.2.6).
  access_denied: 403,
  login_required: 403,
  interaction_required: 403,
  consent_required: 403,
  account_selection_required: 403,
  unmet_authentication_requirements: 403,
  temporarily_unavailable: 503,
  server_error: 502,
  sign_in_refused: 502,
  // What goes wrong on our side of a sign-in.
  unknown_sign_in: 400,
  sign_in_failed: 502,
  wrong_issuer: 400,
  session_ended: 403,
  not_ready: 503,
  // Pages.
  foreign_form: 403,
  bad_request: 400,
  not_found: 404,
  method_not_allowed: 405,
  too_large: 413,
  internal: 500,
} as const satisfies Record<string, number>;

/** Writes to the log; `reference` is the number that the person sees. Never given a token or a secret. */
export type Log = (message: string, cause: unknown, reference?: string) => void;

export type ProblemCode = keyof typeof PROBLEMS;

/** Whether a word from outside is one of our codes (own keys only: `constructor` is none). */
export const isProblemCode = (word: unknown): word is ProblemCode => typeof word === 'string' && Object.hasOwn(PROBLEMS, word);

/** Thrown where a page cannot go on; anything else that is thrown is a bug and becomes a 500. */
export class Problem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, options: { cause?: unknown; detail?: string } = {}) {
    super(options.detail ?? code, { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
  }

  get status(): number {
    return PROBLEMS[this.code];
  }
}
