/** One more passkey, for an account that has its owner signed in as strongly as it can. */
import { change } from '../journey/journey.ts';
import { addPasskey as keepPasskey, newPasskey } from '../steps/passkeys/new-passkey.ts';
import { type Owned, ownerOf } from './owner.ts';

export const addPasskey = change({ kind: 'add-passkey' })
  .step(newPasskey<Owned>({ owner: ownerOf }))
  .finish(async (deps, visit) => ({
    writes: keepPasskey(deps, visit, await ownerOf(deps, visit), visit.answers['new-passkey']),
    result: { changed: true },
  }));
