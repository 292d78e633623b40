/** The door to the recovery outside of a sign-in. */
import Router from '@koa/router';
import type { Deps } from '../deps.ts';
import { seeOther } from '../journey/journey-page.ts';

export function recoveryRoutes(deps: Pick<Deps, 'interactions'>) {
  const router = new Router();
  // Whoever is signed in and has forgotten the password comes here, too: the authorization must not find that there is nothing to ask.
  router.get('/users/password/new', async (ctx) => seeOther(ctx, deps.interactions.startUrl({ journey: 'recovery', maxAge: 0 })));
  return router.routes();
}
