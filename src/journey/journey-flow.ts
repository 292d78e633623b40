/**
 * How a journey moves: opened, answered, taken up elsewhere, begun anew when its page had expired, ended. Every move is one
 * transaction around a compare-and-set of the journey; what loses the race follows the winner.
 */
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { languageOf } from '../http/cookies.ts';
import { firstLanguage } from '../language.ts';
import type { Write } from '../mongo/transaction.ts';
import { AlreadyUsed } from '../second-factor/code-store.ts';
import { giveTicket } from './continue.ts';
import type { Interaction } from './interaction.ts';
import type { Answers, AnyStep, Journey, Outcome } from './journey.ts';
import { browserKey, type Form, type Here, pathOf, seeOther, showPage, typedIn, visitOf } from './journey-page.ts';
import { type JourneyContent, JourneyMoved, type StoredJourney } from './stored-journey.ts';

/** The journeys that may resolve each prompt of the authorization endpoint; the first is the usual one. */
export const JOURNEYS_OF_PROMPT: Readonly<Record<Interaction['prompt'], readonly string[]>> = {
  login: ['sign-in', 'sign-up'],
  create: ['sign-up', 'sign-in'],
  'account-type': ['service-entry'],
  consent: ['consent'],
};

type Answered = Extract<Outcome<unknown>, { kind: 'advance' }>;

/** A finished journey is kept for so long, so that a second click on its last button finds its end. */
const CLOSED_KEPT_MINUTES = 60;

export type JourneyFlow = ReturnType<typeof createJourneyFlow>;

export function createJourneyFlow(deps: Deps, journeys: readonly Journey[]) {
  const byKind = new Map(journeys.map((journey) => [journey.kind, journey]));

  /** The journey of this page; undefined when the browser has been sent elsewhere, its page having expired. */
  async function open(ctx: Context, form: Form = {}): Promise<Here | undefined> {
    const journey = byKind.get(String(ctx.params.journey));
    if (!journey) throw new AppError('not_found');
    const interaction = await deps.interactions.read(ctx);
    if (!interaction) {
      await restart(ctx, form);
      return undefined;
    }
    if (!JOURNEYS_OF_PROMPT[interaction.prompt].includes(journey.kind)) {
      seeOther(ctx, pathOf(interaction));
      return undefined;
    }
    return { ctx, interaction, journey, state: await begin(ctx, interaction, journey) };
  }

  /** To the page where the journey of this kind stands in this interaction. */
  const enter = async (ctx: Context, interaction: Interaction, kind: string) => {
    const journey = byKind.get(kind)!;
    return forward({ ctx, interaction, journey, state: await begin(ctx, interaction, journey) });
  };

  const begin = (ctx: Context, interaction: Interaction, journey: Journey) =>
    deps.journeys.open({
      kind: journey.kind,
      uid: interaction.uid,
      browser: browserKey(deps, ctx),
      authorization: interaction.params,
      language: languageOf(ctx, firstLanguage(String(interaction.params.ui_locales ?? ''))),
      keptMinutes: journey.keptMinutes(deps),
    });

  async function save(here: Here, content: JourneyContent, writes: readonly Write[] = [], closed = false): Promise<void> {
    const { journey, state } = here;
    const change = {
      address: journey.address?.(content.answers),
      keptMinutes: closed ? CLOSED_KEPT_MINUTES : journey.keptMinutes(deps),
      closed,
    };
    await deps.transaction([deps.journeys.save(state, content, change), ...writes]);
    deps.outbox.nudge();
  }

  /** To where the journey stands: its step due, or out of it. */
  async function forward(here: Here): Promise<void> {
    const due = here.journey.due(here.state.content.answers);
    if (due && !here.state.closed) return seeOther(here.ctx, pathOf(here.interaction, here.journey.kind, due.name));
    return end(here);
  }

  /** Saves an answer together with all it brings about: what it uses up, what the next page wants sent and kept. */
  async function answer(here: Here, step: AnyStep, { answer: given, writes = [], after }: Answered, form: Form): Promise<void> {
    const { content } = here.state;
    const answers = { ...content.answers, [step.name]: given };
    const { [step.name]: _answered, ...kept } = content.kept;
    const next = here.journey.due(answers);
    const arrival = (await next?.arrive?.(deps, visitOf(deps, here, next, { ...content, answers, kept }))) ?? {};
    const keptNow = next && 'keep' in arrival ? { ...kept, [next.name]: arrival.keep } : kept;
    const changed = {
      ...content,
      language: languageOf(here.ctx, content.language),
      answers,
      kept: keptNow,
      draft: undefined,
      notice: undefined,
    };
    try {
      await save(here, changed, [...writes, ...(arrival.writes ?? [])]);
    } catch (cause) {
      if (!(cause instanceof AlreadyUsed)) throw cause;
      // Used up by another request of this journey, which has moved on: follow it. Used up elsewhere: say so.
      if ((await deps.journeys.revisionOf(here.state.id)) !== here.state.revision) throw new JourneyMoved();
      return showPage(deps, here, step, { code: { key: 'problems.code_used' } }, form);
    }
    await after?.();
    if (next) return seeOther(here.ctx, pathOf(here.interaction, here.journey.kind, next.name));
    const state = await deps.journeys.find(here.state.id);
    return state ? end({ ...here, state }) : seeOther(here.ctx, pathOf(here.interaction));
  }

  /** Runs once for each journey; a second request, or one after a crash, finds the result and only leaves. */
  async function end(here: Here): Promise<void> {
    const { ctx, journey, state } = here;
    let { result } = state.content;
    if (!result) {
      const finish = await journey.finish(deps, visitOf(deps, here));
      result = finish.result;
      await save(here, { ...state.content, answers: {}, kept: {}, result }, finish.writes, true);
    }
    return seeOther(ctx, await deps.interactions.finish(ctx, result));
  }

  /** The interaction behind this page is gone: begin it anew with what the journey kept, and go on where it was. */
  async function restart(ctx: Context, form: Form = {}): Promise<void> {
    const state = await deps.journeys.findByInteraction(ctx.params.uid, browserKey(deps, ctx));
    if (state?.closed) return seeOther(ctx, '/');
    const journey = state && byKind.get(state.kind);
    if (!state || !journey) throw new AppError(ctx.headers.cookie ? 'page_expired' : 'cookies_off');
    const step = journey.steps.find(({ name }) => name === ctx.params.step);
    const values = typedIn(step, form);
    if (step && Object.keys(values).length > 0) {
      const { content } = state;
      const change = { address: journey.address?.(content.answers), keptMinutes: journey.keptMinutes(deps) };
      await deps.transaction([deps.journeys.save(state, { ...content, draft: { step: step.name, values } }, change)]);
    }
    giveTicket(ctx, deps, { journeyId: state.id });
    return seeOther(ctx, deps.interactions.restartUrl(state.content.authorization));
  }

  /** Goes on here with a journey begun elsewhere; with `answers`, begins one with a proof that was given elsewhere. */
  async function takeUp(ctx: Context, interaction: Interaction, earlier: StoredJourney, answers?: Answers, writes: readonly Write[] = []) {
    const journey = byKind.get(earlier.kind)!;
    if (answers) {
      const here = { ctx, interaction, journey, state: await begin(ctx, interaction, journey) };
      await save(here, { ...here.state.content, language: earlier.content.language, answers: { ...answers } }, writes);
    } else {
      const to = { uid: interaction.uid, browser: browserKey(deps, ctx), authorization: interaction.params };
      await deps.transaction([deps.journeys.moveTo(earlier, to), ...writes]);
    }
    return seeOther(ctx, pathOf(interaction, earlier.kind));
  }

  return { open, enter, save, forward, answer, end, restart, takeUp };
}
