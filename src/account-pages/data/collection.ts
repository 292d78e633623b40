/** Everything that is known of an account, as its owner takes it along. What is left out is said in the file itself, with the reason. */
import type { Account, DeliveryMethod, Former, Passkey, Questions } from '../../accounts/account.ts';
import type { WaitingRecovery } from '../../accounts/recovery-store.ts';
import type { HistoryEvent } from '../../audit/audit-store.ts';
import type { Deps } from '../../deps.ts';
import type { ConnectedService, ListedSession } from '../../journey/sessions.ts';
import type { Language } from '../../language.ts';
import { maskPhone } from '../../second-factor/phone-number.ts';
import { localize } from '../../texts.ts';
import { leftOut, leftOutOf, named, type Telling, tell, whole } from './telling.ts';

const HASH = 'kept as a hash, which nobody can read and which would help whoever guesses';
const DIGEST = 'kept as a digest, which means nothing outside of this system';
const SECRET = 'a secret: whoever finds this file could use it';

const METHOD: Telling<DeliveryMethod> = {
  id: leftOut('means nothing outside of this system'),
  method: whole,
  name: whole,
  phone: whole,
  secret: leftOut(SECRET),
  lastStep: leftOut('guards against a second use of a code; when it was used is in the history'),
};

const PASSKEY: Telling<Passkey> = {
  id: leftOut('of use to your device alone'),
  name: whole,
  createdAt: whole,
  lastUsedAt: whole,
  transports: whole,
  key: named('staysOnOneDevice', (key) => (key === undefined ? null : key === 'hwk')),
  publicKey: leftOut('a key: of use to this system alone'),
  counter: leftOut('guards against copies of the passkey'),
};

const FORMER: Telling<Former> = {
  email: whole,
  between: whole,
  // Whoever reads this may not be whom the former address belongs to.
  methods: { tell: (methods) => methods.map((one) => (one.method === 'text' ? `text ${maskPhone(one.phone)}` : one.method)) },
  backupCodeHash: leftOut(HASH),
  until: whole,
  frozenAt: whole,
};

const RECOVERY: Telling<WaitingRecovery> = {
  proof: whole,
  startedAt: whole,
  ripeAt: whole,
  until: whole,
  ripe: whole,
  codeHash: leftOut(HASH),
};

const SESSION: Telling<ListedSession> = {
  id: leftOut(DIGEST),
  current: leftOut('said of a page, not of you'),
  device: whole,
  ip: whole,
  startedAt: whole,
  lastUsedAt: whole,
};

const SERVICE: Telling<ConnectedService> = { clientId: whole, name: whole, scopes: whole, since: whole, firstParty: whole };

const EVENT: Telling<HistoryEvent> = {
  at: whole,
  type: whole,
  ip: whole,
  device: whole,
  browser: leftOut(DIGEST),
  accountType: whole,
  acr: whole,
  by: whole,
  client: whole,
  how: whole,
  limit: whole,
  method: whole,
  methods: whole,
  on: whole,
  operators: leftOut('names of other people; support can say who they are'),
  proof: whole,
  reason: whole,
  scope: whole,
  scopes: whole,
  service: whole,
  until: whole,
  version: whole,
  which: leftOut(DIGEST),
};

/** Of a lock the reason is for operators alone. */
function withoutLockReason(event: HistoryEvent): HistoryEvent {
  if (event.type !== 'account.locked' && event.type !== 'account.unlocked') return event;
  const { reason: _, ...said } = event;
  return said as HistoryEvent;
}

/** The tables whose words depend on configuration and language. */
function tablesIn({ config, texts }: Pick<Deps, 'config' | 'texts'>, language: Language) {
  const words = texts.in(language);
  const questions: Telling<Questions> = {
    ids: named('questions', (ids) => ids.map((id) => (texts.has(`questions.${id}`, language) ? words.t(`questions.${id}`) : id))),
    answersHash: leftOut(HASH),
    forRecovery: whole,
  };
  const typeAt = ([serviceId, typeId]: readonly [string, string]) => {
    const service = config.services.find(({ id }) => id === serviceId);
    const type = service?.accountTypes.find(({ id }) => id === typeId);
    return { service: service ? localize(service.name, language) : serviceId, type: type ? localize(type.label, language) : typeId };
  };
  const account: Telling<Account> = {
    id: whole,
    email: whole,
    noticeEmail: whole,
    language: whole,
    passwordHash: leftOut(HASH),
    newPasswordDue: whole,
    methods: { tell: (methods) => methods.map((method) => tell(method, METHOD)) },
    passkeys: { tell: (passkeys) => passkeys.map((passkey) => tell(passkey, PASSKEY)) },
    passkeyDeclinedAt: whole,
    backupCodeHash: named('backupCode', (hash) => (hash === null ? 'used' : 'not used')),
    questions: named('securityQuestions', (given) => given && tell(given, questions)),
    terms: whole,
    memberships: named('accountTypes', (memberships) => Object.entries(memberships).map(typeAt)),
    browsers: named('knownBrowsers', (browsers) => browsers.length),
    createdAt: whole,
    sessionsSince: whole,
    othersSince: named('otherSessionsSince', (others) => others?.at ?? null),
    endedSessions: leftOut(DIGEST),
    former: { tell: (former) => former && tell(former, FORMER) },
    closesAt: whole,
    keptAt: whole,
    locked: leftOut('nobody gets this file while the account is locked'),
  };
  return { account, questions };
}

/** What names the account elsewhere in the database and is not in the file. */
const BESIDES = {
  'unfinished pages': 'what you have answered on pages that you have not finished is sealed and goes by itself',
  'one-time codes and links': DIGEST,
  'counted attempts': DIGEST,
  'messages to you': 'what they said is erased as soon as they are sent',
  'tokens of services': SECRET,
  'sign-outs that services are told of': 'whose they were goes as soon as the service was told, after a day at most',
  'why support has locked the account': 'may say something of other people; support can say what it may',
  'requests of support': 'go within days; what came of them is in the history',
};

type CollectionDeps = Pick<Deps, 'accounts' | 'audit' | 'clock' | 'config' | 'recoveries' | 'sessions' | 'texts'>;

/** `data` is what the file holds; `events` the history in it, to be said in words. */
export async function collectData(deps: CollectionDeps, account: Account, language: Language) {
  const { audit, clock, config, recoveries, sessions } = deps;
  const [sessionsNow, services, waiting, events] = await Promise.all([
    sessions.of(account.id),
    sessions.services(account.id),
    recoveries.of(account.id),
    audit.of(account.id, 0),
  ]);
  const tables = tablesIn(deps, language);
  const data = {
    madeBy: config.issuer,
    madeAt: clock(),
    account: tell(account, tables.account),
    sessions: sessionsNow.map((session) => tell(session, SESSION)),
    services: services.map((service) => tell(service, SERVICE)),
    recoveries: waiting.map((recovery) => tell(recovery, RECOVERY)),
    history: events.map((event) => tell(withoutLockReason(event), EVENT)),
    leftOut: Object.fromEntries([
      ...leftOutOf('account', tables.account),
      ...(account.questions ? leftOutOf('account.securityQuestions', tables.questions) : []),
      ...leftOutOf('account.methods', METHOD),
      ...leftOutOf('account.passkeys', PASSKEY),
      ...leftOutOf('account.former', FORMER),
      ...leftOutOf('sessions', SESSION),
      ...leftOutOf('recoveries', RECOVERY),
      ...leftOutOf('history', EVENT),
      ...Object.entries(BESIDES),
    ]),
  };
  return { data, events };
}
