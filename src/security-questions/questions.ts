/** Password reset questions: which ones may be chosen. They are never a way to sign in; their answers are in `answers.ts`. */
import type { Text } from '../language.ts';

/** SP 800-63B-4 3.1.1.2 (8) forbids them, and 4.2 does not count them: then there are none, on no page. */
export const asksQuestions = ({ profile }: { readonly profile: 'seed' | 'nist' }): boolean => profile !== 'nist';

/** How many are chosen and answered, and asked together when a password is forgotten. */
export const QUESTION_COUNT = 5;

/**
 * The problem of each chosen question, `question_1` for the first: every one of the five must be one of `offered` (the ids of the
 * configuration; nobody writes their own), and no two the same. The later of two equal ones is named.
 */
export function checkQuestions(chosen: readonly string[], offered: readonly string[]): Record<string, Text> {
  const problems: Record<string, Text> = {};
  for (let index = 0; index < QUESTION_COUNT; index += 1) {
    const id = chosen[index];
    if (id === undefined || !offered.includes(id)) problems[`question_${index + 1}`] = { key: 'problems.question_required' };
    else if (chosen.indexOf(id) < index) problems[`question_${index + 1}`] = { key: 'problems.question_repeated' };
  }
  return problems;
}
