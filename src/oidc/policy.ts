/**
 * When a person is asked for something during an authorization, in this order: an account (`create`), a sign-in (`login`), a change of
 * their account (our own pages), the account type at the service, consent. Each is a prompt of the library; `journey/` says which pages resolve it.
 */
import { decodeJwt } from 'jose';
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Assurance } from '../accounts/assurance.ts';
import { isFresh } from '../accounts/fresh.ts';
import type { Clock } from '../clock.ts';
import { accountTypeOf, isEnded, type ServiceEntry, type TokenAccount } from './claims.ts';
import { changeOf, isFirstParty } from './clients.ts';
import { demandOf } from './demand.ts';
import type { Lifetimes } from './lifetimes.ts';

const { Check, Prompt } = interactionPolicy;

interface PolicyDeps {
  readonly assurance: Assurance;
  readonly lifetimes: Lifetimes;
  readonly services: readonly ServiceEntry[];
  /** What a session is listed as (`SessionStore.idOf`). */
  readonly sessionId: (uid: string) => string;
  readonly clock: Clock;
}

export function createPolicy({ assurance, lifetimes, services, sessionId, clock }: PolicyDeps): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const login = policy.get('login')!;
  const consent = policy.get('consent')!;

  const moved = 'the redirect address is not registered any more';
  login.checks.add(new Check('address_gone', moved, addressGone), 0);
  // Without the first a session whose account is gone or locked ends in a 500.
  login.checks.add(new Check('account_gone', 'the account of this session is gone', 'login_required', accountGone), 1);
  login.checks.add(new Check('session_over', 'the sign-in is too old', 'login_required', sessionOver), 2);
  // The library asks its own clock, but the pages that want a fresh sign-in ask ours: at odds, they would send people to and fro.
  login.checks.remove('max_age');
  login.checks.add(new Check('max_age', 'the sign-in is older than max_age', 'login_required', olderThanAsked));
  // The library compares for equality, so that a stronger sign-in than demanded would be asked for again without end.
  login.checks.remove('essential_acrs');
  login.checks.remove('essential_acr');
  login.checks.add(new Check('acr', 'a stronger sign-in is required', 'unmet_authentication_requirements', tooWeak));

  for (const reason of ['id_token_hint', 'claims_id_token_sub_value']) {
    const check = login.checks.get(reason)!;
    check.check = orRefuse(check.check);
  }

  // What a client asks for in `claims` beyond its scopes is left out, not asked for.
  consent.checks.remove('op_claims_missing');
  consent.checks.remove('rar_prompt');
  for (const check of consent.checks) {
    const { check: due } = check;
    check.check = (ctx) => !isFirstParty(ctx.oidc.client) && due(ctx);
  }

  login.checks.add(new Check('stale', 'a change of the account asks for a fresh sign-in', 'login_required', staleForChange));
  // Whoever they are signed in as, the page to sign in asks who they want to be.
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  policy.add(new Prompt({ name: 'create', requestable: true }), 0);
  const description = 'the account type at this service is not known';
  policy.add(new Prompt({ name: 'account-type' }, new Check('account_type', description, 'interaction_required', typeMissing)), 3);
  const changing = 'a change of the account was asked for';
  policy.add(new Prompt({ name: 'change' }, new Check('change', changing, 'interaction_required', changeMissing)), 3);
  return policy;

  /** Somebody else has signed in than the client asked for: it gets no answer about them, and they are not asked without end (Core 3.1.2.2). */
  function orRefuse(isAnother: InstanceType<typeof Check>['check']): InstanceType<typeof Check>['check'] {
    return async (ctx) => {
      // The library verifies the hint when the request comes in, and has forgotten it when the person comes back from signing in.
      const { id_token_hint: hint } = ctx.oidc.params ?? {};
      if (typeof hint === 'string' && !ctx.oidc.entities.IdTokenHint) ctx.oidc.entity('IdTokenHint', { payload: decodeJwt(hint) });
      const due = await isAnother(ctx);
      if (due && ctx.oidc.session?.accountId && ctx.oidc.result?.login)
        throw new errors.LoginRequired('the person who signed in is not the one that was asked for');
      return due;
    };
  }

  /** Whoever takes an address away may do so because of what it leads to: no code goes there, however long the pages of a request were open. */
  function addressGone({ oidc }: KoaContextWithOIDC): boolean {
    if (!oidc.client!.redirectUriAllowed(String(oidc.params!.redirect_uri))) throw new errors.InvalidRedirectUri();
    return false;
  }

  function accountGone({ oidc }: KoaContextWithOIDC): boolean {
    return Boolean(oidc.session?.accountId && !oidc.account);
  }

  function sessionOver({ oidc }: KoaContextWithOIDC): boolean {
    const { accountId, loginTs, uid = '' } = oidc.session ?? {};
    const account = oidc.account?.account as TokenAccount | undefined;
    return Boolean(accountId && (lifetimes.isOver(loginTs) || (account && isEnded(account, { loginTs, id: sessionId(uid) }))));
  }

  function olderThanAsked({ oidc }: KoaContextWithOIDC): boolean {
    const { max_age: most } = oidc.params ?? {};
    const { accountId, loginTs } = oidc.session ?? {};
    if (most === undefined || !accountId || oidc.result?.login) return false;
    return loginTs === undefined || Math.floor(clock().getTime() / 1000) - loginTs > Number(most);
  }

  /** Whatever the address says: without `max_age` and `acr_values` a change comes after both factors of the last five minutes, too. */
  function staleForChange({ oidc }: KoaContextWithOIDC): boolean {
    if (!oidc.session?.accountId || changeOf(oidc.params ?? {}) === undefined || oidc.result?.change) return false;
    const account = (oidc.account?.account ?? {}) as Partial<TokenAccount>;
    return !isFresh({ authTime: oidc.session.loginTs, acr: oidc.acr }, account, { assurance, clock });
  }

  function changeMissing({ oidc }: KoaContextWithOIDC): boolean {
    return Boolean(oidc.session?.accountId && changeOf(oidc.params ?? {}) !== undefined && !oidc.result?.change);
  }

  function tooWeak({ oidc }: KoaContextWithOIDC): boolean {
    const demand = demandOf(oidc.params ?? {});
    const wanted = demand && assurance.weakest(demand.values);
    if (!wanted) {
      // No sign-in here could ever give it; values of other parties that merely may be met are passed over.
      if (demand?.essential) throw new errors.UnmetAuthenticationRequirements('none of the requested acr values is supported');
      return false;
    }
    if (!oidc.session?.accountId || assurance.reaches(oidc.acr, wanted)) return false;
    if (demand.essential) return true;
    // A wish is no reason to ask for the same once more of somebody who has nothing stronger; only silence has to be told from a yes.
    return !oidc.result?.login && (oidc.prompts.has('none') || mayReach((oidc.account?.account ?? {}) as Partial<TokenAccount>, wanted));
  }

  function mayReach({ methods, passkeys = [] }: Partial<TokenAccount>, wanted: string): boolean {
    if (!methods) return true;
    const acrs = [...methods.map(({ method }) => assurance.assure(method).acr), ...passkeys.map(() => assurance.assure('passkey').acr)];
    return acrs.some((acr) => assurance.reaches(acr, wanted));
  }

  function typeMissing({ oidc }: KoaContextWithOIDC): boolean {
    const service = services.find(({ clientId }) => clientId === oidc.client?.clientId);
    const account = oidc.account?.account as TokenAccount | undefined;
    return Boolean(service?.accountTypes.length && account && accountTypeOf(account, service) === undefined);
  }
}
