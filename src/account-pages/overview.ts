/** `/account`: everything that the owner has set, and the way to change each. What is a journey is begun here, by a short address. */
import type Router from '@koa/router';
import type { Account } from '../accounts/account.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { seeOther } from '../journey/journey-page.ts';
import { asksQuestions } from '../security-questions/questions.ts';
import { afterChange, CHANGES, newsFor } from './changed.ts';
import { shownProofs } from './methods.ts';
import { type Owner, showOwnPage, signedInOwner } from './owner.ts';
import { chosenTypes } from './services.ts';

export function addOverview(router: Router, deps: Deps): void {
  router.get('/account', async (ctx) => {
    const owner = await signedInOwner(deps, ctx);
    if (!owner) return;
    const notice = await newsFor(deps, owner, ctx.query);
    showOwnPage(deps, ctx, owner, 'account-pages/overview', { ...overviewOf(deps, owner), notice });
  });

  /** The authorization endpoint asks for a fresh sign-in itself, so there is nothing to be checked here. */
  router.get('/account/change/:journey', async (ctx) => {
    const asked = String(ctx.params.journey);
    const journey = (Object.keys(CHANGES) as (keyof typeof CHANGES)[]).find((name) => name === asked);
    if (!journey || (journey === 'change-questions' && !asksQuestions(deps.config.policy))) throw new AppError('not_found');
    seeOther(ctx, deps.interactions.startUrl({ journey, returnTo: afterChange('/account', journey) }));
  });
}

function overviewOf(deps: Pick<Deps, 'config'>, { account }: Owner) {
  const { email, noticeEmail, language, newPasswordDue, methods, backupCodeHash, questions, former } = account;
  return {
    email,
    noticeEmail,
    mailLanguage: language,
    newPasswordDue,
    ...shownProofs(account),
    hasBackupCode: backupCodeHash !== null,
    questions: asksQuestions(deps.config.policy) ? stateOf(questions) : undefined,
    // Then the mailbox and the answers together open the account (docs/decisions/0015).
    codesByMail: methods.some(({ method }) => method === 'email'),
    types: chosenTypes(deps, account).map(({ service, chosen }) => ({ id: service.id, service: service.name, type: chosen.label })),
    frozen: former?.frozenAt != null,
  };
}

const stateOf = (questions: Account['questions']) => (questions === null ? 'none' : questions.forRecovery ? 'on' : 'off');
