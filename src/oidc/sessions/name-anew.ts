/**
 * A request under way writes a session back that was ended meanwhile. It counts for nothing, until its browser signs in again in it: then
 * the library goes on with its uid, and with the names (`sid`) by which its services were told of the end. They must not meet these again,
 * nor would they be told of the next end of what they have been told of already.
 */
import type { KoaContextWithOIDC, Session } from 'oidc-provider';
import { randomToken } from '../../crypto/random.ts';
import { isEnded, type TokenAccount } from '../claims.ts';

/** Takes its names from such a session. To be called when the account is known, before anything is granted. `sessionId`: `SessionStore.idOf`. */
export function nameAnew({ oidc }: KoaContextWithOIDC, sessionId: (uid: string) => string): void {
  const session = oidc.session as Session & { uid: string; authorizations?: object };
  const account = oidc.account?.account as TokenAccount;
  const id = sessionId(session.uid);
  const isSignedInAgain = account.endedSessions?.some((ended) => ended.id === id) && !isEnded(account, { loginTs: session.loginTs, id });
  if (isSignedInAgain) Object.assign(session, { uid: randomToken(), authorizations: {} });
}
