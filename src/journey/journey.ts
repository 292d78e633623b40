/**
 * A journey is an ordered list of pages. Each page (a "step") establishes one answer; the journey is at the first step whose answer is
 * missing or no longer holds, and finished when there is none. This file owns that law and the types that prove the order: a step
 * names the answers it needs, and `.step()` accepts it only after the steps that give them. It knows no page, no Koa, no database.
 */
import type { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import type { Deps } from '../deps.ts';
import type { Language, Text } from '../language.ts';
import type { Write } from '../mongo/transaction.ts';
import type { GoAway, GoOn, Interaction, InteractionResult } from './interaction.ts';
import { type Outcome, type Problems, stay } from './outcome.ts';
import type { JourneyAddress } from './stored-journey.ts';

export { advance, beginWith, follow, go, notice, type Outcome, type Problems, refuse, stay } from './outcome.ts';

/** Everything a step may know of the request. A step never writes the response. */
export interface Visit<Answers> {
  readonly journeyId: string;
  readonly interaction: Interaction;
  readonly ip: string;
  /** Digest of the cookie that tells browsers apart. */
  readonly browser: string;
  /** As `deviceOf` says it; '' when it is not known. */
  readonly device: string;
  /** The request's number in the log. */
  readonly reference?: string | undefined;
  readonly language: Language;
  readonly answers: Answers;
  /** What this step keeps for itself until it is answered, e.g. when its code was sent; sealed in the database. */
  readonly kept: unknown;
  /** Until when the journey waits for its next step. */
  readonly keptUntil: Date;
  /** The URL of a step's page, or of one of its actions. */
  readonly url: (step: string, action?: string) => string;
}

export interface Action<Needs, Gives> {
  readonly run: (deps: Deps, visit: Visit<Needs>, form: Readonly<Record<string, string>>) => Promise<Outcome<Gives>>;
}

/** Reads the posted form, then handles it; a form that does not parse stays on the page. Each zod message is a key of the locale files. */
export function action<Needs, Gives, Form extends z.ZodType>(
  form: Form,
  handle: (deps: Deps, visit: Visit<Needs>, input: z.output<Form>) => Promise<Outcome<Gives>>,
): Action<Needs, Gives> {
  return {
    run: async (deps, visit, body) => {
      const parsed = form.safeParse(body);
      if (parsed.success) return handle(deps, visit, parsed.data);
      // In the order of the fields; the first problem of a field is the one to say.
      const problems: Record<string, Text> = {};
      for (const { path, message } of parsed.error.issues) problems[path.join('.') || 'form'] ??= { key: message };
      return stay(problems);
    },
  };
}

export interface Arrival {
  readonly keep?: unknown;
  readonly writes?: readonly Write[];
}

export interface Step<Name extends string, Needs, Gives> {
  /** URL segment, and the last part of source and view file. */
  readonly name: Name;
  readonly view: string;
  /** Fields that may be shown again as they were typed, and kept over an expired page. All others are secrets. */
  readonly typed?: readonly string[];
  /** Secrets that would be a burden to type again: shown once more in the answer to the form itself, never kept. */
  readonly echoed?: readonly string[];
  /** Whether the answer still counts beside the answers before it; without it, always. */
  readonly holds?: (answer: Gives, answers: Needs) => boolean;
  /** Whether the page may be opened again and its answer changed, as with the back button. */
  readonly revisit?: (answer: Gives) => boolean;
  /**
   * Runs when a POST brings the journey here, for the request that won the journey and no other: of two clicks only one is counted and
   * sends. What it wants sent and kept is saved in one transaction with the answer that led here.
   */
  readonly arrive?: (deps: Deps, visit: Visit<Needs>) => Promise<Arrival>;
  readonly show: (deps: Deps, visit: Visit<Needs>) => Promise<object>;
  /** Said where what the answer uses up was used elsewhere in the meantime; of a one-time code otherwise. */
  readonly usedUp?: Problems;
  /** `submit` is the form itself; others are further buttons. */
  readonly actions: { readonly submit: Action<Needs, Gives>; readonly [extra: string]: Action<Needs, Gives> };
}

export interface Finish {
  readonly result: InteractionResult | GoOn | GoAway;
  /** Saved in one transaction with the end of the journey; runs once. */
  readonly writes?: readonly Write[];
  /** Runs once they are saved, for what only a success brings about. */
  readonly after?: () => Promise<unknown>;
}

export type Answers = Readonly<Record<string, unknown>>;
// Where steps of every shape meet, the builder below has already proved that each finds the answers it needs.
// biome-ignore lint/suspicious/noExplicitAny: a list of steps of all shapes
export type AnyStep = Step<string, any, any>;
interface Place {
  readonly step: AnyStep;
  readonly applies: (answers: Answers) => boolean;
  readonly always: boolean;
  readonly stage: string | undefined;
}

export interface JourneyOptions<Kind extends string = string> {
  readonly kind: Kind;
  /** How long an unfinished journey is kept after its last step. */
  readonly keptMinutes: (deps: Pick<Deps, 'config'>) => number;
  /** By what an unfinished journey can be found again. */
  readonly address?: (answers: Answers) => JourneyAddress | undefined;
  /** Whose account it is about, where its answers tell; journeys of people who are signed in know it from their interaction. */
  readonly accountId?: (answers: Answers) => string | undefined;
  /** Of a change of an account: what of it the change rests on, read when it begins. */
  readonly from?: (deps: Deps, account: Account) => object;
}

/** `Names`: of its steps, for tables that must not miss one. */
export interface Journey<Kind extends string = string, Names extends string = string> extends JourneyOptions<Kind> {
  readonly steps: readonly (AnyStep & { readonly name: Names })[];
  readonly stages: readonly string[];
  readonly stageOf: (step: string) => string | undefined;
  /** The steps that only some people meet. */
  readonly conditional: readonly string[];
  /** Whether this step has an answer that counts. */
  readonly answered: (name: string, answers: Answers) => boolean;
  readonly applies: (name: string, answers: Answers) => boolean;
  /** The step due, or undefined when the journey is complete. */
  readonly due: (answers: Answers) => AnyStep | undefined;
  readonly finish: (deps: Deps, visit: Visit<Answers>) => Promise<Finish>;
}

export interface JourneyBuilder<Kind extends string, Known extends object> {
  step<Name extends string, Gives>(
    step: Step<Name, Known, Gives>,
    stage?: string,
  ): JourneyBuilder<Kind, Known & { readonly [K in Name]: Gives }>;
  /** A page for some only; whether, is read from the answers before it. With `false` there is no such page at all. */
  stepIf<Name extends string, Gives>(
    applies: boolean | ((answers: Known) => boolean),
    step: Step<Name, Known, Gives>,
    stage?: string,
  ): JourneyBuilder<Kind, Known & { readonly [K in Name]?: Gives }>;
  finish(finish: (deps: Deps, visit: Visit<Known>) => Promise<Finish>): Journey<Kind, StepNames<Known>>;
}

type StepNames<Known> = Exclude<Extract<keyof Known, string>, 'from'>;

function builder<Kind extends string, Known extends object>(
  options: JourneyOptions<Kind>,
  places: readonly Place[],
): JourneyBuilder<Kind, Known> {
  const add = <Next extends object>(step: unknown, applies: unknown, always: boolean, stage: string | undefined) =>
    builder<Kind, Next>(options, [...places, { step: step as AnyStep, applies: applies as Place['applies'], always, stage }]);
  return {
    step: (step, stage) => add(step, () => true, true, stage),
    stepIf: (applies, step, stage) => {
      if (applies === false) return builder(options, places);
      return applies === true ? add(step, () => true, true, stage) : add(step, applies, false, stage);
    },
    finish: (finish) => {
      const placeOf = (name: string) => places.find(({ step }) => step.name === name);
      const holds = ({ step }: Place, answers: Answers) => step.name in answers && (step.holds?.(answers[step.name], answers) ?? true);
      return {
        ...options,
        steps: places.map(({ step }) => step as AnyStep & { name: StepNames<Known> }),
        conditional: places.filter(({ always }) => !always).map(({ step }) => step.name),
        stages: [...new Set(places.flatMap(({ stage }) => stage ?? []))],
        stageOf: (name) => placeOf(name)?.stage,
        answered: (name, answers) => places.some((place) => place.step.name === name && holds(place, answers)),
        applies: (name, answers) => placeOf(name)?.applies(answers) ?? false,
        due: (answers) => places.find((place) => place.applies(answers) && !holds(place, answers))?.step,
        finish: finish as unknown as Journey['finish'],
      };
    },
  };
}

export const journey = <const Kind extends string>(options: JourneyOptions<Kind>): JourneyBuilder<Kind, object> => builder(options, []);

/** A change of an account, and what it rests on. */
export type From<Seen = object> = Seen & { readonly accountId: string };

/** How long a change waits for its next page. */
const CHANGE_KEPT_MINUTES = 30;

/**
 * A change of the account that is signed in. `from` says what the change rests on, as it was when its first page was met: of two devices
 * that change the same thing, the second finds that it is not so any more.
 */
export const change = <const Kind extends string, Seen extends object = object>(options: {
  readonly kind: Kind;
  readonly from?: (deps: Deps, account: Account) => Seen;
}): JourneyBuilder<Kind, { readonly from: From<Seen> }> =>
  builder({ from: () => ({}), ...options, keptMinutes: () => CHANGE_KEPT_MINUTES }, []);
