/** How the pages ask the API: with an access token of the person who is signed in, got by the refresh token and used until shortly before it ends. */
import type { Case } from './api/cases.ts';
import { Problem } from './problems.ts';
import { errorCodeOf, type RelyingParty } from './relying-party.ts';
import type { Session, Sessions } from './sessions.ts';

/** A token that ends within so many milliseconds is not sent any more. */
const MARGIN = 30_000;

export type ApiClient = ReturnType<typeof createApiClient>;

/** `address()` is where this process itself listens: the audience of the tokens is the public address, but the way there need not lead outside. */
export const createApiClient = (parts: { relyingParty: RelyingParty; sessions: Sessions; clock: () => Date; address: () => string }) => {
  const { relyingParty, sessions, clock, address } = parts;

  const renew = async (session: Session): Promise<string> => {
    if (!session.refreshToken) throw new Error('the provider gave no refresh token');
    try {
      const fresh = await relyingParty.refresh(session.refreshToken);
      session.refreshToken = fresh.refreshToken ?? session.refreshToken;
      session.idToken = fresh.idToken ?? session.idToken;
      session.api = { token: fresh.accessToken, until: new Date(clock().getTime() + fresh.seconds * 1000 - MARGIN) };
      return fresh.accessToken;
    } catch (error) {
      if (errorCodeOf(error) !== 'invalid_grant') throw error;
      // The person signed out elsewhere, or the session there is too old: without it there is none here.
      sessions.end(session);
      throw new Problem('session_ended', { cause: error });
    }
  };

  const token = (session: Session): Promise<string> => {
    if (session.api && session.api.until > clock()) return Promise.resolve(session.api.token);
    // Two pages at once must not send the same refresh token twice: a replay ends the whole sign-in at the provider.
    session.refreshing ??= renew(session).finally(() => {
      session.refreshing = undefined;
    });
    return session.refreshing;
  };

  const get = async (session: Session, path: string): Promise<Response> =>
    fetch(`${address()}/api${path}`, { headers: { authorization: `Bearer ${await token(session)}` }, signal: AbortSignal.timeout(10_000) });

  const good = (answer: Response): Response => {
    if (!answer.ok) throw new Error(`the API answered ${answer.status}`);
    return answer;
  };

  return {
    /** The person's own cases. Throws `session_ended`, or an error when the API can't be reached. */
    async cases(session: Session): Promise<Case[]> {
      return ((await good(await get(session, '/cases')).json()) as { cases: Case[] }).cases;
    },

    /** One of them; undefined where there is none of that id. */
    async case(session: Session, id: string): Promise<Case | undefined> {
      const answer = await get(session, `/cases/${encodeURIComponent(id)}`);
      return answer.status === 404 ? undefined : ((await good(answer).json()) as Case);
    },
  };
};
