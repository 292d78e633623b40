/** What the parts of this system are made of, and the one place where they are put together. */
import { join } from 'node:path';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { type AccountStore, createAccountStore } from './accounts/account-store.ts';
import { createRecoveryStore, type RecoveryStore } from './accounts/recovery-store.ts';
import { type Attempts, createAttempts } from './attempts/attempts.ts';
import { type AuditLog, createAuditLog } from './audit/audit-store.ts';
import type { AuditEvent } from './audit/events.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config.ts';
import type { RootSecret } from './crypto/digest.ts';
import { randomToken } from './crypto/random.ts';
import { openRootSecret } from './crypto/root-secret-store.ts';
import { createSeal, type Seal } from './crypto/seal.ts';
import { createViews, type Views } from './http/views.ts';
import type { Interactions } from './journey/interaction.ts';
import { createJourneyStore, type JourneyStore } from './journey/journey-store.ts';
import { createMailedLinkStore, type MailedLinkStore } from './journey/mailed-link-store.ts';
import type { Sessions } from './journey/sessions.ts';
import { createInbox } from './messages/inbox.ts';
import { createOutbox, type Outbox } from './messages/outbox.ts';
import { createMailer, createTexter } from './messages/senders.ts';
import { createTransaction, type Transaction } from './mongo/transaction.ts';
import { createPasswords, type Passwords } from './passwords/password-hash.ts';
import { createOperatorStore } from './recovery/operators/operator-store.ts';
import { type CodeStore, createCodeStore } from './second-factor/code-store.ts';
import { createUsedChallengeStore, type UsedChallengeStore } from './second-factor/used-challenge-store.ts';
import { createTexts, type Texts } from './texts.ts';

export interface Deps {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  /** A random id of 128 bits. */
  readonly newId: () => string;
  readonly seal: Seal;
  readonly rootSecret: RootSecret;
  readonly transaction: Transaction;
  readonly accounts: AccountStore;
  readonly recoveries: RecoveryStore;
  readonly journeys: JourneyStore;
  readonly mailedLinks: MailedLinkStore;
  readonly codes: CodeStore;
  readonly usedChallenges: UsedChallengeStore;
  readonly attempts: Attempts;
  readonly passwords: Passwords;
  readonly outbox: Outbox;
  readonly audit: AuditLog;
  readonly texts: Texts;
  readonly views: Views;
  readonly interactions: Interactions;
  readonly sessions: Sessions;
}

const VIEWS = join(import.meta.dirname, '../views');

/** What only the process that is starting can give. */
export interface Given {
  readonly config: Config;
  readonly db: Connection;
  readonly clock: Clock;
  readonly log: Logger;
  /** The address of a file in `public/`. */
  readonly asset: (file: string) => string;
  /** Told of every event of the audit log. */
  readonly recorded?: (event: AuditEvent) => void;
}

/** Everything but the provider, which needs the accounts; indexes are built when this returns. */
export async function createDeps({ config, db, clock, log, asset, recorded }: Given) {
  const seal = createSeal(config.encryptionKeys);
  const rootSecret = await openRootSecret(db, seal);
  const texts = createTexts(join(config.configDir, 'locales'), { strict: !config.production, profile: config.policy.profile });
  const views = createViews({ brand: config.brand, texts, viewsDir: VIEWS, assets: asset });
  const inbox = createInbox({ db, clock });
  const stores = {
    accounts: createAccountStore({ db, clock, seal, rootSecret }),
    recoveries: createRecoveryStore({ db, clock }),
    journeys: createJourneyStore({ db, clock, seal, rootSecret }),
    mailedLinks: createMailedLinkStore({ db, clock, rootSecret }),
    codes: createCodeStore(db, { clock, rootSecret, tries: config.policy.code.tries }),
    usedChallenges: createUsedChallengeStore({ db, clock, rootSecret }),
    attempts: createAttempts({ db, clock, rootSecret, limits: config.policy.limits, exemptNetworks: config.policy.exemptNetworks }),
    audit: createAuditLog({ db, clock, seal, log, ...(recorded && { recorded }) }),
    outbox: createOutbox({
      db,
      clock,
      seal,
      texts,
      config,
      log,
      mailer: createMailer(config, inbox),
      texter: createTexter(config, inbox, clock),
    }),
  };
  for (const store of Object.values(stores)) await store.init();
  // Of no use to the server, which need not know who the operators are; but what is kept is there from the start.
  const operators = createOperatorStore({ db, clock, seal });
  await operators.init();
  if (!config.production) await inbox.init();
  return {
    inbox,
    operators,
    deps: {
      config,
      clock,
      log,
      newId: () => randomToken(16),
      seal,
      rootSecret,
      transaction: createTransaction(db),
      passwords: createPasswords({ rootSecret, cost: config.policy.passwordHash }),
      texts,
      views,
      ...stores,
    },
  };
}
