/** The end of a sign-in: who it was and how, what the account becomes by it, and what its owner is told. */
import type { Account } from '../accounts/account.ts';
import { createAssurance } from '../accounts/assurance.ts';
import { type Notice, noticesTo } from '../accounts/notices.ts';
import { isSettling } from '../accounts/recovery-store.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { Finish, Visit } from '../journey/journey.ts';
import type { Write } from '../mongo/transaction.ts';
import { outdatedMethods } from '../steps/delivery.ts';
import { type MethodAnswers, methodAdded } from '../steps/new-method.ts';
import { addPasskey } from '../steps/passkeys/new-passkey.ts';
import type { PasskeyOffered } from '../steps/passkeys/passkey-offer.ts';
import { accountOf, byBackupCode, chosenOf, type Proofs, proofOf } from './second-factor.ts';

export interface Done extends Proofs, MethodAnswers {
  readonly 'keep-account'?: { readonly kept: true };
  readonly 'new-backup-code'?: { readonly hash: string };
  readonly 'new-password'?: { readonly hash: string };
  readonly terms?: { readonly version: string };
  readonly 'passkey-offer'?: PasskeyOffered;
}

/**
 * After the backup code what was lost is replaced at once, so that the next sign-in has a way; so is the only method there is, where the
 * profile of the operator does not count it any more.
 */
export const needsMethod = (answers: Proofs) => byBackupCode(answers) || answers.password.newMethodDue;

/** Where the sign-in was as strong as the account can give: a weaker one must not add a key. Not after a backup code: enough was set up. */
export const mayBeOffered = (answers: Proofs) =>
  !byBackupCode(answers) && answers.password.offerAfter.includes(chosenOf(answers)?.id ?? '');

/** What every part of the end knows. */
interface End {
  readonly deps: Deps;
  readonly visit: Visit<Done>;
  readonly account: Account;
  /** Whose event it is, and from where. */
  readonly who: { readonly accountId: string; readonly ip: string; readonly browser: string; readonly device: string };
  /** Tells the owner, once for this journey. */
  readonly tell: (about: string, notice: Notice) => readonly Write[];
}

export async function finishSignIn(deps: Deps, visit: Visit<Done>): Promise<Finish> {
  const { answers, journeyId, ip, browser, device = '', interaction } = visit;
  const account = await accountOf(deps, visit);
  if (account.locked) await endAsLocked(deps, journeyId);
  const { method, as, key, at } = proofOf(answers);
  const assurance = createAssurance(deps.config.policy.acrValues).assure(as, key);
  const who = { accountId: account.id, ip, browser, device };
  const tell = (about: string, notice: Notice) => noticesTo(deps, account, `${about}/${journeyId}`, { device, ...notice });
  const end: End = { deps, visit, account, who, tell };
  const password = await passwordChange(end);
  // A new password ends all sessions from before, and this one comes after it.
  const provenAt = password.at ?? new Date(at);
  return {
    writes: [
      ...password.writes,
      deps.accounts.rememberBrowser(account.id, browser),
      deps.audit.record({ type: 'sign-in.succeeded', ...who, method, acr: assurance.acr, client: interaction.client.id }),
      ...(answers.terms
        ? [
            deps.accounts.acceptTerms(account.id, answers.terms.version),
            deps.audit.record({ type: 'terms.accepted', ...who, version: answers.terms.version }),
          ]
        : []),
      ...methodChange(end),
      ...backupCodeChange(end),
      ...keeping(end),
      ...passkeyAnswer(end),
      ...(await stopRecoveries(end)),
      ...(account.browsers.includes(browser) ? [] : tell('new-device', { kind: 'new-device' })),
    ],
    ...(password.after && { after: password.after }),
    result: { login: { accountId: account.id, ...assurance, ts: Math.floor(provenAt.getTime() / 1000) } },
  };
}

/**
 * It was locked at the very moment in which this sign-in got past its password, so that it was not ended with all others. Throws AppError
 * `page_expired`: the next one tells.
 */
async function endAsLocked(deps: Deps, journeyId: string): Promise<never> {
  await deps.transaction([deps.journeys.remove(journeyId)]);
  throw new AppError('page_expired');
}

/** The method that was set up, and those that are lost or count no more; what has gone meanwhile needs no removing. */
function methodChange({ deps, visit: { answers, journeyId }, account, who, tell }: End): readonly Write[] {
  const { accounts, audit } = deps;
  const added = needsMethod(answers) ? methodAdded(deps, answers) : undefined;
  const outdated = outdatedMethods(deps.config.policy.profile, account.methods);
  // Never the last one; of whoever has no other, the next sign-in asks for one.
  const ended = added || outdated.length < account.methods.length ? outdated : [];
  const lost = added ? account.methods.filter((one) => answers['new-method']?.remove.includes(one.id) && !ended.includes(one)) : [];
  const removed = [...lost, ...ended];
  if (!added && removed.length === 0) return [];
  return [
    ...(added
      ? [
          accounts.addMethod(
            account.id,
            added,
            removed.map(({ id }) => id),
          ),
          audit.record({ type: 'method.added' as const, ...who, method: added.method }),
          ...tell('method-added', { kind: 'security-change', what: 'method-added' }),
        ]
      : []),
    // Others may have been proven with what is lost.
    deps.journeys.endOthers(account.id, journeyId, ['sign-in', 'recovery']),
    ...removed.flatMap(({ id, method }) => [
      accounts.removeMethod(account.id, id),
      audit.record({ type: 'method.removed', ...who, method }),
    ]),
    ...(lost.length > 0 ? tell('method-removed', { kind: 'security-change', what: 'method-removed' }) : []),
    ...(ended.length > 0 ? tell('mailed-codes-ended', { kind: 'security-change', what: 'mailed-codes-ended' }) : []),
  ];
}

function backupCodeChange({ deps, visit: { answers }, account, who, tell }: End): readonly Write[] {
  const made = answers['new-backup-code'];
  if (!made) return [];
  return [
    deps.accounts.setBackupCode(account.id, { from: null, to: made.hash }),
    deps.audit.record({ type: 'backup-code.replaced', ...who }),
    ...tell('backup-code-replaced', { kind: 'security-change', what: 'backup-code-replaced' }),
  ];
}

/** Sessions that somebody else may have begun with the former password end; one that this very sign-in renews does not. */
async function passwordChange({
  deps,
  visit,
  account,
  who,
  tell,
}: End): Promise<Partial<Finish> & { writes: readonly Write[]; at?: Date }> {
  const { answers, interaction, journeyId } = visit;
  const made = answers['new-password'];
  if (!made || !account.newPasswordDue) return { writes: [] };
  const { sessionUid, sessionAccountId } = interaction;
  const ending =
    sessionUid !== undefined && sessionAccountId === account.id
      ? await deps.sessions.endOthers(account.id, sessionUid)
      : await deps.sessions.endAll(account.id);
  return {
    writes: [
      deps.accounts.setPassword(account.id, { from: account.passwordHash, to: made.hash }),
      ...ending.writes,
      deps.journeys.endOthers(account.id, journeyId),
      deps.audit.record({ type: 'password.changed', ...who, how: 'changed' }),
      ...tell('password-changed', { kind: 'password-changed', how: 'changed' }),
    ],
    after: ending.after,
    at: deps.clock(),
  };
}

function keeping({ deps, visit: { answers }, account, who, tell }: End): readonly Write[] {
  if (!answers['keep-account'] || account.closesAt === null) return [];
  return [
    deps.accounts.reopen(account.id),
    deps.audit.record({ type: 'account.kept', ...who }),
    ...tell('account-kept', { kind: 'account-kept' }),
  ];
}

function passkeyAnswer({ deps, visit, account }: End): readonly Write[] {
  const offered = mayBeOffered(visit.answers) ? visit.answers['passkey-offer'] : undefined;
  if (!offered) return [];
  return 'passkey' in offered ? addPasskey(deps, visit, account, offered) : [deps.accounts.declinePasskey(account.id)];
}

/** Who can sign in needs no recovery; one that waits is somebody else's, or needless. */
async function stopRecoveries({ deps, account, who, tell }: End): Promise<readonly Write[]> {
  const waiting = await deps.recoveries.of(account.id);
  if (waiting.every(isSettling)) return [];
  return [
    deps.recoveries.cancelPresent(account.id),
    deps.audit.record({ type: 'recovery.cancelled', ...who, by: 'sign-in' }),
    ...tell('recovery-cancelled', { kind: 'recovery-cancelled' }),
  ];
}
