/** Journeys that are begun, and taken up: on a new page where the old one had expired, or in another browser than they were begun in. */
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { languageOf } from '../http/cookies.ts';
import { firstLanguage } from '../language.ts';
import { giveTicket } from './continue.ts';
import type { Interaction } from './interaction.ts';
import type { Answers, From, Journey } from './journey.ts';
import { browserKey, changeOf, type Form, pathOf, seeOther, typedIn } from './journey-page.ts';
import type { StoredJourney } from './stored-journey.ts';

export function createTakeUp(deps: Deps, byKind: ReadonlyMap<string, Journey>) {
  /** The journey of this kind in this interaction; begun now if there is none. */
  async function begin(ctx: Context, interaction: Interaction, journey: Journey): Promise<StoredJourney> {
    const start = {
      kind: journey.kind,
      uid: interaction.uid,
      browser: browserKey(deps, ctx),
      authorization: interaction.params,
      language: languageOf(ctx, firstLanguage(String(interaction.params.ui_locales ?? ''))),
      keptMinutes: journey.keptMinutes(deps),
      accountId: interaction.sessionAccountId,
      answers: () => groundsOf(ctx, interaction, journey),
    };
    const state = await deps.journeys.open(start);
    const { from } = state.content.answers as { from?: From };
    if (interaction.prompt !== 'change' || state.closed || from?.accountId === interaction.sessionAccountId) return state;
    // Forgotten since, or taken up from somebody else's sign-in in this browser: nothing of it is for this account.
    await deps.transaction([deps.journeys.remove(state.id)]);
    return deps.journeys.open(start);
  }

  /** Whose account a change is about, and what it rests on. */
  async function groundsOf(ctx: Context, { prompt, sessionAccountId }: Interaction, journey: Journey): Promise<Answers> {
    if (prompt !== 'change') return {};
    // The page that this form stood on knew a change that was ended since, by another one.
    if (ctx.method === 'POST') throw new AppError('changed_elsewhere');
    const account = sessionAccountId === undefined ? undefined : await deps.accounts.find(sessionAccountId);
    if (!account) throw new AppError('page_expired');
    return { from: { accountId: account.id, ...journey.from?.(deps, account) } satisfies From };
  }

  /** The interaction behind this page is gone: begin it anew with what the journey kept, and go on where it was. */
  async function restart(ctx: Context, form: Form = {}): Promise<void> {
    const state = await deps.journeys.findByInteraction(ctx.params.uid, browserKey(deps, ctx));
    if (state?.closed) {
      const { result, authorization } = state.content;
      if (result && 'goTo' in result) return seeOther(ctx, result.goTo);
      if (result && 'goOn' in result) return seeOther(ctx, await deps.interactions.restartUrl(authorization));
      // Where it was begun: our own pages ask for changes, nobody else does.
      return seeOther(ctx, byKind.get(state.kind)?.from ? '/account' : '/');
    }
    const journey = state && byKind.get(state.kind);
    if (!state || !journey) throw new AppError(ctx.headers.cookie ? 'page_expired' : 'cookies_off');
    const step = journey.steps.find(({ name }) => name === ctx.params.step);
    const values = typedIn(step, form);
    if (step && Object.keys(values).length > 0) {
      const content = { ...state.content, draft: { step: step.name, values } };
      await deps.transaction([deps.journeys.save(state, content, changeOf(deps, journey, content))]);
    }
    giveTicket(ctx, deps, state.id);
    return seeOther(ctx, await deps.interactions.restartUrl(state.content.authorization));
  }

  /** Goes on here with a journey begun elsewhere; `answers` are what was proven here. */
  async function takeUp(ctx: Context, interaction: Interaction, earlier: StoredJourney, answers: Answers = {}): Promise<void> {
    const journey = byKind.get(earlier.kind)!;
    const content = { ...earlier.content, answers: { ...earlier.content.answers, ...answers } };
    const saved = { ...earlier, content, revision: earlier.revision + 1 };
    const to = { uid: interaction.uid, browser: browserKey(deps, ctx), authorization: interaction.params };
    await deps.transaction(
      Object.keys(answers).length === 0
        ? [deps.journeys.moveTo(earlier, to)]
        : [deps.journeys.save(earlier, content, changeOf(deps, journey, content)), deps.journeys.moveTo(saved, to)],
    );
    return seeOther(ctx, pathOf(interaction, earlier.kind));
  }

  return { begin, restart, takeUp };
}
