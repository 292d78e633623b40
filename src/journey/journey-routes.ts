/**
 * The one router of all journey pages: it opens the journey, guards the step, shows it or runs an action, and answers. Steps decide;
 * nothing else writes responses. A GET never sends, spends or changes anything that a person answered.
 */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { readForm } from '../http/form-body.ts';
import { dropTicket, readTicket } from './continue.ts';
import type { Interaction } from './interaction.ts';
import type { AnyStep, Journey, Outcome } from './journey.ts';
import { createJourneyFlow, journeysOf } from './journey-flow.ts';
import { browserKey, type Form, type Here, pageOf, pathOf, seeOther, showPage, visitOf } from './journey-page.ts';
import { JourneyMoved, type StoredJourney } from './stored-journey.ts';
import { createTurns } from './turns.ts';

export function journeyRoutes(deps: Deps, journeys: readonly Journey[]) {
  const flow = createJourneyFlow(deps, journeys);
  const inTurn = createTurns();
  const router = new Router({ prefix: '/interaction/:uid' });

  // Lost to another request of the same journey: show where that one left it.
  router.use(async (ctx, next) => {
    try {
      await next();
    } catch (cause) {
      if (!(cause instanceof JourneyMoved)) throw cause;
      seeOther(ctx, ['/interaction', ctx.params.uid, ctx.params.journey].filter(Boolean).join('/'));
    }
  });

  /** Where the authorization endpoint sends people: on to the journey that resolves its prompt. */
  router.get('/', async (ctx) => {
    const interaction = await deps.interactions.read(ctx);
    if (!interaction) return flow.restart(ctx);
    const allowed = journeysOf(interaction);
    const earlier = await earlierOf(ctx, interaction);
    if (earlier && allowed.includes(earlier.kind)) {
      dropTicket(ctx);
      return flow.takeUp(ctx, interaction, earlier);
    }
    const begun = await deps.journeys.findByInteraction(interaction.uid, browserKey(deps, ctx));
    return flow.enter(ctx, interaction, begun && allowed.includes(begun.kind) ? begun.kind : allowed[0]);
  });

  router.get('/:journey', async (ctx) => {
    const here = await flow.open(ctx);
    if (here) await flow.front(here);
  });

  router.get('/:journey/:step', async (ctx) => {
    const here = await flow.open(ctx);
    if (!here) return;
    const step = pageOf(here, ctx.params.step);
    await (step ? showPage(deps, here, step) : flow.forward(here));
  });

  // Where a button led is no page; it may stand in the address line after an answer that never came.
  router.get('/:journey/:step/:action', (ctx) => {
    const { uid = '', journey, step } = ctx.params;
    seeOther(ctx, pathOf({ uid }, journey, step));
  });

  /** The journey that this browser was sent here with, to go on with; a ticket for another request waits for that. */
  async function earlierOf(ctx: Context, { params }: Interaction): Promise<StoredJourney | undefined> {
    const id = readTicket(ctx, deps);
    const journey = id && (await deps.journeys.find(id));
    if (!journey || journey.closed || journey.browser !== browserKey(deps, ctx)) return undefined;
    const { authorization } = journey.content;
    return ['client_id', 'redirect_uri', 'state', 'nonce'].every((name) => authorization[name] === params[name]) ? journey : undefined;
  }

  // One after the other for each journey: what the second click meets is what the first one left.
  const post = async (ctx: Context) => {
    const form = await readForm(ctx);
    await inTurn(`${ctx.params.uid}/${ctx.params.journey}`, () => act(ctx, form));
  };

  async function act(ctx: Context, form: Form): Promise<void> {
    const here = await flow.open(ctx, form);
    if (!here) return;
    const step = pageOf(here, ctx.params.step);
    if (!step) return flow.forward(here);
    const name: string = ctx.params.action ?? 'submit';
    const action = Object.hasOwn(step.actions, name) ? step.actions[name] : undefined;
    if (!action) throw new AppError('not_found');
    return respond(here, step, form, await action.run(deps, visitOf(deps, here, step), form));
  }
  router.post('/:journey/:step', post);
  router.post('/:journey/:step/:action', post);

  /** Turns what an action decided into a save and a response. */
  async function respond(here: Here, step: AnyStep, form: Form, outcome: Outcome<unknown>): Promise<void> {
    const { ctx, interaction, journey, state } = here;
    if (outcome.kind === 'advance') return flow.answer(here, step, outcome, form);
    // A double click must not show what the second request met ("wrong code") after the first one went on.
    if ((await deps.journeys.revisionOf(state.id)) !== state.revision) return seeOther(ctx, pathOf(interaction, journey.kind));
    switch (outcome.kind) {
      case 'stay':
        return showPage(deps, here, step, outcome.problems, form);
      case 'go':
        return seeOther(ctx, pathOf(interaction, journey.kind, outcome.to));
      case 'download':
        ctx.attachment(outcome.name);
        ctx.type = 'text/plain; charset=utf-8';
        ctx.body = outcome.text;
        return;
      case 'notice': {
        await flow.save(here, { ...state.content, draft: undefined }, [], async () => {
          const { writes, ...made } = await outcome.make();
          const kept = 'keep' in made ? { ...state.content.kept, [step.name]: made.keep } : state.content.kept;
          return { content: { kept, notice: made.notice }, writes };
        });
        await outcome.after?.();
        return seeOther(ctx, pathOf(interaction, journey.kind, step.name));
      }
      case 'refuse':
        return flow.refuse(here, outcome.error, outcome.page);
      case 'follow': {
        const earlier = await deps.journeys.find(outcome.journeyId);
        // Finished by now: its account is there to be signed in to, with a code.
        return earlier && !earlier.closed
          ? flow.takeUp(ctx, interaction, earlier, outcome.answers)
          : seeOther(ctx, pathOf(interaction, journey.kind));
      }
    }
  }

  return router.routes();
}
