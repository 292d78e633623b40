/** What docs/operating.md promises of how long things are kept, held against a server that has been used. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { noticesTo } from '../../src/accounts/notices.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createLogoutNoticeStore } from '../../src/oidc-store/logout-notice-store.ts';
import { createOperatorStore } from '../../src/recovery/operators/operator-store.ts';
import { configDir } from '../config/config-dir.ts';
import { untilDelivered } from '../support/delivered.ts';
import { completeSignUp, newAddress } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { authorizeUrl, SHOP, THIRD_PARTY, VERIFIER } from '../support/tour.ts';

const UNITS: Readonly<Record<string, number>> = { day: 86_400, hour: 3600, minute: 60 };
const secondsOf = (words: string) =>
  [...words.matchAll(/(\d+) (day|hour|minute)s?/g)].reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit!]!, 0);

const ROWS = readFileSync('docs/operating.md', 'utf8')
  .split('## What is kept, and for how long')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => {
    const [, collection = '', , , most = '', field = ''] = line.split('|').map((cell) => cell.trim().replace(/^`(.*)`$/, '$1'));
    return { collection, most: secondsOf(most), field };
  });

/** Kept for less, unless it is used up to the last moment. */
const UP_TO = ['oidc_session'];
/** Services say themselves how long what they sign is good, operators what they issue. */
const UNBOUNDED = ['oidc_replay_detection', 'oidc_initial_access_token'];
/** The provider's storage keeps everything a minute longer than it counts; the rest is what the test itself takes. */
const SPARE = 150;

describe('what is kept, and for how long', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;

  before(async () => {
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [SHOP] }) } });
    db = await connectMongo(server.env.MONGODB_URI);
    await fetch(`${server.origin}/health/ready`);
    await useEverything();
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  /** Leaves something in every collection, where it can be the longest that there is. */
  async function useEverything(): Promise<void> {
    const { deps } = server;
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    const { email } = await completeSignUp(server, visitor, newAddress('kept'));
    const account = (await deps.accounts.findByEmail(email))!;
    const basic = `Basic ${Buffer.from(`${SHOP.client_id}:${SHOP.client_secret}`).toString('base64')}`;
    const post = async (path: string, fields: Readonly<Record<string, string>>) => {
      const headers = { authorization: basic, 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await fetch(server.origin + path, { method: 'POST', headers, body: new URLSearchParams(fields) });
      expect(answer.ok, `${path}: ${await answer.text()}`).to.equal(true);
    };
    const request = authorizeUrl(THIRD_PARTY, { scope: 'openid email offline_access', prompt: 'consent' });
    await visitor.open(server.origin + request);
    await visitor.press('Allow');
    const code = new URL(visitor.page().url).searchParams.get('code')!;
    const redirect = { redirect_uri: THIRD_PARTY.redirectUri };
    await post('/token', { grant_type: 'authorization_code', code, code_verifier: VERIFIER, ...redirect });
    await post('/par', Object.fromEntries(new URLSearchParams(request.split('?')[1])));
    await server.visitor().open('/users/sign_up');
    await deps.attempts.spend('code-method', `${account.id}|email-code`);
    await createOperatorStore({ db, clock: deps.clock, seal: deps.seal }).request({
      accountId: account.id,
      operator: 'kim',
      about: 'operators',
      email,
      reason: 'Passport checked.',
    });
    await createLogoutNoticeStore({ db, rootSecret: deps.rootSecret, clock: deps.clock }).add([
      { accountId: account.id, clientId: SHOP.client_id, sid: 'a sid' },
    ]);
    await deps.transaction([
      deps.recoveries.cancel(account.id),
      deps.usedChallenges.use('a challenge'),
      deps.codes.issue({ purpose: 'email-code', journeyId: 'x', destination: email }, deps.config.policy.code.emailMinutes).write,
      ...noticesTo(deps, account, 'kept', { kind: 'security-change', what: 'sessions-ended' }),
    ]);
    await untilDelivered({ deps });
  }

  it('names every collection that there is, and no other', async () => {
    const there = (await db.db!.listCollections().toArray()).map(({ name }) => name);
    expect(ROWS.map(({ collection }) => collection).toSorted()).to.deep.equal(there.toSorted());
  });

  for (const { collection, most, field } of ROWS)
    it(`${collection}: ${field ? 'a TTL index ends it' : 'has no TTL index'}`, async () => {
      const indexes = await db.collection(collection).indexes();
      const ends = indexes.flatMap(({ key, expireAfterSeconds }) => (expireAfterSeconds === undefined ? [] : [[key, expireAfterSeconds]]));
      expect(ends).to.deep.equal(field ? [[{ [field]: 1 }, 0]] : []);
      expect(most > 0, 'a longest time is named').to.equal(field !== '' && !UNBOUNDED.includes(collection));
      if (most === 0) return;
      const [newest] = await db
        .collection(collection)
        .find({ [field]: { $exists: true } })
        .sort({ [field]: -1 })
        .limit(1)
        .toArray();
      const left = ((newest![field] as Date).getTime() - server.clock().getTime()) / 1000;
      expect(left, 'seconds that the longest is kept').to.be.at.most(most + SPARE);
      if (!UP_TO.includes(collection)) expect(left, 'seconds that the longest is kept').to.be.at.least(most - SPARE);
    });

  it('has an end for every document where it promises one', async () => {
    for (const { collection, field } of ROWS) {
      if (!field) continue;
      const endless = await db.collection(collection).countDocuments({ [field]: { $not: { $type: 'date' } } });
      expect(endless, collection).to.equal(0);
    }
  });
});
