/**
 * A sign-out at a service always comes to an end (OpenID Connect RP-Initiated Logout 1.0): whoever has no session any more, since they
 * clicked twice, went back, or signed out in another tab, is sent where a sign-out would have sent them; whoever has another form before
 * them than the newest is asked again. What the form has along for this is judged anew as a request of its own.
 */
import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { ROUTES } from '../routes.ts';

/** Fields of the form besides the library's own, by which a sign-out can be begun again. */
const KEPT = ['client_id', 'post_logout_redirect_uri', 'state'] as const;
/** The field that names the authorization in which somebody else signs in. */
const RESUME = 'resume';

type Fields = Readonly<Record<string, string>>;
type Given = Readonly<Record<string, unknown>>;

/** For the form that asks, or submits itself. */
export function fieldsToBeginAgain({ oidc }: KoaContextWithOIDC): Fields {
  const { postLogoutRedirectUri, state } = (oidc.session?.state ?? {}) as { postLogoutRedirectUri?: string; state?: string };
  const given: Given = { client_id: oidc.client?.clientId, post_logout_redirect_uri: postLogoutRedirectUri, state };
  return Object.fromEntries(KEPT.flatMap((name) => (typeof given[name] === 'string' ? [[name, given[name]]] : [])));
}

/** For the form by which another person takes the place of whoever is signed in. */
export const fieldsToResume = ({ oidc }: KoaContextWithOIDC): Fields => {
  const uid = oidc.entities.Interaction?.uid;
  return uid === undefined ? {} : { [RESUME]: uid };
};

/** Where a form leads that is not the newest of a session that is there. */
export function beginAgain(ctx: Context): string {
  const { body = {} } = (ctx as unknown as { oidc?: { body?: Given } }).oidc ?? {};
  const { [RESUME]: uid } = body;
  if (typeof uid === 'string' && /^[\w-]+$/.test(uid)) return `${ROUTES.authorization}/${uid}`;
  const kept = new URLSearchParams();
  for (const name of KEPT) if (typeof body[name] === 'string') kept.set(name, body[name]);
  return kept.size > 0 ? `${ROUTES.end_session}?${kept}` : ROUTES.end_session;
}

/**
 * Where a request to sign out leads when nobody is signed in: nothing is to be asked or ended. Undefined when somebody is. The library
 * has judged the address: it is registered for the client that the request names.
 */
export function withoutSession({ oidc, status }: Pick<KoaContextWithOIDC, 'status'> & Partial<KoaContextWithOIDC>): string | undefined {
  // Of a method that the library does not know here, it has made nothing.
  const session = oidc?.session;
  if (!session || session.accountId || status !== 200) return undefined;
  const { postLogoutRedirectUri, state } = (session.state ?? {}) as { postLogoutRedirectUri?: string; state?: string };
  if (postLogoutRedirectUri === undefined) return `${ROUTES.end_session}/success`;
  const url = new URL(postLogoutRedirectUri);
  if (state !== undefined) url.searchParams.set('state', state);
  return url.href;
}
