/** What an account is. Accounts come into being whole, at the end of a sign-up, and are never half there. */
import type { Language } from '../language.ts';

export type Method = 'email' | 'text' | 'app';

/** One way to get a one-time code. `id` is stable and names nothing secret. */
export type DeliveryMethod =
  | { readonly id: 'email'; readonly method: 'email' }
  | { readonly id: string; readonly method: 'text'; readonly phone: string }
  | {
      readonly id: string;
      readonly method: 'app';
      readonly secret: string /** The last 30-second step whose code was accepted (RFC 6238 5.2). */;
      readonly lastStep: number;
    };

export interface Account {
  /** Random; the base of every `sub`, and never given to anybody else. */
  readonly id: string;
  readonly email: string;
  readonly language: Language;
  readonly passwordHash: string;
  readonly methods: readonly DeliveryMethod[];
  readonly backupCodeHash: string;
  readonly questions: {
    readonly ids: readonly string[] /** One hash over all five answers: they are judged together. */;
    readonly answersHash: string;
  };
  readonly terms: { readonly version: string; readonly at: Date };
  /** Service id → account type, as the person declared it. */
  readonly memberships: Readonly<Record<string, string>>;
  /** Digests of the browsers that have completed a sign-in, newest last. */
  readonly browsers: readonly string[];
  readonly createdAt: Date;
}
