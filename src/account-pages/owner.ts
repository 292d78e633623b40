/** Whose account these pages are about: whoever is signed in in this browser, and nobody that a request could name. */
import type { Context } from 'koa';
import type { Account } from '../accounts/account.ts';
import { createAssurance } from '../accounts/assurance.ts';
import { isFresh, toBecomeFresh } from '../accounts/fresh.ts';
import type { Deps } from '../deps.ts';
import { languageOf, stayInLanguage } from '../http/cookies.ts';
import type { PageModel } from '../http/views.ts';
import type { SignedIn } from '../journey/interaction.ts';
import { seeOther } from '../journey/journey-page.ts';
import type { Language } from '../language.ts';

export interface Owner {
  readonly account: Account;
  readonly session: SignedIn;
  /** Of the pages; mails have the account's own. */
  readonly language: Language;
}

type OwnerDeps = Pick<Deps, 'interactions' | 'accounts'>;

/** Whoever is signed in; undefined when nobody is, or the account is gone. */
export async function ownerOf(deps: OwnerDeps, ctx: Context): Promise<Owner | undefined> {
  const session = await deps.interactions.signedIn(ctx);
  const account = session && (await deps.accounts.find(session.accountId));
  return account && { account, session, language: languageOf(ctx, account.language) };
}

/** For pages that only show: otherwise it leads to the sign-in, and from there back to this page, and there is no owner. */
export async function signedInOwner(deps: OwnerDeps, ctx: Context): Promise<Owner | undefined> {
  const owner = await ownerOf(deps, ctx);
  if (!owner) seeOther(ctx, deps.interactions.startUrl({ returnTo: ctx.url }));
  return owner;
}

/**
 * For what changes something: otherwise it leads to a sign-in with both factors, and from there to the page (GET) at this address, where
 * it is asked again; then there is no owner. What a form said is not kept over it: it could have been somebody else at this browser.
 */
export async function freshOwner(deps: OwnerDeps & Pick<Deps, 'config' | 'clock'>, ctx: Context): Promise<Owner | undefined> {
  const owner = await ownerOf(deps, ctx);
  const assurance = createAssurance(deps.config.policy.acrValues);
  if (owner && isFresh(owner.session, owner.account, { assurance, clock: deps.clock })) return owner;
  const asked = owner && toBecomeFresh(owner.account, assurance);
  seeOther(ctx, deps.interactions.startUrl({ ...asked, returnTo: ctx.path }));
  return undefined;
}

/** Shows one of the account's own pages. `problems` make it the answer to a form. */
export function showOwnPage(deps: Pick<Deps, 'views' | 'config'>, ctx: Context, { language }: Owner, view: string, model: PageModel): void {
  stayInLanguage(ctx, language);
  ctx.status = Object.keys(model.problems ?? {}).length > 0 ? 422 : 200;
  ctx.type = 'html';
  ctx.body = deps.views.render(
    view,
    { idleMinutes: deps.config.policy.session.idleMinutes, ...model },
    { language, path: ctx.url, signedIn: true },
  );
}
