/**
 * `POST /dev/accounts.json`: accounts for trying sign-ins by a program, without a sign-up. Mounted in development alone, as `/dev/inbox`
 * is, where the codes of such an account arrive. This folder owns what only development has; nothing of it exists in production.
 */
import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import type { Context } from 'koa';
import getRawBody from 'raw-body';
import { z } from 'zod';
import type { DeliveryMethod } from '../accounts/account.ts';
import { parseEmailAddress } from '../accounts/email-address.ts';
import { randomDigits } from '../crypto/random.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { LANGUAGES } from '../language.ts';
import { createSecret, otpauthUri } from '../second-factor/authenticator.ts';
import { createBackupCode, readBackupCode } from '../second-factor/backup-code.ts';
import { parsePhoneNumber } from '../second-factor/phone-number.ts';
import { answersSecret } from '../security-questions/answers.ts';
import { asksQuestions, QUESTION_COUNT } from '../security-questions/questions.ts';

type AccountDeps = Pick<Deps, 'accounts' | 'clock' | 'config' | 'passwords' | 'transaction'>;

const LIMIT_BYTES = 10 * 1024;

/** A text that is read by one of the parsers that answer undefined for what they cannot read. */
const readBy = <Read>(parse: (text: string) => Read | undefined, otherwise: string) =>
  z.string().transform((text, { addIssue }) => {
    const read = parse(text);
    if (read !== undefined) return read;
    addIssue(otherwise);
    return z.NEVER;
  });

const shape = z.strictObject({
  email: readBy(parseEmailAddress, 'must be an e-mail address').prefault(() => `test-${randomDigits(8)}@example.org`),
  password: z.string().min(1).max(128).prefault('Tulip&Anchor7 for tests'),
  phone: readBy(parsePhoneNumber, 'must be a U.S. phone number').prefault('202-555-0143'),
  methods: z
    .array(z.enum(['email', 'text', 'app']))
    .min(1)
    .prefault(['email', 'app']),
  language: z.enum(LANGUAGES).prefault('en'),
  /** Service id → account type; what is left out is asked for at the first sign-in there. */
  memberships: z.record(z.string(), z.string()).prefault({}),
});

/**
 * Answers 201 with all that a program needs to sign in: `{ email, password, phone?, secret?, otpauth?, backupCode, answers? }`; 400 with
 * what is wrong in words, 409 where the address has an account. JSON alone, which no page of another site can send here unasked.
 */
export function testAccountRoutes(deps: AccountDeps): Router {
  const router = new Router();
  router.post('/dev/accounts.json', async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    const asked = shape.safeParse(await readJson(ctx));
    if (!asked.success) {
      ctx.status = 400;
      ctx.body = { error: asked.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; ') };
      return;
    }
    try {
      ctx.body = await makeAccount(deps, asked.data);
      ctx.status = 201;
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'account_exists')) throw error;
      ctx.status = 409;
      ctx.body = { error: `email: ${asked.data.email.address} has an account already` };
    }
  });
  return router;
}

async function readJson(ctx: Context): Promise<unknown> {
  if (!ctx.is('application/json')) return undefined;
  const body = await getRawBody(ctx.req, { limit: LIMIT_BYTES, encoding: 'utf-8' }).catch((cause: { type?: string }) => {
    ctx.req.resume();
    throw new AppError(cause.type === 'entity.too.large' ? 'too_large' : 'bad_request', { cause });
  });
  try {
    return JSON.parse(body || '{}');
  } catch {
    return undefined;
  }
}

async function makeAccount({ accounts, clock, config, passwords, transaction }: AccountDeps, asked: z.infer<typeof shape>) {
  const { email, password, phone, language, memberships } = asked;
  const [secret, backupCode] = [createSecret(), createBackupCode()];
  const kinds = [...new Set(asked.methods)];
  const methods = kinds.map((method): DeliveryMethod => {
    if (method === 'email') return { id: 'email', method };
    return method === 'text' ? { id: randomUUID(), method, phone } : { id: randomUUID(), method, secret, lastStep: 0 };
  });
  const ids = asksQuestions(config.policy) ? config.questions.slice(0, QUESTION_COUNT) : [];
  const answers = ids.map((id, index) => ({ id, answer: `answer ${index + 1}` }));
  const account = {
    id: randomUUID(),
    email: email.address,
    language,
    passwordHash: await passwords.hash(password),
    methods,
    backupCodeHash: await passwords.hash(readBackupCode(backupCode)!),
    questions: ids.length > 0 ? { ids, answersHash: await passwords.hash(answersSecret(answers)) } : null,
    terms: { version: config.terms.version, at: clock() },
    memberships,
    browsers: [],
    // Not offered one after each sign-in: a program has none.
    passkeyDeclinedAt: clock(),
  };
  await transaction([accounts.create(account, email.canonical)]);
  return {
    email: email.address,
    password,
    ...(kinds.includes('text') && { phone }),
    ...(kinds.includes('app') && { secret, otpauth: otpauthUri({ issuer: 'test', account: email.address, secret }) }),
    backupCode,
    ...(answers.length > 0 && { answers }),
  };
}
