/** `/account/security`: who and what can use the account, and everything that happened to it, on one page. */
import type Router from '@koa/router';
import type { Deps } from '../deps.ts';
import { newsFor } from './changed.ts';
import { shownEvent } from './history.ts';
import { shownProofs } from './methods.ts';
import { type Owner, showOwnPage, signedInOwner } from './owner.ts';
import { serviceName } from './services.ts';
import { shownSession } from './sessions.ts';

const EVENTS_ON_A_PAGE = 20;
const SESSIONS_ON_A_PAGE = 20;

export function addSecurity(router: Router, deps: Deps): void {
  router.get('/account/security', async (ctx) => {
    const owner = await signedInOwner(deps, ctx);
    if (!owner) return;
    const { older, newer } = ctx.query;
    const page = { ...(typeof older === 'string' && { older }), ...(typeof newer === 'string' && { newer }) };
    const notice = await newsFor(deps, owner, ctx.query);
    showOwnPage(deps, ctx, owner, 'account-pages/security', { ...(await securityOf(deps, owner, page)), notice });
  });
}

async function securityOf(deps: Deps, { account, session }: Owner, cursors: { older?: string; newer?: string }) {
  const [{ sessions, more }, services, { events, older, newer }] = await Promise.all([
    deps.sessions.newest(account.id, SESSIONS_ON_A_PAGE, session.sessionUid),
    deps.sessions.services(account.id),
    deps.audit.page(account.id, { ...cursors, most: EVENTS_ON_A_PAGE }),
  ]);
  const shown = sessions.map((one) => shownSession(one, session.sessionUid));
  return {
    ...shownProofs(account),
    sessions: [...shown.filter(({ here }) => here), ...shown.filter(({ here }) => !here)],
    moreSessions: more,
    services: services.map((service) => ({ ...service, called: serviceName(deps, service) })),
    events: await Promise.all(events.map((event) => shownEvent(deps, event))),
    olderUrl: older && pageUrl('older', older),
    newerUrl: newer && pageUrl('newer', newer),
  };
}

const pageUrl = (side: 'older' | 'newer', cursor: string) => `/account/security?${new URLSearchParams({ [side]: cursor })}#history`;
