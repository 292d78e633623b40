/** The shapes of brand.json, policy.json and services.json. Strict: a misspelt field is a fault, not a default. */
import { z } from 'zod';
import { limitsShape } from '../attempts/limits.ts';

/** One text for all languages, or one for each. */
const localized = z.union([z.string().min(1), z.strictObject({ en: z.string().min(1), es: z.string().min(1) })]);
export type Localized = z.infer<typeof localized>;

const webUrl = z.url({ protocol: /^https?$/, error: 'must be a web address' });

const colour = z.string().regex(/^#[0-9a-f]{6}$/i, 'must be a colour like #005ea2');

export const brandShape = z.strictObject({
  /** The name that the Terms of Use give the system. */
  systemName: localized,
  accountName: localized,
  shortName: localized,
  /** Whether pages say that this is not a government website. */
  demonstration: z.boolean(),
  colors: z.object({ primary: colour }).catchall(colour),
  support: z.strictObject({ url: webUrl.optional(), email: z.email().optional(), phone: z.string().min(1).optional() }),
  /** Where to find a licensed attorney. */
  attorneyUrl: webUrl,
});
export type Brand = z.infer<typeof brandShape>;

/** The least that ASVS 11.4.2 (appendix C) and OWASP's Password Storage sheet allow; 27 ms on one core. */
export const LEAST_HASH_COST = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const;

export const policyShape = z
  .strictObject({
    /** `seed`: the rules that the pages tell by default. `nist`: those of SP 800-63B-4, checked below. */
    profile: z.enum(['seed', 'nist']),
    /** The `acr` values of the three levels, weakest first. */
    acrValues: z.tuple([z.string().min(1), z.string().min(1), z.string().min(1)]),
    password: z.strictObject({ minLength: z.int().min(8), maxLength: z.int().min(64).max(128) }),
    /** What Argon2id costs for passwords, backup codes and answers (RFC 9106, 3.1). Production takes no less than `LEAST_HASH_COST`. */
    passwordHash: z
      .strictObject({ memoryKiB: z.int().min(8).max(1_048_576), passes: z.int().min(1).max(16), lanes: z.int().min(1).max(4) })
      .refine(({ memoryKiB, lanes }) => memoryKiB >= 8 * lanes, { path: ['memoryKiB'], error: 'must be at least 8 for each lane' })
      .prefault({ ...LEAST_HASH_COST }),
    code: z.strictObject({ emailMinutes: z.int().min(1).max(60), textMinutes: z.int().min(1).max(10), tries: z.int().min(1).max(10) }),
    /** How long an unfinished sign-up is kept after its last step. */
    signUpDays: z.int().min(1).max(30),
    /** How long a recovery waits for its owner to object: by a method other than the mailbox, and with nothing left but the answers. */
    recovery: z
      .strictObject({ holdHours: z.int().min(1).max(720), coolingOffHours: z.int().min(24).max(720) })
      .prefault({ holdHours: 24, coolingOffHours: 72 }),
    /** How long a closed account waits for its owner to change their mind before it is erased. */
    closing: z.strictObject({ days: z.int().min(1).max(90) }).prefault({ days: 14 }),
    session: z.strictObject({ idleMinutes: z.int().min(1).max(60), absoluteHours: z.int().min(1).max(24) }),
    /** How many days a signing key signs, and for how many hours it is published before: longer than the 10 minutes that others may keep keys. */
    signingKeys: z
      .strictObject({ rotateDays: z.int().min(1).max(365), publishHours: z.int().min(1).max(168) })
      .refine(({ rotateDays, publishHours }) => publishHours <= rotateDays * 24, {
        path: ['publishHours'],
        error: 'must not be longer than rotateDays',
      })
      .prefault({ rotateDays: 90, publishHours: 24 }),
    /** Networks (CIDR) whose sign-ups are not counted, e.g. a library's. */
    exemptNetworks: z.array(z.union([z.cidrv4(), z.cidrv6()])),
    /** The table of limits; what is left out is as in attempts/limits.ts. */
    limits: limitsShape.prefault({}),
  })
  .refine((policy) => new Set(policy.acrValues).size === 3, { path: ['acrValues'], error: 'must be three different values' })
  .refine((policy) => policy.profile !== 'nist' || policy.password.minLength >= 15, {
    path: ['password', 'minLength'],
    error: 'must be at least 15 in the nist profile (SP 800-63B-4, 3.1.1.2)',
  })
  .refine((policy) => policy.profile !== 'nist' || policy.code.emailMinutes <= 10, {
    path: ['code', 'emailMinutes'],
    error: 'must be at most 10 in the nist profile (SP 800-63B-4, 3.1.3.2)',
  });
export type Policy = z.infer<typeof policyShape>;

const id = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and hyphens');

const serviceShape = z.strictObject({
  id,
  name: localized,
  clientId: z.string().min(1),
  /** Where the service starts a sign-in by itself (OpenID Connect Core 4). */
  initiateLoginUri: webUrl,
  /** What people say they are; empty: the service does not ask. */
  accountTypes: z.array(z.strictObject({ id, label: localized })).default([]),
});
export type Service = z.infer<typeof serviceShape>;

export const servicesShape = z
  .array(serviceShape)
  .refine((services) => new Set(services.map((service) => service.id)).size === services.length, 'has an id twice')
  .refine((services) => new Set(services.map((service) => service.clientId)).size === services.length, 'has a clientId twice');

/** The ids of the questions; their words are in the locale files. */
export const questionsShape = z
  .array(id)
  .min(20, 'must have at least 20 questions')
  .refine((ids) => new Set(ids).size === ids.length, 'has a question twice');
