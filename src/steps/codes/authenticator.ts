import type { Deps } from '../../deps.ts';
import { action, advance, type Step, stay, type Visit } from '../../journey/journey.ts';
import type { Write } from '../../mongo/transaction.ts';
import { createSecret, groupSecret, otpauthUri, qrSvg, verifyAuthenticatorCode } from '../../second-factor/authenticator.ts';
import { readCode } from '../../second-factor/one-time-code.ts';
import { noteLimit, noteWrongCode } from '../note-failure.ts';
import { type BackupWayOf, backupAction, backupWayOut, codeForm, type Instead, refusedBy, skipAction, wayOut } from './code-page.ts';

/** An authenticator app that is set up already. */
export interface App {
  readonly id: string;
  readonly secret: string;
  readonly lastStep: number;
}

/** `secret` only where the app was set up on this page. */
export type AppProven =
  | { readonly id: string; readonly person: string; readonly step: number; readonly at: string; readonly secret?: string }
  | { readonly skipped: string }
  | Instead;

interface Options<Needs> {
  /** Account, or journey while there is none: limits are counted by it. */
  readonly person: (visit: Visit<Needs>) => string;
  /** The account in whose history a failure stands, if it is not the one that limits are counted by. */
  readonly accountId?: (visit: Visit<Needs>) => string;
  /** The apps whose codes count; undefined where one is to be set up. */
  readonly apps: (deps: Deps, visit: Visit<Needs>) => Promise<readonly App[] | undefined>;
  /** The name beside the code in the app. */
  readonly label?: (deps: Deps, visit: Visit<Needs>) => string | Promise<string>;
  readonly use?: (deps: Deps, visit: Visit<Needs>, id: string, step: number) => Write;
  /** Where one may go on without an app: for which choice of methods; a new choice asks again. */
  readonly skipFor?: (visit: Visit<Needs>) => string | undefined;
  readonly changeStep: (visit: Visit<Needs>) => string | undefined;
  /** Whether a backup code may take the place of the code. */
  readonly backup?: BackupWayOf<Needs>;
  /** Runs when a code was wrong. */
  readonly wrong?: (deps: Deps, visit: Visit<Needs>) => Promise<unknown>;
}

/** "Secure one-time password" from an authenticator app (RFC 6238). A 30-second step counts once, ever. */
export function authenticator<Needs, Name extends string = 'authenticator'>(
  options: Options<Needs>,
  name = 'authenticator' as Name,
): Step<Name, Needs, AppProven> {
  const { person, apps: appsOf, label = () => '', use, skipFor = () => undefined, changeStep, backup, wrong } = options;
  // An app that is being set up belongs to no account yet.
  const { accountId: accountOf = use && person } = options;
  const setUpOf = ({ kept }: Visit<Needs>) => kept as { secret: string } | undefined;

  async function refuse(deps: Deps, visit: Visit<Needs>, problem: string) {
    noteWrongCode(deps, visit, accountOf?.(visit), 'app');
    await wrong?.(deps, visit);
    return stay({ code: { key: problem } });
  }

  return {
    name,
    view: 'steps/authenticator',
    revisit: (answer) => 'instead' in answer,
    arrive: async (deps, visit) => ((await appsOf(deps, visit)) ? {} : { keep: setUpOf(visit) ?? { secret: createSecret() } }),
    show: async (deps, visit) => {
      const secret = setUpOf(visit)?.secret;
      const uri = secret && otpauthUri({ issuer: `${deps.config.brand.shortName} Account`, account: await label(deps, visit), secret });
      return {
        ...(secret && uri && { setup: { qr: await qrSvg(uri), secret, groups: groupSecret(secret), uri } }),
        canSkip: skipFor(visit) !== undefined,
        ...wayOut(changeStep(visit)),
        ...backupWayOut(backup?.(visit), visit),
      };
    },
    actions: {
      submit: action(codeForm, async (deps, visit: Visit<Needs>, input) => {
        const code = readCode(input.code);
        if (!code) return stay({ code: { key: 'problems.code_format' } });
        const { attempts, clock } = deps;
        const [byPerson, byMethod] = [person(visit), `${person(visit)}|authenticator`];
        const counted = await attempts.spendAll([
          ['code-account', byPerson],
          ['code-method', byMethod],
        ]);
        if (!counted.ok) {
          noteLimit(deps, visit, accountOf?.(visit), counted);
          return stay({ code: refusedBy(counted) });
        }
        const secret = setUpOf(visit)?.secret;
        const apps = (await appsOf(deps, visit)) ?? (secret ? [{ id: deps.newId(), secret, lastStep: 0 }] : []);
        for (const app of apps) {
          const found = await verifyAuthenticatorCode({ secret: app.secret, code, at: clock() });
          if (!found) continue;
          if (found.step <= app.lastStep) return refuse(deps, visit, 'problems.code_used_app');
          const answer = { id: app.id, person: byPerson, step: found.step, at: clock().toISOString(), ...(secret && { secret }) };
          return advance(answer, use ? [use(deps, visit, app.id, found.step)] : [], () =>
            Promise.all([attempts.forgive('code-account', byPerson), attempts.forgive('code-method', byMethod)]),
          );
        }
        return refuse(deps, visit, 'problems.code_wrong_app');
      }),
      skip: skipAction(skipFor),
      ...backupAction(backup),
    },
  };
}
