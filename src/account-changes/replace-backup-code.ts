import { z } from 'zod';
import { action, advance, type Step } from '../journey/journey.ts';
import { type Owned, ownerOf } from './owner.ts';

/** What becomes of the present backup code, before the new one is made: a page that is merely opened makes none. */
export const replaceBackupCode: Step<'replace-backup-code', Owned, { at: string }> = {
  name: 'replace-backup-code',
  view: 'account-changes/replace-backup-code',
  show: async (deps, visit) => ({ spent: (await ownerOf(deps, visit)).backupCodeHash === null }),
  actions: { submit: action(z.object({}), async ({ clock }) => advance({ at: clock().toISOString() })) },
};
