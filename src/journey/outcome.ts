/** What the actions of a step may decide, as values: the words in which steps speak to the engine. */
import type { Text } from '../language.ts';
import type { Write } from '../mongo/transaction.ts';
import type { Answers } from './journey.ts';

export type Problems = Readonly<Record<string, Text>>;

export interface Notice {
  readonly notice: Text;
  /** Replaces what the step keeps. */
  readonly keep?: unknown;
  readonly writes?: readonly Write[];
}

/** What an action decided. The engine alone turns it into a save and a response. */
export type Outcome<Gives> =
  | {
      readonly kind: 'advance';
      readonly answer: Gives;
      readonly writes?: readonly Write[];
      readonly after?: () => Promise<unknown>;
      readonly afresh?: boolean;
    }
  | { readonly kind: 'stay'; readonly problems: Problems }
  | { readonly kind: 'notice'; readonly make: () => Promise<Notice>; readonly after?: () => Promise<unknown> }
  | { readonly kind: 'go'; readonly to: string }
  | { readonly kind: 'refuse'; readonly error: string; readonly page?: string | undefined }
  | { readonly kind: 'follow'; readonly journeyId: string; readonly answers: Answers }
  | { readonly kind: 'download'; readonly name: string; readonly text: string };

/** `writes` are saved together with the answer; `after` runs once they are, for what only a success brings about. */
export const advance = <Gives>(
  answer: Gives,
  writes: readonly Write[] = [],
  after: () => Promise<unknown> = async () => {},
): Outcome<Gives> => ({
  kind: 'advance',
  answer,
  writes,
  after,
});
/** The same, where the answer is another person's than those before: nothing that was answered or kept until now stays. */
export const beginWith = <Gives>(...given: Parameters<typeof advance<Gives>>): Outcome<Gives> =>
  ({ ...advance(...given), afresh: true }) as Outcome<Gives>;
/** The form is shown again; each problem stands at its field (the key `form` is for the page as a whole). */
export const stay = (problems: Problems): Outcome<never> => ({ kind: 'stay', problems });
/**
 * The page is shown again with a sentence. `make` runs only for the request that won the journey: two clicks do not send twice. `after`
 * runs once it is saved.
 */
export const notice = (make: () => Promise<Notice>, after: () => Promise<unknown> = async () => {}): Outcome<never> => ({
  kind: 'notice',
  make,
  after,
});
/** To the page of an earlier step; nothing is undone until something else is answered there. */
export const go = (to: string): Outcome<never> => ({ kind: 'go', to });
/**
 * Ends the journey and the authorization with an error of RFC 6749 4.1.2.1; nothing of the journey is kept. Whoever came from our own pages
 * is shown `page` (same-site path) instead, where there is one.
 */
export const refuse = (error: string, page?: string): Outcome<never> => ({ kind: 'refuse', error, ...(page !== undefined && { page }) });
/** Goes on with another, earlier journey of the same person, here in this browser; `answers` are what was proven here. */
export const follow = (journeyId: string, answers: Answers = {}): Outcome<never> => ({ kind: 'follow', journeyId, answers });
