/** A journey as it is kept: what is sealed of it, and what its readers may know. */
import type { Language, Text } from '../language.ts';
import type { InteractionResult } from './interaction.ts';

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
  readonly result?: InteractionResult | undefined;
}

export interface StoredJourney {
  readonly id: string;
  readonly kind: string;
  readonly browser: string;
  readonly revision: number;
  readonly closed: boolean;
  readonly expiresAt: Date;
  readonly content: JourneyContent;
}

/** Thrown inside a transaction when another request has changed the journey first. */
export class JourneyMoved extends Error {}
