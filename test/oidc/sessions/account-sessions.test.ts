import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import type { Ending } from '../../../src/journey/sessions.ts';
import { createTransaction } from '../../../src/mongo/transaction.ts';
import { testDatabase } from '../../support/mongo.ts';
import { API, CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, oauthError, type RelyingParty, submitForm } from '../../support/relying-party.ts';

const PHONE = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36';
const DESKTOP = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0';
const OFFLINE = { scope: 'openid email offline_access', prompt: 'consent' };

describe('oidc/sessions/account-sessions', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let told: RelyingParty;
  let shop: RelyingParty;
  let listener: Server;
  let answers: boolean;
  let ahead = 0;
  let count = 0;
  let ann: string;
  let bob: string;
  const received: string[] = [];

  before(async () => {
    listener = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      received.push(new URLSearchParams(body).get('logout_token')!);
      if (answers) res.writeHead(200).end();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const client = {
      client_id: 'told',
      client_name: 'A Service That Is Told',
      client_secret: SECRET,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://told.example/callback'],
      scope: 'openid email account_type',
      first_party: true,
      audiences: [API],
      backchannel_logout_uri: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/logout`,
      backchannel_logout_session_required: true,
    };
    op = await openTestProvider({
      db: await testDatabase(),
      clients: [...CLIENTS, client],
      clock: () => new Date(Date.now() + ahead * 1000),
    });
    told = await createRelyingParty(op.issuer, 'told', 'https://told.example/callback');
    const { ClientSecretPost } = await import('openid-client');
    shop = await createRelyingParty(op.issuer, 'shop.example', 'https://shop.example/callback', ClientSecretPost(SECRET));
  });
  after(() => {
    listener.closeAllConnections();
    listener.close();
  });
  beforeEach(() => {
    received.length = 0;
    answers = true;
    ahead = 0;
    ann = `ann-${++count}`;
    op.person(ann);
    bob = `bob-${count}`;
    op.person(bob);
    op.state.resolve = op.as(ann);
    op.prompts.length = 0;
  });

  const browserOf = (userAgent = DESKTOP) => createBrowser(op.issuer, { 'user-agent': userAgent });
  const who = async (browser: Browser) => JSON.parse((await browser.open('/')).body) as { accountId: string | null; sessionUid: string };
  const silently = async (browser: Browser) => (await told.authorize(browser, { prompt: 'none' })).error;
  const listed = () => op.sessions.of(ann);
  const sessionDocuments = () => op.db.collection('oidc_session').find({ accountId: ann }).toArray();

  /** Somebody signed in at the service that is told, in a browser of their own. */
  async function device(userAgent?: string) {
    const browser = browserOf(userAgent);
    const tokens = await told.signIn(browser);
    const { sessionUid } = await who(browser);
    const id = (await listed()).find(({ current }) => current(sessionUid))!.id;
    return { browser, tokens, sessionUid, id, sid: tokens.claims()!.sid as string, sub: tokens.claims()!.sub };
  }
  type Device = Awaited<ReturnType<typeof device>>;

  async function expectAlive({ browser, tokens, sub }: Device) {
    expect(await told.introspect(tokens.access_token)).to.include({ active: true });
    expect(await told.userInfo(tokens.access_token, sub)).to.include({ sub });
    expect(await who(browser)).to.include({ accountId: ann });
    expect(await silently(browser)).to.equal(null);
    expect(await told.refresh(tokens.refresh_token!)).to.have.property('access_token');
  }

  async function expectDead({ browser, tokens, sub }: Device) {
    expect(await who(browser)).to.deep.equal({ accountId: null });
    expect(await silently(browser)).to.equal('login_required');
    expect(await told.introspect(tokens.access_token)).to.deep.equal({ active: false });
    expect(await told.introspect(tokens.refresh_token!)).to.deep.equal({ active: false });
    expect(await told.userInfo(tokens.access_token, sub).catch(({ cause }) => cause[0].parameters.error)).to.equal('invalid_token');
    const answer = await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
    expect(answer.status).to.equal(401);
    expect(await oauthError(told.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
  }

  const toldOf = () => received.map((token) => decodeJwt(token).sid).sort();

  /** What became of each of many at once, the one that was first before the others. */
  const endedBy = async (endings: readonly (Ending | undefined)[]) => {
    const ended = endings.map((ending) =>
      op.end(ending).then(
        () => 'done',
        ({ code }) => code,
      ),
    );
    return (await Promise.all(ended)).sort((a, b) => Number(b === 'done') - Number(a === 'done'));
  };

  describe('the list', () => {
    it('can be of the newest alone: this one is among them, and the rest are counted', async () => {
      const here = await device();
      const others: Device[] = [];
      for (const later of [60, 120, 180]) {
        ahead = later;
        others.push(await device(PHONE));
      }
      const { sessions, more } = await op.sessions.newest(ann, 2, here.sessionUid);
      expect([sessions.map(({ id }) => id), more]).to.deep.equal([[here.id, others[2]!.id], 2]);
      const whole = await op.sessions.newest(ann, 20, here.sessionUid);
      expect([whole.sessions.length, whole.more]).to.deep.equal([4, 0]);
      expect((await op.sessions.one(ann, here.id))!.current(here.sessionUid)).to.equal(true);
      expect(await op.sessions.one(bob, here.id)).to.equal(undefined);
      expect(await op.sessions.newest(bob, 2, here.sessionUid)).to.deep.equal({ sessions: [], more: 0 });
    });

    it('says device, address and times of each, the one used last first, and which is this one', async () => {
      const desktop = await device();
      ahead = 60;
      const phone = await device(PHONE);
      const list = await listed();
      expect(list.map((session) => session.device)).to.deep.equal(['Chrome (Android)', 'Firefox (Windows)']);
      expect(list.map(({ current }) => current(desktop.sessionUid))).to.deep.equal([false, true]);
      for (const { ip, startedAt, lastUsedAt } of list) {
        expect(ip).to.match(/127\.0\.0\.1$/);
        expect(lastUsedAt.getTime()).to.be.at.least(startedAt.getTime());
      }
      expect(list[0]!.startedAt.getTime() - list[1]!.startedAt.getTime())
        .to.be.at.least(59_000)
        .and.at.most(90_000);
      expect(list.map(({ id }) => id)).to.deep.equal([phone.id, desktop.id]);
      expect(await op.sessions.of(bob)).to.deep.equal([]);
      expect(await op.sessions.of('nobody')).to.deep.equal([]);
    });

    it('keeps id and beginning of one that is renewed; use of our pages and of a service moves the last use', async () => {
      const first = await device();
      const [begun] = await listed();
      for (const [at, use] of [
        [600, () => first.browser.open(op.interactions.startUrl({ maxAge: 0 }))],
        [1200, () => who(first.browser)],
        [1800, () => told.refresh(first.tokens.refresh_token!)],
      ] as const) {
        ahead = at;
        await use();
        const list = await listed();
        expect(list).to.have.length(1);
        expect(list[0]).to.include({ id: first.id }).and.deep.include({ startedAt: begun!.startedAt });
        expect(list[0]!.lastUsedAt.getTime() - begun!.lastUsedAt.getTime()).to.be.within(at * 1000 - 1000, at * 1000 + 30_000);
      }
    });

    it('follows where a session was seen last', async () => {
      const { browser, id } = await device();
      const headers = { 'user-agent': PHONE };
      await browser.open((await told.begin()).url, { headers });
      expect(await listed()).to.have.length(1);
      expect((await listed())[0]).to.include({ id, device: 'Chrome (Android)' });
    });

    it('holds nothing that was typed as a browser, and nothing in clear', async () => {
      await device('<script>alert(1)</script>');
      await device(PHONE);
      expect((await listed()).map((session) => session.device).sort()).to.deep.equal(['', 'Chrome (Android)']);
      const raw = JSON.stringify(await sessionDocuments());
      for (const secret of ['Chrome', 'script', '127.0.0.1']) expect(raw).not.to.include(secret);
    });

    it('leaves out what has expired, is older than 12 hours, or was ended', async () => {
      await device();
      ahead = 31 * 60;
      expect(await listed()).to.deep.equal([]);
      ahead = 0;
      await op.db.collection('oidc_session').updateMany({ accountId: ann }, { $set: { exp: Math.floor(Date.now() / 1000) + 24 * 3600 } });
      expect(await listed()).to.have.length(1);
      ahead = 12 * 3600;
      expect(await listed()).to.deep.equal([]);
    });
  });

  describe('ending one', () => {
    it('ends it with its tokens, tells its services, and leaves the others alone', async () => {
      const [lost, kept] = [await device(PHONE), await device()];
      await op.end(await op.sessions.endOne(ann, lost.id));
      await expectDead(lost);
      expect(toldOf()).to.deep.equal([lost.sid]);
      expect(decodeJwt(received[0]!)).to.include({ sub: lost.sub, aud: 'told' });
      expect((await listed()).map(({ id }) => id)).to.deep.equal([kept.id]);
      await expectAlive(kept);
    });

    it('ends what the person allowed there for when nobody is there, too', async () => {
      const lost = await device();
      const offline = await shop.signIn(lost.browser, OFFLINE);
      await op.end(await op.sessions.endOne(ann, lost.id));
      expect(await oauthError(shop.refresh(offline.refresh_token!))).to.equal('invalid_grant');
    });

    it('is for the account’s own sessions', async () => {
      const mine = await device();
      for (const [account, id] of [
        [bob, mine.id],
        [ann, 'unknown'],
        [ann, ''],
        [ann, mine.sessionUid],
      ] as const)
        expect(await op.sessions.endOne(account, id), id).to.equal(undefined);
      await expectAlive(mine);
    });

    it('happens once, of many at once: the services are told once', async () => {
      const lost = await device();
      const endings = await Promise.all(Array.from({ length: 8 }, () => op.sessions.endOne(ann, lost.id)));
      expect(await endedBy(endings)).to.deep.equal(['done', ...Array(7).fill('changed_elsewhere')]);
      expect(toldOf()).to.deep.equal([lost.sid]);
      expect(await op.sessions.endOne(ann, lost.id)).to.equal(undefined);
    });
  });

  it('ending all others leaves this one with its tokens, and what is remembered as allowed', async () => {
    const [mine, one, two] = [await device(), await device(PHONE), await device()];
    const offline = { mine: await shop.signIn(mine.browser, OFFLINE), one: await shop.signIn(one.browser, OFFLINE) };
    await op.end(await op.sessions.endOthers(ann, mine.sessionUid));
    for (const other of [one, two]) await expectDead(other);
    expect(toldOf()).to.deep.equal([one.sid, two.sid].sort());
    expect(await oauthError(shop.refresh(offline.one.refresh_token!))).to.equal('invalid_grant');
    expect(await shop.refresh(offline.mine.refresh_token!)).to.have.property('access_token');
    await expectAlive(mine);
    op.prompts.length = 0;
    await shop.signIn(browserOf());
    expect(op.prompts).to.deep.equal(['login']);
  });

  describe('ending all', () => {
    it('ends every session, token and consent of this account, and of no other', async () => {
      const all = [await device(), await device(PHONE)];
      const offline = await shop.signIn(all[0]!.browser, OFFLINE);
      const { code } = await told.authorize(all[1]!.browser);
      op.state.resolve = op.as(bob);
      const his = browserOf();
      const tokens = await told.signIn(his);
      op.state.resolve = op.as(ann);
      ahead = 2;
      await op.end(await op.sessions.endAll(ann));
      for (const one of all) await expectDead(one);
      expect(toldOf()).to.deep.equal(all.map(({ sid }) => sid).sort());
      expect(await oauthError(shop.refresh(offline.refresh_token!))).to.equal('invalid_grant');
      expect(await op.provider.AuthorizationCode.find(code!)).to.equal(undefined);
      expect(await op.sessions.services(ann)).to.deep.equal([]);
      expect(await told.introspect(tokens.access_token)).to.include({ active: true });
      expect(await who(his)).to.include({ accountId: bob });

      op.prompts.length = 0;
      const again = browserOf();
      await shop.signIn(again);
      expect(op.prompts).to.deep.equal(['login', 'consent']);
      expect(await who(again)).to.include({ accountId: ann });
    });
  });

  for (const [what, end] of [
    ['all', async () => op.end(await op.sessions.endAll(ann))],
    ['all others', async () => op.end(await op.sessions.endOthers(ann, 'another'))],
  ] as const)
    it(`ending ${what} is not outlived by a sign-in that was proven before it and ends after it`, async () => {
      const browser = browserOf();
      const proven = Math.floor(Date.now() / 1000);
      let first = true;
      ahead = 5;
      op.state.resolve = (interaction) => {
        const result = op.as(ann, 'email', first ? proven : undefined)(interaction);
        first = false;
        return result;
      };
      await end();
      await browser.open(op.interactions.startUrl());
      expect(op.prompts).to.deep.equal(['login', 'login']);
    });

  describe('a request under way that writes its session back', () => {
    const endings: Readonly<Record<string, (device: Device) => Promise<unknown>>> = {
      'does not undo the end of everything': async () => op.end(await op.sessions.endAll(ann)),
      'does not undo the end of all others': async () => op.end(await op.sessions.endOthers(ann, 'another')),
      'does not undo the end of this one': async ({ id }) => op.end(await op.sessions.endOne(ann, id)),
      'does not undo a sign-out': async ({ browser }) => browser.open('/sign-out'),
      'does not undo a sign-out at a service': async ({ browser, tokens }) =>
        submitForm(browser, await browser.open(told.logoutUrl({ id_token_hint: tokens.id_token! }))),
    };
    for (const [title, end] of Object.entries(endings))
      it(title, async () => {
        const lost = await device();
        const documents = await sessionDocuments();
        const cookie = await lost.browser.jar.getCookieString(op.issuer);
        await end(lost);
        for (const line of cookie.split('; ')) await lost.browser.jar.setCookie(line, op.issuer);
        await op.db.collection('oidc_session').insertMany(documents);
        expect(await listed()).to.deep.equal([]);
        await expectDead(lost);
        ahead = 2;
        op.prompts.length = 0;
        await lost.browser.open(op.interactions.startUrl());
        expect(op.prompts).to.deep.equal(['login']);
        expect(await who(lost.browser)).to.include({ accountId: ann });
      });

    it('nor do requests that are really under way', async () => {
      const devices = await Promise.all(Array.from({ length: 4 }, () => device()));
      ahead = 2;
      // Whoever is asked to sign in does not.
      op.state.resolve = () => undefined;
      const authorizing = devices.flatMap(({ browser }) => [told.authorize(browser), told.authorize(browser)]);
      const refreshing = devices.map(({ tokens }) => told.refresh(tokens.refresh_token!).catch(() => undefined));
      const visiting = devices.map(({ browser }) => browser.open('/'));
      const ending = (async () => op.end(await op.sessions.endAll(ann)))();
      await Promise.all([...authorizing, ...refreshing, ...visiting, ending]);
      for (const one of devices) {
        expect(await who(one.browser)).to.deep.equal({ accountId: null });
        expect(await silently(one.browser)).to.equal('login_required');
      }
      for (const given of await Promise.all(refreshing)) {
        if (!given) continue;
        expect(await oauthError(told.refresh(given.refresh_token!))).to.equal('invalid_grant');
        expect(await told.introspect(given.access_token)).to.deep.equal({ active: false });
      }
      const { authorizationCodeGrant } = await import('openid-client');
      for (const { code, answer, checks } of await Promise.all(authorizing))
        if (code) expect(await oauthError(authorizationCodeGrant(told.config, answer.url, checks))).to.equal('invalid_grant');
    });

    for (const [title, end] of Object.entries(endings))
      it(`${title}: nor does a code or a token that was given out in that moment`, async () => {
        const lost = await device();
        const { answer, checks } = await told.authorize(lost.browser);
        const collections = ['authorization_code', 'access_token', 'refresh_token', 'grant', 'session'].map((name) => `oidc_${name}`);
        const kept = await Promise.all(collections.map((name) => op.db.collection(name).find({ accountId: ann }).toArray()));
        ahead = 2;
        await end(lost);
        for (const [index, name] of collections.entries()) {
          await op.db.collection(name).deleteMany({ accountId: ann });
          await op.db.collection(name).insertMany(kept[index]!);
        }
        expect(await oauthError(told.refresh(lost.tokens.refresh_token!))).to.equal('invalid_grant');
        const { authorizationCodeGrant } = await import('openid-client');
        expect(await oauthError(authorizationCodeGrant(told.config, answer.url, checks))).to.equal('invalid_grant');
      });
  });

  describe('services', () => {
    it('are the clients that hold something, with what they may see', async () => {
      const { browser } = await device();
      const before = Date.now();
      await shop.signIn(browser, { scope: 'openid email' });
      const services = await op.sessions.services(ann);
      expect(services.map(({ since: _, ...service }) => service)).to.deep.equal([
        { clientId: 'told', name: 'A Service That Is Told', scopes: ['openid'], firstParty: true },
        { clientId: 'shop.example', name: 'A Shop', scopes: ['openid', 'email'], firstParty: false },
      ]);
      for (const { since } of services) expect(since!.getTime()).to.be.within(before - 30_000, Date.now());
      expect(await op.sessions.services(bob)).to.deep.equal([]);
      ahead = 400 * 24 * 3600;
      expect(await op.sessions.services(ann)).to.deep.equal([]);
    });

    it('lose what they hold when it is withdrawn: tokens, consent, and their part of every session', async () => {
      const [one, two] = [await device(), await device(PHONE)];
      const offline = await shop.signIn(one.browser, OFFLINE);
      const { code } = await shop.authorize(one.browser);
      await op.end(await op.sessions.withdraw(ann, 'shop.example'));
      expect(await oauthError(shop.refresh(offline.refresh_token!))).to.equal('invalid_grant');
      expect(await shop.introspect(offline.access_token)).to.deep.equal({ active: false });
      expect(await op.provider.AuthorizationCode.find(code!)).to.equal(undefined);
      expect((await op.sessions.services(ann)).map(({ clientId }) => clientId)).to.deep.equal(['told']);
      expect(received).to.have.length(0);
      op.prompts.length = 0;
      await shop.signIn(one.browser);
      expect(op.prompts).to.deep.equal(['consent']);
      await expectAlive(one);
      await expectAlive(two);
    });

    it('of the operator’s own are told, too, and come back by themselves with the next use', async () => {
      const [one, two] = [await device(), await device(PHONE)];
      await op.end(await op.sessions.withdraw(ann, 'told'));
      expect(toldOf()).to.deep.equal([one.sid, two.sid].sort());
      for (const { tokens } of [one, two]) {
        expect(await oauthError(told.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
        expect(await told.introspect(tokens.access_token)).to.deep.equal({ active: false });
      }
      expect(await who(one.browser)).to.include({ accountId: ann });
      op.prompts.length = 0;
      const tokens = await told.signIn(one.browser);
      expect(op.prompts).to.deep.equal([]);
      expect(tokens.claims()!.sid).not.to.equal(one.sid);
      expect(await told.introspect(tokens.access_token)).to.include({ active: true });
    });

    it('are withdrawn from their own account alone, and from those that hold something', async () => {
      const mine = await device();
      for (const [account, client] of [
        [bob, 'told'],
        [ann, 'shop.example'],
        [ann, 'unknown'],
        [ann, 'account-pages'],
      ] as const)
        expect(await op.sessions.withdraw(account, client), client).to.equal(undefined);
      await expectAlive(mine);
    });

    it('are withdrawn once, of many at once', async () => {
      const mine = await device();
      const endings = await Promise.all(Array.from({ length: 8 }, () => op.sessions.withdraw(ann, 'told')));
      expect(await endedBy(endings)).to.deep.equal(['done', ...Array(7).fill('changed_elsewhere')]);
      expect(toldOf()).to.deep.equal([mine.sid]);
    });
  });

  describe('telling the services', () => {
    it('LO-05: holds up nobody, and never fails, however long a service takes', async () => {
      await device();
      await device();
      answers = false;
      const { writes, after } = (await op.sessions.endAll(ann)) as Ending;
      await createTransaction(op.db)(writes);
      const began = performance.now();
      await after();
      expect(performance.now() - began).to.be.below(100);
      await op.untilTold();
      expect(received).to.have.length(2);
    });

    it('comes after the end is saved: a change that fails tells nobody', async () => {
      await device();
      const ending = (await op.sessions.endAll(ann)) as Ending;
      const failing = async () => {
        throw new Error('not saved');
      };
      const saved = await op.end({ writes: [...ending.writes, failing], after: ending.after }).catch(({ message }) => message);
      expect(saved).to.equal('not saved');
      expect(received).to.have.length(0);
      expect(await sessionDocuments()).to.have.length(1);
      expect(await op.db.collection('oidc_grant').countDocuments({ accountId: ann })).to.equal(1);
    });
  });

  describe('an account that is to be erased', () => {
    it('has no session and gets no token, until its owner signs in and keeps it', async () => {
      const mine = await device();
      op.people.get(ann)!.closesAt = new Date(Date.now() + 14 * 24 * 3600_000);
      expect(await listed()).to.deep.equal([]);
      await expectDead(mine);
      // The journey that keeps it says so before its result is used.
      op.state.resolve = (interaction) => {
        op.people.get(ann)!.closesAt = null;
        return op.as(ann)(interaction);
      };
      op.prompts.length = 0;
      const tokens = await told.signIn(mine.browser);
      expect(op.prompts).to.deep.equal(['login']);
      expect(tokens.claims()!.sub).to.equal(mine.sub);
      expect(await who(mine.browser)).to.include({ accountId: ann });
    });

    it('is not signed in to by a journey that does not keep it', async () => {
      op.people.get(ann)!.closesAt = new Date(Date.now() + 1000);
      const browser = browserOf();
      let pages = 0;
      op.state.resolve = (interaction) => (pages++ === 0 ? op.as(ann)(interaction) : undefined);
      await browser.open(op.interactions.startUrl());
      expect(op.prompts).to.deep.equal(['login', 'login']);
      expect(await who(browser)).to.deep.equal({ accountId: null });
    });
  });
});
