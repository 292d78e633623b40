/** The HTTP surface on one screen: what a request meets, in order. */

import etag from '@koa/etag';
import type Router from '@koa/router';
import Koa from 'koa';
import compress from 'koa-compress';
import conditionalGet from 'koa-conditional-get';
import { addMethod } from './account-changes/add-method.ts';
import { addPasskey } from './account-changes/add-passkey.ts';
import { changeEmail } from './account-changes/addresses/change-email.ts';
import { changeNoticeEmail } from './account-changes/addresses/change-notice-email.ts';
import { settleEmail } from './account-changes/addresses/settle-email.ts';
import { changeBackupCode } from './account-changes/change-backup-code.ts';
import { changePassword } from './account-changes/change-password.ts';
import { changeQuestions } from './account-changes/change-questions.ts';
import { closeAccount } from './account-changes/close-account.ts';
import { accountPagesRoutes } from './account-pages/routes.ts';
import { alertRoutes } from './alerts/routes.ts';
import { consentJourney } from './consent/journey.ts';
import type { Deps } from './deps.ts';
import { handleErrors } from './http/handle-errors.ts';
import { hostCheck } from './http/host-check.ts';
import type { Metrics } from './http/metrics.ts';
import { requestLog } from './http/request-log.ts';
import { sameOrigin } from './http/same-origin.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { Journey } from './journey/journey.ts';
import { journeyRoutes } from './journey/journey-routes.ts';
import { recovery } from './recovery/journey.ts';
import { recoveryRoutes } from './recovery/routes.ts';
import { asksQuestions } from './security-questions/questions.ts';
import { serviceEntry } from './service-entry/journey.ts';
import { signIn } from './sign-in/journey.ts';
import { confirmationRoutes } from './sign-up/confirmation-routes.ts';
import { signUp, signUpUnder } from './sign-up/journey.ts';
import { staticPagesRoutes } from './static-pages/routes.ts';

/** Changes of an account by its owner. */
const CHANGES = [
  changePassword,
  changeEmail,
  changeNoticeEmail,
  addMethod,
  addPasskey,
  changeBackupCode,
  changeQuestions,
  settleEmail,
  closeAccount,
] as const;

/** Every journey there is; `docs/journeys.md` is drawn from this list. */
export const JOURNEYS = [signUp, signIn, recovery, serviceEntry, consentJourney, ...CHANGES] as const;

/** Those that the profile of the operator has. */
export const journeysUnder = (policy: { readonly profile: 'seed' | 'nist' }): readonly Journey[] =>
  JOURNEYS.flatMap((journey): readonly Journey[] => {
    if (journey === signUp) return [signUpUnder(policy)];
    return journey === changeQuestions && !asksQuestions(policy) ? [] : [journey];
  });

export interface Surface {
  readonly health: Koa.Middleware;
  readonly metrics: Metrics;
  readonly assets: Koa.Middleware;
  /** The OpenID Connect endpoints. */
  readonly provider: Koa.Middleware;
  /** The inbox page, and what programs make accounts with; only in development. */
  readonly inbox: ReturnType<Router['routes']> | undefined;
  readonly testAccounts?: ReturnType<Router['routes']> | undefined;
}

export function createApp(deps: Deps, surface: Surface): Koa {
  const { config, log, views } = deps;
  const app = new Koa({ keys: [...config.cookieKeys], proxy: config.trustProxy > 0, maxIpsCount: config.trustProxy });

  app.use(surface.health);
  app.use(requestLog({ log }));
  app.use(surface.metrics.middleware);
  app.use(securityHeaders({ issuer: config.issuer }));
  app.use(handleErrors({ views, log }));
  app.use(hostCheck({ issuer: config.issuer, development: !config.production }));
  app.use(compress());
  app.use(conditionalGet());
  app.use(etag());
  app.use(surface.assets);
  // Before anything that reads bodies or checks where forms come from: services post to it from elsewhere.
  app.use(surface.provider);
  // Called by programs, which come from no page.
  if (surface.testAccounts) app.use(surface.testAccounts);
  app.use(sameOrigin({ issuer: config.issuer }));
  app.use(staticPagesRoutes(deps));
  app.use(accountPagesRoutes(deps));
  app.use(confirmationRoutes(deps));
  app.use(recoveryRoutes(deps));
  app.use(alertRoutes(deps));
  app.use(journeyRoutes(deps, journeysUnder(config.policy)));
  if (surface.inbox) app.use(surface.inbox);

  app.on('error', (error) => log.error({ err: error }, 'unexpected'));
  return app;
}
