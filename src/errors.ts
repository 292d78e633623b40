/**
 * The dead ends. What a form can put right is a value (a problem on its page); anything thrown that is not an AppError is a bug and
 * becomes a 500. Each code has its words in `errors.<code>` of the locale files.
 */
type Level = 'debug' | 'info' | 'warn' | 'error';

export const ERRORS = {
  bad_request: { status: 400, log: 'info' },
  foreign_form: { status: 403, log: 'warn' },
  not_found: { status: 404, log: 'debug' },
  method_not_allowed: { status: 405, log: 'debug' },
  too_large: { status: 413, log: 'info' },
  wrong_host: { status: 421, log: 'warn' },
  link_invalid: { status: 404, log: 'info' },
  page_expired: { status: 410, log: 'debug' },
  cookies_off: { status: 400, log: 'info' },
  recovery_cancelled: { status: 409, log: 'info' },
  account_exists: { status: 409, log: 'info' },
  changed_elsewhere: { status: 409, log: 'info' },
  last_method: { status: 409, log: 'info' },
  too_many_methods: { status: 409, log: 'info' },
  too_many_passkeys: { status: 409, log: 'info' },
  too_many: { status: 429, log: 'warn' },
  busy: { status: 503, log: 'warn' },
  unavailable: { status: 503, log: 'error' },
  oauth: { status: 400, log: 'info' },
  internal: { status: 500, log: 'error' },
} as const satisfies Record<string, { status: number; log: Level }>;

export type ErrorCode = keyof typeof ERRORS;

export class AppError extends Error {
  readonly code: ErrorCode;
  /** What the page may say beside its fixed words; never a secret. */
  readonly params: Readonly<Record<string, string>>;
  /** When it is worth trying again. */
  readonly until: Date | undefined;
  /** A field, not a getter: Koa assigns to it on errors that nobody handled. */
  readonly status: number;

  constructor(code: ErrorCode, options: { cause?: unknown; params?: Record<string, string>; until?: Date; detail?: string } = {}) {
    super(options.detail ?? code, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.params = options.params ?? {};
    this.until = options.until;
    this.status = ERRORS[code].status;
  }
}
