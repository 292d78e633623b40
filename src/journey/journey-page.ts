/** One page of a journey as the engine sees it: where it is, what its step may know, and how it is shown. */
import type { Context } from 'koa';
import type { Deps } from '../deps.ts';
import { browserOf, languageOf, stayInLanguage } from '../http/cookies.ts';
import { deviceOf } from '../http/device.ts';
import type { Interaction } from './interaction.ts';
import type { Answers, AnyStep, Journey, Problems, Visit } from './journey.ts';
import type { JourneyContent, StoredJourney } from './stored-journey.ts';

export interface Here {
  readonly ctx: Context;
  readonly interaction: Interaction;
  readonly journey: Journey;
  readonly state: StoredJourney;
}

export type Form = Readonly<Record<string, string>>;

export const browserKey = (deps: Pick<Deps, 'rootSecret' | 'newId'>, ctx: Context) =>
  deps.rootSecret.digest('browser', browserOf(ctx, deps.newId));

export const pathOf = (interaction: Pick<Interaction, 'uid'>, ...parts: readonly (string | undefined)[]) =>
  ['/interaction', interaction.uid, ...parts].filter((part) => part !== undefined).join('/');

/** These fields of a form. Long input is cut: it is not what the field was for. */
const fieldsOf = (form: Form, names: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(names.flatMap((name) => (form[name] === undefined ? [] : [[name, form[name].slice(0, 500)]])));

/** What of a form may be kept. */
export const typedIn = (step: AnyStep | undefined, form: Form) => fieldsOf(form, step?.typed);

export function seeOther(ctx: Context, url: string): void {
  ctx.status = 303;
  ctx.redirect(url);
}

/** The step named in the URL, if it is due or may be opened again. */
export function pageOf({ journey, state }: Here, name: string | undefined): AnyStep | undefined {
  const { answers } = state.content;
  const step = journey.steps.find((candidate) => candidate.name === name);
  if (!step || state.closed) return undefined;
  if (journey.due(answers) === step) return step;
  // First whether it is answered: whether a step applies is read from answers before it, which may not be there yet.
  return journey.answered(step.name, answers) && journey.applies(step.name, answers) && step.revisit?.(answers[step.name])
    ? step
    : undefined;
}

export function visitOf(deps: Deps, here: Here, step?: AnyStep, content: JourneyContent = here.state.content): Visit<Answers> {
  const { ctx, interaction, journey, state } = here;
  return {
    journeyId: state.id,
    interaction,
    ip: ctx.ip,
    browser: browserKey(deps, ctx),
    device: deviceOf(ctx.get('user-agent')),
    reference: ctx.state.reference,
    language: languageOf(ctx, content.language),
    answers: content.answers,
    kept: step && content.kept[step.name],
    keptUntil: state.keptUntil,
    url: (name, action) => pathOf(interaction, journey.kind, name, action),
  };
}

export async function showPage(deps: Deps, here: Here, step: AnyStep, problems: Problems = {}, form: Form = {}): Promise<void> {
  const { ctx, interaction, journey, state } = here;
  const failed = Object.keys(problems).length > 0;
  const visit = visitOf(deps, here, step);
  const model = (await step.show(deps, visit)) as { values?: Form };
  const draft = state.content.draft?.step === step.name ? state.content.draft.values : {};
  const stage = journey.stageOf(step.name);
  ctx.status = failed ? 422 : 200;
  ctx.type = 'html';
  stayInLanguage(ctx, visit.language);
  // The browser applies `form-action` to the redirects that follow a form, so the service's own origin must be among them.
  ctx.state.formTargets = interaction.client.redirectOrigins;
  ctx.body = deps.views.render(
    step.view,
    {
      ...model,
      action: (name?: string) => visit.url(step.name, name),
      to: (name: string) => visit.url(name),
      values: { ...model.values, ...draft, ...typedIn(step, form), ...fieldsOf(form, step.echoed) },
      problems,
      notice: failed ? undefined : state.content.notice,
      stage:
        stage === undefined
          ? undefined
          : { name: { key: `stages.${stage}` }, index: journey.stages.indexOf(stage) + 1, total: journey.stages.length },
    },
    { language: visit.language, path: visit.url(step.name), service: serviceOf(interaction), signedIn: interaction.prompt === 'change' },
  );
}

/** The service that a person is on the way to; our own pages are none. */
const serviceOf = ({ client }: Interaction) => (client.id === 'account-pages' ? undefined : client.name);

/** What a save changes beside the content. A closed journey is kept for so long that a second click on its last button finds its end. */
export const changeOf = (deps: Pick<Deps, 'config'>, journey: Journey, { answers }: Pick<JourneyContent, 'answers'>, closed = false) => ({
  address: journey.address?.(answers),
  accountId: journey.accountId?.(answers),
  keptMinutes: closed ? CLOSED_KEPT_MINUTES : journey.keptMinutes(deps),
  closed,
});
const CLOSED_KEPT_MINUTES = 60;
export const closedAt = ({ keptUntil }: StoredJourney): number => keptUntil.getTime() - CLOSED_KEPT_MINUTES * 60_000;
