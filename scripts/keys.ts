/**
 * The operator's command for the keys that tokens are signed with. They change by themselves (`signingKeys` in policy.json); this is for
 * looking, and for the day on which one may have become known. Runs with the settings of the provider, beside it.
 *
 *   npm run keys -- --help
 */
import { Command } from 'commander';
import { createSeal } from '../src/crypto/seal.ts';
import { keyTimesOf } from '../src/oidc/keys/key-ring.ts';
import { createSigningKeys, KeysRefused, type SigningKeys } from '../src/oidc-store/signing-keys.ts';
import { beside, obey, say } from './beside.ts';

const withKeys = (work: (keys: SigningKeys) => Promise<void>) =>
  beside(async (config, db) => {
    const keys = createSigningKeys({ db, seal: createSeal(config.encryptionKeys), times: keyTimesOf(config.policy) });
    await keys.init();
    await work(keys);
  });

async function show(keys: SigningKeys): Promise<void> {
  for (const { kid, algorithm, state, signsFrom, published } of await keys.list())
    say(
      [kid, algorithm.padEnd(5), state.padEnd(7), `signs from ${signsFrom.toISOString()}`, published ? '' : 'not published']
        .join('  ')
        .trimEnd(),
    );
}

const program = new Command('keys').description(
  'The keys that tokens are signed with: the current ones sign, the next ones are published, the retired ones verify hints for 13 months.',
);

program
  .command('list')
  .description('all keys, with what they are now')
  .action(() => withKeys(show));

program
  .command('rotate')
  .description('publishes the next keys, which sign once relying parties have had the time to read them')
  .option('--now', 'lets them sign at once: relying parties that do not look for unknown keys may refuse tokens until they read them again')
  .action(({ now = false }: { now?: boolean }) =>
    withKeys(async (keys) => {
      await keys.rotate({ now });
      await show(keys);
    }),
  );

program
  .command('retire <kid>')
  .description('removes a key that does not sign before its time: nothing that it has signed is believed any more')
  .action((kid: string) =>
    withKeys(async (keys) => {
      await keys.retire(kid);
      say('Removed. All processes leave it out within 10 seconds.');
    }),
  );

await obey(program, [KeysRefused]);
