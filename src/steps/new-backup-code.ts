import { z } from 'zod';
import { action, advance, type Step, type Visit } from '../journey/journey.ts';
import { createBackupCode } from '../second-factor/backup-code.ts';
import { localize } from '../texts.ts';

const codeOf = ({ kept }: Visit<object>) => (kept as { code: string }).code;

/** Shown until "Proceed", reloads included, and never again: from then on only its hash is kept. */
export const newBackupCode: Step<'new-backup-code', object, { hash: string }> = {
  name: 'new-backup-code',
  view: 'steps/new-backup-code',
  revisit: () => false,
  arrive: async (_deps, { kept }) => ({ keep: kept ?? { code: createBackupCode() } }),
  show: async (_deps, visit) => ({ code: codeOf(visit).split('-'), text: codeOf(visit) }),
  actions: {
    submit: action(z.object({}), async ({ passwords }, visit) =>
      advance({ hash: await passwords.hash(codeOf(visit).replaceAll('-', '')) }),
    ),
    download: action(z.object({}), async ({ config }, visit) => ({
      kind: 'download',
      name: 'backup-code.txt',
      text: `${localize(config.brand.accountName, visit.language)}\n${codeOf(visit)}\n`,
    })),
  },
};
