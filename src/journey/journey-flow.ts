/**
 * How a journey moves: opened, answered, ended (`take-up.ts`: begun anew when its page had expired, gone on with elsewhere). Every move is one
 * transaction around a compare-and-set of the journey; what loses the race follows the winner.
 */
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { languageOf } from '../http/cookies.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import type { GoAway, GoOn, Interaction, InteractionResult } from './interaction.ts';
import type { AnyStep, Journey, Outcome } from './journey.ts';
import { changeOf, closedAt, type Form, type Here, pathOf, seeOther, showPage, visitOf } from './journey-page.ts';
import { type JourneyContent, JourneyMoved } from './stored-journey.ts';
import { createTakeUp } from './take-up.ts';

/** The journeys that may resolve each prompt of the authorization endpoint; the first is the usual one. */
const JOURNEYS_OF_PROMPT: Readonly<Record<Exclude<Interaction['prompt'], 'change'>, readonly string[]>> = {
  login: ['sign-in', 'sign-up', 'recovery'],
  create: ['sign-up', 'sign-in', 'recovery'],
  'account-type': ['service-entry'],
  consent: ['consent'],
};

/** The journeys that may resolve this interaction; the one to begin with comes first. */
export function journeysOf({ prompt, journey }: Pick<Interaction, 'prompt' | 'journey'>): readonly string[] {
  // A change is the one that was asked for: a fresh sign-in for another opens no other.
  if (prompt === 'change') return journey === undefined ? [] : [journey];
  const usual = JOURNEYS_OF_PROMPT[prompt];
  return journey !== undefined && usual.includes(journey) ? [journey, ...usual.filter((kind) => kind !== journey)] : usual;
}

/** A change is asked for by name, which anybody may write into an address: it opens none of the other journeys. */
const mayResolve = ({ prompt }: Interaction, journey: Journey) => prompt !== 'change' || journey.from !== undefined;

/** What a won request wants kept and sent besides. */
type Kept = { readonly content: Partial<JourneyContent>; readonly writes?: readonly Write[] | undefined };
type Answered = Extract<Outcome<unknown>, { kind: 'advance' }>;

/** A second click comes within so long. */
const DOUBLE_CLICK_MS = 10_000;

/**
 * What the client is told beside the code: a person who cannot give what it demands has declined nothing. All who go back are told of alike,
 * whatever page they go back from: that an account is locked, or waits to be erased, is nothing for services to know.
 */
const REFUSALS: Readonly<Record<string, string>> = {
  unmet_authentication_requirements: 'the account has no method that reaches the requested acr',
};

export type JourneyFlow = ReturnType<typeof createJourneyFlow>;

export function createJourneyFlow(deps: Deps, journeys: readonly Journey[]) {
  const byKind = new Map(journeys.map((journey) => [journey.kind, journey]));
  const { begin, restart, takeUp } = createTakeUp(deps, byKind);

  /** The journey of this page; undefined when the browser has been sent elsewhere, its page having expired. */
  async function open(ctx: Context, form: Form = {}): Promise<Here | undefined> {
    const journey = byKind.get(String(ctx.params.journey));
    if (!journey) throw new AppError('not_found');
    const interaction = await deps.interactions.read(ctx);
    if (!interaction) {
      await restart(ctx, form);
      return undefined;
    }
    if (!journeysOf(interaction).includes(journey.kind) || !mayResolve(interaction, journey)) {
      seeOther(ctx, pathOf(interaction));
      return undefined;
    }
    return { ctx, interaction, journey, state: await begin(ctx, interaction, journey) };
  }

  /** To the page where the journey of this kind stands in this interaction. */
  const enter = async (ctx: Context, interaction: Interaction, kind: string | undefined) => {
    const journey = kind === undefined ? undefined : byKind.get(kind);
    if (!journey || !mayResolve(interaction, journey)) throw new AppError('not_found');
    return forward({ ctx, interaction, journey, state: await begin(ctx, interaction, journey) });
  };

  /**
   * Saves in one transaction, the journey first: whoever else wants to change it at the same time waits for that, then finds that it has
   * moved. `keep` runs in the transaction, after the journey is won, so that a request that loses counts and sends nothing.
   */
  async function save(
    { journey, state }: Here,
    content: JourneyContent,
    writes: readonly Write[] = [],
    keep?: () => Promise<Kept | undefined>,
  ) {
    let kept: Kept | undefined;
    await deps.transaction([
      deps.journeys.save(state, content, changeOf(deps, journey, content)),
      ...writes,
      async (session) => {
        kept ??= await keep?.();
        if (!kept) return;
        const changed = { ...content, ...kept.content };
        const again = deps.journeys.save({ ...state, revision: state.revision + 1 }, changed, changeOf(deps, journey, changed));
        for (const write of [again, ...(kept.writes ?? [])]) await write(session);
      },
    ]);
    deps.outbox.nudge();
  }

  /** Closes it with its result; nothing of what was answered is kept. */
  async function close({ journey, state }: Here, result: InteractionResult | GoOn | GoAway, writes: readonly Write[] = []): Promise<void> {
    const { uid, authorization, language } = state.content;
    const content = { uid, authorization, language, answers: {}, kept: {}, result };
    await deps.transaction([deps.journeys.save(state, content, changeOf(deps, journey, content, true)), ...writes]);
    deps.outbox.nudge();
  }

  /** A journey that went on to another one is begun again by whoever comes back to its front, but not by a second click on its last button. */
  async function front(here: Here): Promise<void> {
    const { ctx, interaction, journey, state } = here;
    const wentOn = state.closed && state.content.result && 'goOn' in state.content.result;
    if (!wentOn || deps.clock().getTime() - closedAt(state) < DOUBLE_CLICK_MS) return forward(here);
    await deps.transaction([deps.journeys.remove(state.id)]);
    return forward({ ...here, state: await begin(ctx, interaction, journey) });
  }

  /** To where the journey stands: its step due, or out of it. */
  async function forward(here: Here): Promise<void> {
    // Of one that is closed nothing is kept that could be asked.
    const due = here.state.closed ? undefined : here.journey.due(here.state.content.answers);
    if (due) return seeOther(here.ctx, pathOf(here.interaction, here.journey.kind, due.name));
    return end(here);
  }

  /** Saves an answer together with all it brings about: what it uses up, what the next page wants sent and kept. */
  async function answer(here: Here, step: AnyStep, answered: Answered, form: Form): Promise<void> {
    const { answer: given, writes = [], after, afresh = false } = answered;
    const { content } = here.state;
    const answers = { ...(afresh ? {} : content.answers), [step.name]: given };
    const { [step.name]: _answered, ...kept } = afresh ? {} : content.kept;
    const next = here.journey.due(answers);
    const language = languageOf(here.ctx, content.language);
    const changed = { ...content, language, answers, kept, draft: undefined, notice: undefined };
    const arrive = async (): Promise<Kept | undefined> => {
      const arrival = await next?.arrive?.(deps, visitOf(deps, here, next, changed));
      if (!next || !arrival || !('keep' in arrival)) return undefined;
      return { content: { kept: { ...kept, [next.name]: arrival.keep } }, writes: arrival.writes };
    };
    try {
      await save(here, changed, writes, arrive);
    } catch (cause) {
      if (!(cause instanceof AlreadyUsed)) throw cause;
      // Used up by another request of this journey, which has moved on: follow it. Used up elsewhere: say so.
      if ((await deps.journeys.revisionOf(here.state.id)) !== here.state.revision) throw new JourneyMoved();
      return showPage(deps, here, step, step.usedUp ?? { code: { key: 'problems.code_used' } }, form);
    }
    await after?.();
    if (next) return seeOther(here.ctx, pathOf(here.interaction, here.journey.kind, next.name));
    const state = await deps.journeys.find(here.state.id);
    return state ? end({ ...here, state }) : seeOther(here.ctx, pathOf(here.interaction));
  }

  /** Runs once for each journey; a second request, or one after a crash, finds the result and only leaves. */
  async function end(here: Here): Promise<void> {
    const { journey, state } = here;
    let { result } = state.content;
    if (!result) {
      const finish = await journey.finish(deps, visitOf(deps, here));
      result = finish.result;
      await close(here, result, finish.writes);
      await finish.after?.();
    }
    if ('goTo' in result) return seeOther(here.ctx, result.goTo);
    return 'goOn' in result ? goOn(here, result) : leave(here, result);
  }

  /** On to another journey of the same interaction, which begins with what this one has to say. */
  async function goOn({ ctx, interaction }: Here, { goOn: kind, notice, draft }: GoOn): Promise<void> {
    const journey = byKind.get(kind)!;
    const state = await begin(ctx, interaction, journey);
    if (state.revision === 0) await save({ ctx, interaction, journey, state }, { ...state.content, notice, draft });
    return seeOther(ctx, pathOf(interaction, kind));
  }

  /** Back to the authorization endpoint. Where another request has just been there, the front of the interaction knows where to go on. */
  async function leave({ ctx, interaction }: Here, result: InteractionResult): Promise<void> {
    try {
      return seeOther(ctx, await deps.interactions.finish(ctx, result));
    } catch (cause) {
      if (cause instanceof AppError && cause.code === 'page_expired') return seeOther(ctx, pathOf(interaction));
      throw cause;
    }
  }

  /** Ends it with an error that the client is told. A second click finds it closed, and ends alike. */
  async function refuse(here: Here, error: string, page?: string): Promise<void> {
    const ours = page !== undefined && here.interaction.client.id === 'account-pages';
    const result = ours ? { goTo: page } : { error, error_description: REFUSALS[error] ?? 'it was not completed' };
    await close(here, result);
    return 'goTo' in result ? seeOther(here.ctx, result.goTo) : leave(here, result);
  }

  return { open, enter, front, save, forward, answer, end, refuse, restart, takeUp };
}
