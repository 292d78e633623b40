/**
 * Who presses the button of a mailed link goes on in that browser, and from then on in no other. Nothing is proven to the browser where
 * the address was merely typed, and nothing that was typed there is taken over: it may be a stranger's.
 */
import type { Deps } from '../deps.ts';
import type { StoredJourney } from '../journey/stored-journey.ts';
import { confirmed } from './confirm.ts';
import type { EmailAnswer } from './email.ts';
import { signUp } from './journey.ts';

/**
 * Returns the id of the interaction in which this browser (its digest) goes on; one that does not exist starts by itself when its page is
 * opened. Throws `JourneyMoved` when the sign-up changed at the same moment, AppError `account_exists`.
 */
export async function goOnHere(
  deps: Pick<Deps, 'accounts' | 'clock' | 'config' | 'interactions' | 'journeys' | 'mailedLinks' | 'newId' | 'transaction'>,
  journey: StoredJourney,
  { browser, token }: { browser: string; token: string },
): Promise<string> {
  const { journeys, transaction } = deps;
  const { content } = journey;
  const use = deps.mailedLinks.use(token);
  const email = content.answers.email as EmailAnswer;
  const save = (read: StoredJourney, answers: object, kept: typeof content.kept = {}) => {
    const changed = { ...read.content, answers: { ...answers }, kept, draft: undefined, notice: undefined };
    return journeys.save(read, changed, { address: signUp.address?.(changed.answers), keptMinutes: signUp.keptMinutes(deps) });
  };
  const proven = signUp.answered('confirm', content.answers);

  if (journey.browser === browser) {
    const confirm = proven ? content.answers.confirm : await confirmed(deps, email.canonical, journey.id);
    await transaction([use, ...(proven ? [] : [save(journey, { ...content.answers, confirm }, content.kept)])]);
    return content.uid;
  }

  const start = deps.interactions.startUrl({ create: true, language: content.language });
  const to = { uid: deps.newId(), browser, authorization: Object.fromEntries(new URL(start, deps.config.issuer).searchParams) };
  // Once there is a password, going on in another browser asks for it.
  if ('new-password' in content.answers) {
    const keptMinutes = signUp.keptMinutes(deps);
    const begun = await journeys.open({ kind: signUp.kind, ...to, language: content.language, keptMinutes });
    // Not proven, its password may be a stranger's, who turned a sign-up of their own to this address: a proven one comes first.
    const known = proven ? undefined : (await confirmed(deps, email.canonical, journey.id)).earlier;
    const confirm = { canonical: email.canonical, at: deps.clock().toISOString(), earlier: known ?? journey.id };
    await transaction([use, save(begun, { email, confirm })]);
  } else if (proven) {
    await transaction([use, journeys.moveTo(journey, to)]);
  } else {
    const answers = { email, confirm: await confirmed(deps, email.canonical, journey.id) };
    const moved = { ...journey, revision: journey.revision + 1, content: { ...content, answers, kept: {} } };
    await transaction([use, save(journey, answers), journeys.moveTo(moved, to)]);
  }
  return to.uid;
}
