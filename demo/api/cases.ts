/** Made-up cases. They follow from `sub` alone, so the same person finds the same cases after a restart, and nobody else's can be asked for. */
import { createHash } from 'node:crypto';

export type CaseStatus =
  | 'received'
  | 'fee-paid'
  | 'fingerprints-taken'
  | 'evidence-requested'
  | 'evidence-received'
  | 'interview-scheduled'
  | 'approved';

export interface CaseUpdate {
  readonly status: CaseStatus;
  /** An ISO date. */
  readonly on: string;
}

export interface Case {
  /** `DEMO-` and ten characters; deliberately unlike a receipt number. */
  readonly id: string;
  /** Form number, such as `N-400`. */
  readonly form: string;
  /** Oldest first; the last one is where the case stands. */
  readonly history: readonly CaseUpdate[];
  readonly demonstration: true;
}

const FORMS = ['N-400', 'I-90', 'I-765', 'I-130', 'I-485'] as const;

const COURSES: readonly (readonly CaseStatus[])[] = [
  ['received', 'fee-paid'],
  ['received', 'fee-paid', 'fingerprints-taken'],
  ['received', 'fee-paid', 'fingerprints-taken', 'evidence-requested'],
  ['received', 'fee-paid', 'fingerprints-taken', 'evidence-requested', 'evidence-received', 'interview-scheduled'],
  ['received', 'fee-paid', 'fingerprints-taken', 'interview-scheduled', 'approved'],
];

const DAY = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 0, 5);
// No I, L, O, U, 0 or 1: ids are read out on the telephone.
const LETTERS = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

const invent = (sub: string, index: number): Case => {
  const bytes = createHash('sha256').update(`demonstration case ${index} of ${sub}`).digest();
  const at = (place: number): number => bytes[place]!;
  const id = `DEMO-${Array.from({ length: 10 }, (_, place) => LETTERS[at(place) % LETTERS.length]).join('')}`;
  let day = FIRST_DAY + (at(10) % 60) * DAY;
  const history = COURSES[at(11) % COURSES.length]!.map((status, step) => {
    day += (3 + (at(12 + step) % 20)) * DAY;
    return { status, on: new Date(day).toISOString().slice(0, 10) };
  });
  // Two cases of one person are about different forms.
  const form = FORMS[(createHash('sha256').update(sub).digest()[0]! + index) % FORMS.length]!;
  return { id, form, history, demonstration: true };
};

export interface Cases {
  of(sub: string): readonly Case[];
  /** Undefined where the case does not exist or is somebody else's; the two must look alike. */
  find(sub: string, id: string): Case | undefined;
}

/** Cases come into being when their person is first seen; the memory of them is bounded. */
export const createCases = (capacity = 10_000): Cases => {
  const known = new Map<string, readonly Case[]>();
  const of = (sub: string): readonly Case[] => {
    const found = known.get(sub);
    if (found) return found;
    const made = [invent(sub, 0), invent(sub, 1)];
    if (known.size >= capacity) known.delete(known.keys().next().value!);
    known.set(sub, made);
    return made;
  };
  return { of, find: (sub, id) => of(sub).find((one) => one.id === id) };
};
