/** A journey as it is kept: what is sealed of it, and what its readers may know. */
import type { Language, Text } from '../language.ts';
import type { GoAway, GoOn, InteractionResult } from './interaction.ts';

/** What is sealed. */
export interface JourneyContent {
  readonly uid: string;
  readonly authorization: Readonly<Record<string, unknown>>;
  readonly language: Language;
  readonly answers: Readonly<Record<string, unknown>>;
  /** What each step keeps until it is answered. */
  readonly kept: Readonly<Record<string, unknown>>;
  /** A sentence to be shown until the next change. */
  readonly notice?: Text | undefined;
  /** What was typed on a page that had expired, to be shown once more. */
  readonly draft?: { readonly step: string; readonly values: Readonly<Record<string, string>> } | undefined;
  readonly result?: InteractionResult | GoOn | GoAway | undefined;
}

/** As it is in the database: `interaction`, `browser`, `account` and `address` are digests. */
export interface JourneyDocument {
  _id: string;
  kind: string;
  interaction: string;
  browser: string;
  /** Absent while it is not known whose it is. */
  account?: string;
  address: string | null;
  addressProven: boolean;
  progress: number;
  sealed: string;
  revision: number;
  closedAt: Date | null;
  updatedAt: Date;
  keptUntil: Date;
  /** When the document goes. */
  expiresAt: Date;
}

/** A journey to be begun in an interaction. */
export interface NewJourney {
  readonly kind: string;
  readonly uid: string;
  readonly browser: string;
  readonly authorization: object;
  readonly language: Language;
  readonly keptMinutes: number;
  /** Whose it is, where somebody is signed in already. */
  readonly accountId?: string | undefined;
  /** What it has to begin with; asked for when it is begun, not when it is found. */
  readonly answers?: (() => Promise<Readonly<Record<string, unknown>>>) | undefined;
}

export interface StoredJourney {
  readonly id: string;
  readonly kind: string;
  readonly browser: string;
  readonly revision: number;
  readonly closed: boolean;
  /** What was answered counts until then; afterwards only where the person was going is known. */
  readonly keptUntil: Date;
  readonly content: JourneyContent;
}

/** By what an unfinished journey can be found again, e.g. a canonical e-mail address. */
export interface JourneyAddress {
  readonly value: string;
  /** Whether the person has shown that it is theirs; what somebody merely typed comes after it. */
  readonly proven: boolean;
}

/** Thrown inside a transaction when another request has changed the journey first. */
export class JourneyMoved extends Error {}
