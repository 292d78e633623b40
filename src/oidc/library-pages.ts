/**
 * The pages that come from the library, in our layout and language: errors, signing out, and forms that submit themselves (signing in as
 * somebody else, `response_mode=form_post`).
 */
import type { Context } from 'koa';
import { type ErrorOut, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { AppError } from '../errors.ts';
import { languageOf, stayInLanguage } from '../http/cookies.ts';
import { formTarget } from '../http/security-headers.ts';
import type { Views } from '../http/views.ts';
import { firstLanguage } from '../language.ts';
import { fieldsToBeginAgain, fieldsToResume } from './logout/never-stuck.ts';
import type { ClientAuthorization } from './sessions/browser-session.ts';
import type { Seen } from './sessions/seen.ts';

interface LibraryPages {
  renderError(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void>;
  logoutSource(ctx: KoaContextWithOIDC): Promise<void>;
  postLogoutSuccessSource(ctx: KoaContextWithOIDC): Promise<void>;
  /** Puts a page that the library made to submit itself into our layout; anything else is left alone. */
  reRender(ctx: Context): void;
}

/** Of the form on the page to sign out; `oidc/logout` knows it. */
const LOGOUT_FORM = 'op.logoutForm';
const SELF_SUBMITTING_FORM = 'op.form';

type Fields = Readonly<Record<string, string>>;

export function createLibraryPages({ issuer, views }: { issuer: string; views: Views }): LibraryPages {
  const show = (given: KoaContextWithOIDC | Context, view: string, model: Readonly<Record<string, unknown>>) => {
    const ctx = given as Context & KoaContextWithOIDC;
    const { ui_locales: wanted } = ctx.oidc.params ?? {};
    ctx.type = 'html';
    const language = languageOf(ctx, firstLanguage(typeof wanted === 'string' ? wanted : undefined));
    stayInLanguage(ctx, language);
    ctx.body = views.render(view, model, { language, path: '/', nonce: ctx.state.nonce });
  };

  /** By the button, so that what the button says goes along; the form has one. */
  const selfSubmitting = (target: string, fields: Fields) => ({
    formId: SELF_SUBMITTING_FORM,
    form: formOf(SELF_SUBMITTING_FORM, target, fields),
    script: `document.querySelector('button[form="${SELF_SUBMITTING_FORM}"]').click();`,
  });

  return {
    /** One thing writes error pages: what cannot be told to the client is thrown to it. */
    async renderError(_ctx, { error, error_description = '' }, cause) {
      // A fault of ours or of the database; whoever handles errors knows which.
      if (error === 'server_error') throw cause;
      if (cause instanceof errors.SessionNotFound) throw new AppError('page_expired', { cause });
      throw new AppError('oauth', { cause, params: { error, error_description }, detail: `${error}: ${error_description}` });
    },

    /** Asks, unless a service that the person is signed in to through this session vouches that it has asked. */
    async logoutSource(ctx) {
      const { client, session } = ctx.oidc;
      const { secret: xsrf, postLogoutRedirectUri } = session!.state as { secret: string; postLogoutRedirectUri?: string };
      const target = ctx.oidc.urlFor('end_session_confirm');
      allowFormTargets(ctx, [issuer, postLogoutRedirectUri]);
      const again = fieldsToBeginAgain(ctx);
      if (await hintMatches(ctx)) show(ctx, 'oidc/signing-out', selfSubmitting(target, { ...again, xsrf, logout: 'yes' }));
      else show(ctx, 'oidc/logout', { form: formOf(LOGOUT_FORM, target, { ...again, xsrf }), clientName: client?.clientName });
    },

    async postLogoutSuccessSource(ctx) {
      // Here come those, too, who chose to stay; the library names the client where they are signed out of that one alone.
      const { client, provider } = ctx.oidc;
      const { accountId } = await provider.Session.get(ctx);
      if (accountId) show(ctx, 'oidc/still-signed-in', { clientName: client?.clientName ?? client?.clientId });
      else show(ctx, 'oidc/signed-out', {});
    },

    reRender(ctx) {
      const page = parseSelfSubmitting(ctx.body);
      if (!page) return;
      const { oidc } = ctx as unknown as KoaContextWithOIDC;
      allowFormTargets(ctx, [page.target, oidc.params?.redirect_uri, oidc.entities.Interaction?.params.redirect_uri]);
      const { logout, ...fields } = page.fields;
      // Signing in as somebody else ends the first session; its button says `logout` itself.
      if (oidc.route === 'resume' && logout) {
        const resume = fieldsToResume(ctx as unknown as KoaContextWithOIDC);
        show(ctx, 'oidc/account-switch', selfSubmitting(page.target, { ...fields, ...resume }));
      } else show(ctx, 'oidc/form-post', selfSubmitting(page.target, page.fields));
    },
  };
}

/** Whether the ID token handed in was given to this very person, in this very session (RP-Initiated Logout 2: otherwise they are asked). */
async function hintMatches({ oidc }: KoaContextWithOIDC): Promise<boolean> {
  const { client, session, provider } = oidc;
  const { sub, sid, auth_time: authTime } = oidc.entities.IdTokenHint?.payload ?? {};
  if (!client || !session?.accountId || typeof sub !== 'string') return false;
  const here = (session.authorizations as Readonly<Record<string, ClientAuthorization>> | undefined)?.[client.clientId];
  const { startedAt = 0 } = (session as { seen?: Partial<Seen> }).seen ?? {};
  // Not every service asks for `sid`. Without it a session that was begun after the token cannot be the token's.
  const ofSession = sid === undefined ? typeof authTime !== 'number' || authTime >= startedAt : sid === here?.sid;
  if (!here || !ofSession) return false;
  const { Claims } = provider as unknown as {
    Claims: new (available: object, given: object) => { mask(names: object): void; result(): Promise<{ sub: string }> };
  };
  const claims = new Claims({ sub: session.accountId }, { ctx: undefined, client });
  claims.mask({ sub: null });
  return (await claims.result()).sub === sub;
}

/** Addresses that forms of this page may lead to; browsers judge the redirects that follow a form by `form-action`, too. */
function allowFormTargets(ctx: Pick<Context, 'state'>, urls: readonly unknown[]): void {
  const targets = urls.flatMap((url) => (typeof url === 'string' ? (formTarget(url) ?? []) : []));
  ctx.state.formTargets = [...(ctx.state.formTargets ?? []), ...targets];
}

const CHARACTERS: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };
const ENTITIES = Object.fromEntries(Object.entries(CHARACTERS).map(([entity, character]) => [character, entity]));
const fromHtml = (html: string) => html.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => CHARACTERS[entity]!);
const toHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

function formOf(id: string, target: string, fields: Fields): string {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${toHtml(name)}" value="${toHtml(value)}">`);
  return `<form id="${id}" method="post" action="${toHtml(target)}">${inputs.join('')}</form>`;
}

/** Reads the one page that the library makes (`response_modes/form_post`), whose words are fixed and English. */
function parseSelfSubmitting(body: unknown): { target: string; fields: Fields } | undefined {
  if (typeof body !== 'string' || !body.includes('document.forms[0].submit()')) return undefined;
  const target = /<form method="post" action="([^"]*)">/.exec(body)?.[1];
  if (target === undefined) return undefined;
  const inputs = [...body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)];
  return { target: fromHtml(target), fields: Object.fromEntries(inputs.map(([, name = '', value = '']) => [name, fromHtml(value)])) };
}
