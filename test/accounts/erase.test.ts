import { expect } from 'chai';
import type { Connection } from 'mongoose';
import type { Account } from '../../src/accounts/account.ts';
import { createErasing } from '../../src/accounts/erase.ts';
import { noticesTo } from '../../src/accounts/notices.ts';
import { filedAs } from '../../src/accounts/recovery-store.ts';
import { AppError } from '../../src/errors.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createOperatorStore } from '../../src/recovery/operators/operator-store.ts';
import { newAddress } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { failure } from '../support/store-parts.ts';

const DAY = 24 * 3600;

describe('accounts/erase', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let count = 0;
  let requests: ReturnType<typeof createOperatorStore>;

  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    requests = createOperatorStore({ db, clock: server.clock, seal: server.deps.seal });
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const erasing = () => server.erasing;
  const commit = (writes: Parameters<typeof server.deps.transaction>[0]) => server.deps.transaction(writes);

  async function made(change: Partial<Account> = {}): Promise<Account> {
    const { deps, config } = server;
    const email = change.email ?? newAddress('erase');
    const account = {
      id: `account-${Date.now()}-${++count}`,
      email,
      language: 'en' as const,
      passwordHash: 'a hash',
      methods: [{ id: 'email', method: 'email' } as const, { id: 'a-phone', method: 'text', phone: '+12025550143' } as const],
      backupCodeHash: 'a hash',
      questions: { ids: ['a', 'b', 'c', 'd', 'e'], answersHash: 'a hash' },
      terms: { version: config.terms.version, at: deps.clock() },
      memberships: {},
      browsers: ['a browser'],
      ...change,
    };
    await commit([deps.accounts.create(account, email)]);
    return (await deps.accounts.find(account.id))!;
  }
  /** Closed by its owner, and its time is over. */
  async function due(change: Partial<Account> = {}): Promise<Account> {
    const account = await made(change);
    await commit([server.deps.accounts.close(account.id, 14)]);
    server.clock.advance(14 * DAY + 1);
    return account;
  }
  const tombstoneOf = (id: string) => db.collection<{ _id: string; closedAt: Date }>('tombstones').findOne({ _id: id });
  /** Every document of the database in which this stands. */
  async function traces(word: string): Promise<string[]> {
    const found: string[] = [];
    for (const { collectionName } of await db.db!.collections())
      for (const document of await db.collection(collectionName).find().toArray())
        if (JSON.stringify(document).includes(word)) found.push(collectionName);
    return found;
  }

  /** Something of this account in every collection that names accounts. */
  async function leaveTraces({ id, email }: Account): Promise<void> {
    const { deps } = server;
    const by = { accountId: id, ip: '198.51.100.23', browser: 'a digest' };
    await commit([
      deps.audit.record({ type: 'terms.accepted', version: '1', ...by }),
      deps.recoveries.start(id, 'questions', 72),
      deps.mailedLinks.issue({ purpose: 'not-me', about: id, canonical: email, hours: 24 }).write,
    ]);
    await requests.request({ accountId: id, operator: 'an operator', about: 'operators', email: 'ana@people.test', reason: 'a reason' });
    await deps.attempts.spend('code-account', id);
    await deps.attempts.spend('code-method', `${id}|email-code`);
    await deps.attempts.spend('password-account', email);
    for (const [kind, accountId] of [
      ['change-password', id],
      ['recovery', filedAs(id, 'former')],
    ] as const) {
      const begun = { browser: 'a digest', authorization: {}, language: 'en', keptMinutes: 30 } as const;
      await deps.journeys.open({ ...begun, kind, uid: deps.newId(), accountId });
    }
    const hour = new Date(deps.clock().getTime() + 3600_000);
    for (const name of ['oidc_session', 'oidc_grant', 'oidc_access_token', 'oidc_refresh_token', 'oidc_authorization_code'])
      await db.collection<{ _id: string }>(name).insertOne({
        _id: `${name} of ${id}`,
        accountId: id,
        clientId: 'myuscis',
        payload: { accountId: id },
        ...(name === 'oidc_session' && { uid: `uid of ${id}`, sealed: deps.seal.seal('{}', `oidc_session/${name} of ${id}/payload`) }),
        expiresAt: hour,
      } as never);
  }
  const counters = () => db.collection('attempts').countDocuments();

  it('leaves a tombstone with the day, and nothing else of an account whose time is over', async () => {
    const account = await due();
    const { id, email } = account;
    const before = await counters();
    const journeys = await db.collection('journeys').countDocuments();
    await leaveTraces(account);
    expect(await traces(id)).to.include.members(['accounts', 'audit_events', 'recoveries', 'mailed_links', 'oidc_session', 'oidc_grant']);
    expect(await erasing().run()).to.equal(1);
    expect(await traces(id)).to.deep.equal(['tombstones']);
    expect(await counters(), 'counters').to.equal(before);
    expect(await db.collection('journeys').countDocuments(), 'journeys').to.equal(journeys);
    expect(await server.deps.accounts.findByEmail(email)).to.equal(undefined);
    const { closedAt, ...rest } = (await tombstoneOf(id))!;
    expect(closedAt).to.be.instanceOf(Date);
    expect(rest).to.deep.equal({ _id: id, unswept: true });
  });

  it('leaves accounts that are not closed, whose time is not over, or that were kept after all', async () => {
    const { deps, clock } = server;
    const [open, closing, kept] = [await made(), await made(), await made()];
    await commit([deps.accounts.close(closing.id, 14), deps.accounts.close(kept.id, 14)]);
    clock.advance(14 * DAY - 60);
    await commit([deps.accounts.reopen(kept.id)]);
    await erasing().run();
    for (const { id } of [open, closing, kept]) expect(await deps.accounts.find(id)).to.include({ id });
    clock.advance(120);
    expect(await failure(commit([deps.accounts.reopen(closing.id)]))).to.include({ code: 'page_expired' });
    expect(await erasing().run()).to.equal(1);
    expect(await deps.accounts.find(closing.id)).to.equal(undefined);
    expect(await deps.accounts.find(kept.id)).to.include({ id: kept.id });
  });

  it('tells the owner for the last time, and takes back what was still to be told', async () => {
    const { deps } = server;
    const notices = newAddress('notices');
    const account = await due();
    await commit([deps.accounts.setNoticeEmail(account.id, { from: null, to: notices })]);
    // Its mail server was away: it waits to be tried again.
    await commit(noticesTo(deps, account, `code-failures/${account.id}`, { kind: 'code-failures' }));
    const later = new Date(deps.clock().getTime() + 3600_000);
    await db.collection('messages').updateMany({ kind: 'code-failures' }, { $set: { state: 'waiting', nextAt: later } });
    await erasing().run();
    for (const address of [account.email, notices]) {
      const { html = '', text } = await server.newest(address);
      expect(text).to.match(/erased|closed/i);
      expect(`${html}${text}`).not.to.contain(account.id);
      expect(await server.received(address)).to.have.length(1);
    }
    const [taken] = await db.collection('messages').find({ kind: 'code-failures' }).toArray();
    expect(taken).to.include({ state: 'refused' });
    expect(taken).not.to.have.any.keys('sealed', 'nextAt');
  });

  it('is done once by many processes at once', async () => {
    const accounts = [await made(), await made(), await made()];
    await commit(accounts.map(({ id }) => server.deps.accounts.close(id, 14)));
    server.clock.advance(14 * DAY + 1);
    const counted = await Promise.all(Array.from({ length: 6 }, () => erasing().run()));
    expect(counted.reduce((sum, erased) => sum + erased, 0)).to.equal(3);
    for (const { id, email } of accounts) {
      expect(await tombstoneOf(id)).to.include({ _id: id });
      await server.newest(email);
      expect(await server.received(email)).to.have.length(1);
    }
  });

  it('does nothing by halves: what fails in the middle is done by the next run, and holds up no other account', async () => {
    const { deps } = server;
    const [broken, sound] = [await made(), await made()];
    await leaveTraces(broken);
    await commit([deps.accounts.close(broken.id, 14), deps.accounts.close(sound.id, 14)]);
    server.clock.advance(14 * DAY + 1);
    const before = (await traces(broken.id)).toSorted();
    // As if the process died: everything was under way, and nothing was committed.
    const dying = createErasing({
      ...deps,
      audit: {
        ...deps.audit,
        forget: (id) => async (session) => {
          await deps.audit.forget(id)(session);
          if (id === broken.id) throw new Error('the process dies here');
        },
      },
    });
    expect(await dying.run()).to.equal(1);
    expect((await traces(broken.id)).toSorted()).to.deep.equal(before);
    expect(await server.received(broken.email)).to.have.length(0);
    expect(await deps.accounts.find(sound.id)).to.equal(undefined);
    expect(await erasing().run()).to.equal(1);
    expect(await traces(broken.id)).to.deep.equal(['tombstones']);
    await server.newest(broken.email);
  });

  it('sweeps once more for what a request under way wrote after it', async () => {
    const { clock } = server;
    const account = await due();
    const { id } = account;
    await erasing().run();
    await leaveTraces(account);
    await erasing().run();
    expect(await traces(id)).to.include('audit_events');
    clock.advance(3601);
    expect(await erasing().run(), 'accounts erased').to.equal(0);
    expect(await traces(id)).to.deep.equal(['tombstones']);
    expect(await tombstoneOf(id)).to.have.all.keys('_id', 'closedAt');
    await leaveTraces(account);
    await erasing().run();
    expect(await traces(id), 'a second sweep').to.include('audit_events');
    await db.collection('audit_events').deleteMany({ accountId: id });
  });

  it('never gives an id again, and gives the address a new one', async () => {
    const { deps } = server;
    const { id, email } = await due();
    await erasing().run();
    const again = failure(made({ id, email }));
    expect(await again)
      .to.be.instanceOf(AppError)
      .and.include({ code: 'page_expired' });
    expect(await deps.accounts.findByEmail(email)).to.equal(undefined);
    const anew = await made({ email });
    expect((await deps.accounts.findByEmail(email))!.id)
      .to.equal(anew.id)
      .and.not.equal(id);
  });

  it('waits while a former address has objected: closing may have been a thief\u2019s', async () => {
    const { deps } = server;
    const account = await made();
    const from = { address: account.email, canonical: account.email };
    const address = newAddress('thief');
    await commit([deps.accounts.changeEmail(account.id, from, { address, canonical: address })]);
    await commit([deps.accounts.close(account.id, 14), deps.accounts.freeze(account.id, account.email)]);
    server.clock.advance(20 * DAY);
    expect(await erasing().run()).to.equal(0);
    expect(await deps.accounts.find(account.id)).to.include({ id: account.id });
    await commit([deps.accounts.confirmEmail(account.id, from)]);
    expect(await erasing().run()).to.equal(1);
  });

  it('forgets a former address that did not object in its time, and none that did', async () => {
    const { deps } = server;
    const moved = async () => {
      const { id, email } = await made();
      const [from, to] = [email, newAddress('moved')].map((address) => ({ address, canonical: address.toLowerCase() })) as [
        { address: string; canonical: string },
        { address: string; canonical: string },
      ];
      await commit([deps.accounts.changeEmail(id, from, to)]);
      return { id, from };
    };
    const [silent, objected] = [await moved(), await moved()];
    await commit([deps.accounts.freeze(objected.id, objected.from.canonical)]);
    server.clock.advance(6 * DAY);
    await erasing().run();
    expect((await deps.accounts.find(silent.id))!.former!.email).to.equal(silent.from.address);
    server.clock.advance(2 * DAY);
    await erasing().run();
    expect((await deps.accounts.find(silent.id))!.former).to.equal(null);
    expect((await deps.accounts.find(objected.id))!.former!.email).to.equal(objected.from.address);
  });

  it('stops when it is told to, and begins nothing after that', async () => {
    const { id } = await due();
    const stopped = createErasing(server.deps);
    stopped.start();
    await stopped.stop();
    expect(await stopped.run()).to.equal(0);
    expect(await server.deps.accounts.find(id)).to.include({ id });
    expect(await erasing().run()).to.equal(1);
  });
});
