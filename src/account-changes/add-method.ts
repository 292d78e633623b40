/** One more way to get one-time codes: a phone, an app, or the mailbox. It counts when its code has been entered. */
import { noticesTo } from '../accounts/notices.ts';
import { change } from '../journey/journey.ts';
import { methodAdded, newMethodSteps } from '../steps/new-method.ts';
import { endWaysIn, type Owned, ownerOf, trailOf } from './owner.ts';

const { choice, by, emailCode, textCode, authenticator } = newMethodSteps<Owned>({
  account: ownerOf,
  person: ({ from }) => from.accountId,
});

export const addMethod = change({ kind: 'add-method' })
  .step(choice)
  .stepIf(by('email'), emailCode)
  .stepIf(by('text'), textCode)
  .stepIf(by('app'), authenticator)
  .finish(async (deps, visit) => {
    const account = await ownerOf(deps, visit);
    const method = methodAdded(deps, visit.answers);
    const { event, told } = trailOf(deps, visit);
    return {
      writes: [
        deps.accounts.addMethod(account.id, method),
        // One that was the strongest there could be, and may add a passkey, is so no more.
        endWaysIn(deps, visit),
        deps.audit.record({ ...event, type: 'method.added', method: method.method }),
        ...noticesTo(deps, account, `method-added/${visit.journeyId}`, { kind: 'security-change', what: 'method-added', ...told }),
      ],
      result: { changed: true },
    };
  });
