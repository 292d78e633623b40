/** Another password for somebody who is signed in. What was under way with the former one ends. */
import { noticesTo } from '../accounts/notices.ts';
import { change } from '../journey/journey.ts';
import { newPassword } from '../steps/new-password.ts';
import { endWaysIn, mark, type Owned, ownerOf, trailOf, unchanged } from './owner.ts';

const newPasswordStep = newPassword<Owned>({
  address: async (deps, visit) => (await ownerOf(deps, visit)).email,
  present: async (deps, visit) => (await ownerOf(deps, visit)).passwordHash,
  why: 'change',
  others: true,
});

export const changePassword = change({
  kind: 'change-password',
  from: (deps, { passwordHash }) => ({ password: mark(deps, passwordHash) }),
})
  .step(newPasswordStep)
  .finish(async (deps, visit) => {
    const { answers, journeyId, interaction } = visit;
    const account = await ownerOf(deps, visit);
    unchanged(deps, answers.from.password, account.passwordHash);
    const { hash, endOthers } = answers['new-password'];
    const ending = endOthers && interaction.sessionUid ? await deps.sessions.endOthers(account.id, interaction.sessionUid) : undefined;
    const { event, told } = trailOf(deps, visit);
    return {
      writes: [
        deps.accounts.setPassword(account.id, { from: account.passwordHash, to: hash }),
        // Sign-ins that have got past the former password, and recoveries.
        endWaysIn(deps, visit),
        ...(ending ? [...ending.writes, deps.audit.record({ ...event, type: 'sessions.ended', scope: 'others' })] : []),
        deps.audit.record({ ...event, type: 'password.changed', how: 'changed' }),
        ...noticesTo(deps, account, `password-changed/${journeyId}`, { kind: 'password-changed', how: 'changed', ...told }),
      ],
      after: async () => ending?.after(),
      result: { changed: true },
    };
  });
