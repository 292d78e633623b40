/** The history in plain words: each kind of event as a sentence (`history.*` of the locale files). */
import { setImmediate as others } from 'node:timers/promises';
import type { HistoryEvent } from '../audit/audit-store.ts';
import type { Deps } from '../deps.ts';
import type { Language, Text } from '../language.ts';
import { serviceName } from './services.ts';

export interface ShownEvent {
  readonly at: Date;
  readonly text: Text;
  /** From what, if that is known. */
  readonly device: string | undefined;
}

/** Network address and browser are kept for investigations; to the owner they say less than the device does. */
export const shownEvent = async (deps: Pick<Deps, 'config' | 'sessions'>, event: HistoryEvent): Promise<ShownEvent> => ({
  at: event.at,
  text: await textOf(deps, event),
  device: event.device || undefined,
});

/** So many at a time: a history of years takes seconds, in which this process would answer nobody else. */
const AT_A_TIME = 100;

/** Each event as a line of the file that owners take along, with the time and from where. */
export async function eventLines(
  deps: Pick<Deps, 'config' | 'sessions' | 'texts'>,
  events: readonly HistoryEvent[],
  language: Language,
): Promise<readonly string[]> {
  const { t } = deps.texts.in(language);
  const own = (key: string, params?: object) => t(`account-pages.data-file.${key}`, { ...params });
  const lines: string[] = [];
  for (const event of events) {
    const { at, text, device } = await shownEvent(deps, event);
    const from = [device ?? own('unknown_device'), event.ip && own('address', { ip: event.ip })].filter(Boolean).join(', ');
    lines.push(`${own('moment', { at })}: ${t(text.key, text)} (${from})`);
    if (lines.length % AT_A_TIME === 0) await others();
  }
  return lines;
}

async function textOf(deps: Pick<Deps, 'config' | 'sessions'>, event: HistoryEvent): Promise<Text> {
  const key = `history.${event.type.replaceAll('.', '-')}`;
  const by = (method: string): Text => ({ key, method: { key: `history.methods.${method === 'password-passkey' ? 'passkey' : method}` } });
  switch (event.type) {
    case 'sign-in.succeeded':
    case 'code.failed':
    case 'method.added':
    case 'method.removed':
    case 'method.renamed':
      return by(event.method);
    case 'password.changed':
      return event.how === 'recovered' ? { key: 'history.password-recovered' } : { key };
    case 'questions.switched':
      return event.on ? { key } : { key: 'history.questions-switched-off' };
    case 'limit.reached':
      return { key, until: event.until };
    case 'account-type.chosen':
      return { key, service: deps.config.services.find(({ id }) => id === event.service)?.name ?? event.service };
    case 'consent.given':
    case 'service.withdrawn':
      return { key, client: serviceName(deps, { clientId: event.client, name: await deps.sessions.clientName(event.client) }) };
    default:
      return { key };
  }
}
