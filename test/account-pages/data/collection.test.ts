import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { collectData } from '../../../src/account-pages/data/collection.ts';
import type { Account } from '../../../src/accounts/account.ts';
import { connectMongo } from '../../../src/mongo/connect.ts';
import { makeAccount, sharedServer } from '../../support/shared-server.ts';

const AT = (day: number) => new Date(Date.UTC(2020, 0, day));

/** Where personal data of an account lie, and what the file tells of them; of the others, why nothing. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  accounts: 'account',
  audit_events: 'history',
  oidc_session: 'sessions',
  oidc_grant: 'services',
  recoveries: 'recoveries',
  journeys: 'left out: unfinished pages',
  codes: 'left out: one-time codes and links',
  mailed_links: 'left out: one-time codes and links',
  attempts: 'left out: counted attempts',
  messages: 'left out: messages to you',
  oidc_authorization_code: 'left out: tokens of services',
  oidc_access_token: 'left out: tokens of services',
  oidc_refresh_token: 'left out: tokens of services',
  logout_notices: 'left out: sign-outs that services are told of',
  oidc_interaction: 'left out: unfinished pages',
  oidc_pushed_authorization_request: 'left out: unfinished pages',
  recovery_requests: 'left out: requests of support',
  operators: 'not of a person: who works for support',
  used_challenges: 'not of a person: random values',
  oidc_replay_detection: 'not of a person: ids of assertions of services',
  clients: 'not of a person',
  oidc_initial_access_token: 'not of a person: of integrators, to register clients',
  oidc_registration_access_token: 'not of a person: of clients, to manage themselves',
  secrets: 'not of a person',
  signing_keys: 'not of a person',
  tombstones: 'not of a person: nothing is known of it',
  health: 'not of a person',
  inbox: 'development only',
};

describe('account-pages/data/collection', function () {
  this.timeout(60_000);
  let db: Connection;
  before(async () => {
    db = await connectMongo((await sharedServer()).env.MONGODB_URI);
  });
  after(() => db.close());

  /** Every field has a value of its own, so that what is in the file can be told by it. */
  const marked = async (): Promise<Account> => {
    const { deps, config } = await sharedServer();
    const [service] = config.services;
    return {
      ...(await makeAccount()),
      email: 'present@people.test',
      noticeEmail: 'notices@people.test',
      passwordHash: 'HIDDEN-1',
      newPasswordDue: true,
      methods: [
        { id: 'email', method: 'email' },
        { id: 'HIDDEN-2', method: 'text', phone: '+12025550111', name: 'TOLD phone' },
        { id: 'HIDDEN-3', method: 'app', secret: 'HIDDEN-4', lastStep: 4_700_123, name: 'TOLD app' },
      ],
      passkeys: [
        {
          id: 'HIDDEN-5',
          publicKey: 'HIDDEN-6',
          counter: 4_700_456,
          transports: ['TOLD transport'],
          name: 'TOLD passkey',
          key: 'hwk',
          createdAt: AT(1),
          lastUsedAt: AT(2),
        },
      ],
      passkeyDeclinedAt: AT(3),
      backupCodeHash: 'HIDDEN-7',
      questions: { ids: [deps.config.questions[0]!, 'a question of the past'], answersHash: 'HIDDEN-8', forRecovery: false },
      terms: { version: '2019-01-01', at: AT(4) },
      memberships: { [service!.id]: service!.accountTypes[0]!.id, 'a service of the past': 'a type' },
      browsers: ['HIDDEN-9', 'HIDDEN-10'],
      createdAt: AT(5),
      sessionsSince: AT(6),
      othersSince: { but: 'HIDDEN-others', at: AT(6) },
      endedSessions: [{ id: 'HIDDEN-11', at: AT(20) }],
      former: {
        email: 'former@people.test',
        between: ['between@people.test'],
        methods: [
          { id: 'HIDDEN-12', method: 'text', phone: '+12025550122' },
          { id: 'HIDDEN-13', method: 'app', secret: 'HIDDEN-14', lastStep: 4_700_789 },
        ],
        backupCodeHash: 'HIDDEN-15',
        until: AT(7),
        frozenAt: AT(8),
      },
      closesAt: AT(9),
      keptAt: AT(10),
      locked: { at: AT(21), by: 'HIDDEN-16', reason: 'HIDDEN-17' },
    };
  };

  it('tells every field of an account, or why not', async () => {
    const { deps } = await sharedServer();
    const account = await marked();
    const { data } = await collectData(deps, account, 'en');
    const file = JSON.stringify(data);
    for (const told of [
      account.id,
      'present@people.test',
      'notices@people.test',
      '+12025550111',
      'TOLD phone',
      'TOLD app',
      'TOLD passkey',
      'TOLD transport',
      deps.texts.in('en').t(`questions.${deps.config.questions[0]}`),
      'a question of the past',
      '2019-01-01',
      'myUSCIS',
      'a service of the past',
      'former@people.test',
      'between@people.test',
      'text •••22',
      ...Array.from({ length: 9 }, (_, index) => AT(index + 1).toISOString()),
    ])
      expect(file, told).to.contain(told);
    expect(file)
      .not.to.match(/HIDDEN|4700/)
      .and.not.contain('+12025550122');
    expect(data.account).to.include({ newPasswordDue: true, backupCode: 'not used', knownBrowsers: 2, language: 'en' });
    expect(data.account['securityQuestions']).to.include({ forRecovery: false });
    for (const field of ['passwordHash', 'endedSessions', 'methods.secret', 'passkeys.publicKey', 'securityQuestions.answersHash'])
      expect(data.leftOut[`account.${field}`], field).to.be.a('string').that.has.length.above(10);
  });

  it('says that there are no questions where there are none', async () => {
    const { deps } = await sharedServer();
    const { data } = await collectData(deps, { ...(await marked()), questions: null }, 'en');
    expect(data.account['securityQuestions']).to.equal(null);
    expect(Object.keys(data.leftOut).filter((field) => /question/i.test(field))).to.deep.equal([]);
  });

  it('tells sessions, services, recoveries and the whole history', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    const by = { accountId: account.id, ip: '198.51.100.9', browser: 'HIDDEN', device: 'Firefox (Windows)' };
    const events = Array.from({ length: 70 }, (_, index) =>
      deps.audit.record({ type: 'terms.accepted', version: `version ${index}`, ...by }),
    );
    await deps.transaction([...events, deps.recoveries.start(account.id, 'questions', 72, 'HIDDEN')]);
    const { data } = await collectData(deps, account, 'en');
    expect(data.history).to.have.length(70);
    expect(data.history.map(({ version }) => version)).to.include.members(['version 0', 'version 69']);
    expect(data.history[0]).to.include({ type: 'terms.accepted', ip: '198.51.100.9', device: 'Firefox (Windows)' });
    expect(data.recoveries).to.have.length(1);
    expect(data.recoveries[0]).to.include({ proof: 'questions', ripe: false });
    expect([data.sessions, data.services]).to.deep.equal([[], []]);
    expect(JSON.stringify(data)).not.to.contain('HIDDEN');
  });

  it('tells that support has locked it, and neither who nor why', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    const by = { accountId: account.id, ip: '', browser: '', operators: ['HIDDEN'], reason: 'HIDDEN' } as const;
    await deps.transaction([
      deps.audit.record({ type: 'account.locked', ...by }),
      deps.audit.record({ type: 'account.unlocked', ...by }),
      deps.audit.record({
        type: 'recovery.waiting',
        ...by,
        proof: 'operators',
        operators: ['HIDDEN', 'HIDDEN'],
        reason: 'for its owner, too',
      }),
    ]);
    const { data } = await collectData(deps, account, 'en');
    expect(data.history.map(({ type }) => type)).to.have.members(['account.locked', 'account.unlocked', 'recovery.waiting']);
    expect(JSON.stringify(data)).to.contain('for its owner, too').and.not.contain('HIDDEN');
    expect(data.leftOut).to.have.property('why support has locked the account');
  });

  it('tells nothing of anybody else', async () => {
    const { deps } = await sharedServer();
    const [mine, theirs] = [await makeAccount(), await makeAccount()];
    await deps.transaction([
      deps.audit.record({ type: 'terms.accepted', version: 'theirs', accountId: theirs.id, ip: '198.51.100.9', browser: 'b' }),
      deps.recoveries.start(theirs.id, 'questions', 72),
    ]);
    const { data } = await collectData(deps, mine, 'en');
    expect(JSON.stringify(data)).not.to.contain(theirs.id).and.not.contain(theirs.email).and.not.contain('theirs');
    expect([data.history, data.recoveries]).to.deep.equal([[], []]);
  });

  it('knows of every collection that there is what it tells of it', async () => {
    const { deps } = await sharedServer();
    const { data } = await collectData(deps, await makeAccount(), 'en');
    const there = (await db.db!.listCollections().toArray()).map(({ name }) => name).filter((name) => !name.startsWith('system.'));
    expect(there.filter((name) => COLLECTIONS[name] === undefined)).to.deep.equal([]);
    for (const [name, told] of Object.entries(COLLECTIONS)) {
      const [, besides] = /^left out: (.*)/.exec(told) ?? [];
      if (besides) expect(data.leftOut, name).to.have.property(besides);
      else if (!told.includes(' ')) expect(data, name).to.have.property(told);
    }
  });
});
