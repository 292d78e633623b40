/**
 * Answers to password reset questions. They are compared as people remember them, not as they typed them; they are hashed once, all
 * together, like a password, so that no single one can be tried alone.
 */
import type { Text } from '../language.ts';
import { checkQuestions, QUESTION_COUNT } from './questions.ts';

export interface Answer {
  /** The id of the question. */
  readonly id: string;
  readonly answer: string;
}

/** Code points, as typed. */
export const ANSWER_MAX_LENGTH = 200;

/** Letters that carry a stroke or are two in one, and so have no accent to take away, but are typed plainly on other keyboards. */
const PLAIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  ς: 'σ',
  ı: 'i',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ø: 'o',
  ħ: 'h',
  ŧ: 't',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
};

const foldOnce = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
    .replace(/([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu, '$1')
    .replace(/[ßςıđðłøħŧæœþ]/g, (letter) => PLAIN[letter] ?? letter)
    .normalize('NFKC');

/**
 * The form in which answers are compared: case, width, punctuation, symbols and spacing taken away, and accents on Latin, Greek and
 * Cyrillic letters. Not on others: the marks of Devanagari or Arabic are vowels, and without them different words become one. An
 * answer that is empty after that cannot be told from another, and is refused.
 */
export function normaliseAnswer(text: string): string {
  // Taking one sign away may bring two together that fold again; the form must be the same however often it is made.
  return foldOnce(foldOnce(text));
}

/** The five normalised answers as one secret, in the order of their ids, each beside its id: what is hashed, and what is verified. */
export const answersSecret = (answers: readonly Answer[]): string =>
  JSON.stringify(answers.map(({ id, answer }) => [id, normaliseAnswer(answer)] as const).sort(([one], [other]) => (one < other ? -1 : 1)));

/** Whether an answer only says its question again: all of it, or a run of its words of four letters or more. */
function repeatsQuestion(answer: string, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => {
    if (normaliseAnswer(phrase) === answer) return true;
    if ([...answer].length < 4) return false;
    const words = phrase.split(/[^\p{L}\p{M}\p{N}]+/u).map(normaliseAnswer);
    return words.some((_, start) => words.slice(start).some((_, more) => words.slice(start, start + more + 1).join('') === answer));
  });
}

interface About {
  readonly email: string;
  /** The question as it is asked, in any languages. */
  readonly questionWords: (id: string) => readonly string[];
  /** The ids of the questions that may be chosen. */
  readonly ids: readonly string[];
}

function problemOf({ id, answer }: Answer, earlier: readonly string[], { email, questionWords, ids }: About): Text | undefined {
  const normalised = normaliseAnswer(answer.slice(0, 2 * ANSWER_MAX_LENGTH));
  if (answer.trim() === '') return { key: 'problems.answer_required' };
  if ([...answer].length > ANSWER_MAX_LENGTH) return { key: 'problems.answer_too_long', max: ANSWER_MAX_LENGTH };
  if (normalised === '') return { key: 'problems.answer_empty' };
  if (ids.includes(id) && repeatsQuestion(normalised, questionWords(id))) return { key: 'problems.answer_is_question' };
  if (normalised === normaliseAnswer(email)) return { key: 'problems.answer_is_email' };
  if (earlier.includes(normalised)) return { key: 'problems.answer_repeated' };
  return undefined;
}

/**
 * Judges five questions and their answers, in the order of the page. Either all are good, and `secret` is to be hashed once with
 * `passwords.hash` (later `passwords.verify(answersSecret(…), hash)` judges all five together); or `problems` has one text for each
 * field that has to change, `question_1` to `answer_5`, in the order of the page. One character is enough for an answer. Whether one is
 * the password, which is known as a hash alone, is for the caller to find out.
 */
export function checkAnswers(
  input: readonly Answer[],
  about: About,
): { ok: true; ids: readonly string[]; secret: string } | { ok: false; problems: Record<string, Text> } {
  const answers = Array.from({ length: QUESTION_COUNT }, (_, index) => input[index] ?? { id: '', answer: '' });
  const ids = answers.map(({ id }) => id);
  const problems = checkQuestions(ids, about.ids);
  const earlier: string[] = [];
  for (const [index, answer] of answers.entries()) {
    const problem = problemOf(answer, earlier, about);
    if (problem) problems[`answer_${index + 1}`] = problem;
    else earlier.push(normaliseAnswer(answer.answer));
  }
  const wrong = answers
    .flatMap((_, index) => [`question_${index + 1}`, `answer_${index + 1}`])
    .flatMap((field) => (problems[field] ? [[field, problems[field]] as const] : []));
  if (wrong.length > 0) return { ok: false, problems: Object.fromEntries(wrong) };
  return { ok: true, ids, secret: answersSecret(answers) };
}
