import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { testDatabase } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, type RelyingParty } from '../../support/relying-party.ts';

describe('oidc/sessions/name-anew', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let told: RelyingParty;
  let listener: Server;
  let ahead = 0;
  const received: unknown[] = [];

  before(async () => {
    listener = createServer(async (req, res) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      received.push(decodeJwt(new URLSearchParams(body).get('logout_token')!).sid);
      res.writeHead(200).end();
    });
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const client = {
      client_id: 'told',
      client_secret: SECRET,
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://told.example/callback'],
      first_party: true,
      backchannel_logout_uri: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/logout`,
    };
    op = await openTestProvider({
      db: await testDatabase(),
      clients: [...CLIENTS, client],
      clock: () => new Date(Date.now() + ahead * 1000),
    });
    told = await createRelyingParty(op.issuer, 'told', 'https://told.example/callback');
  });
  after(() => new Promise((resolve) => listener.close(resolve)));
  beforeEach(() => {
    received.length = 0;
    ahead = 0;
    op.person('ann');
  });

  const who = async (browser: Browser) => JSON.parse((await browser.open('/')).body) as { accountId: string | null; sessionUid: string };

  /** What happens while this is under way, from when it has read the session until it writes it back. */
  async function during(request: () => Promise<unknown>, meanwhile: () => Promise<unknown>): Promise<void> {
    const { prototype } = op.provider.Session as unknown as { prototype: { save(ttl: number): Promise<unknown> } };
    const { save } = prototype;
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    prototype.save = async function (ttl) {
      prototype.save = save;
      reached.resolve();
      await released.promise;
      return save.call(this, ttl);
    };
    const answered = request();
    await reached.promise;
    await meanwhile();
    released.resolve();
    await answered;
  }

  it('gives services other names for a session that was written back, which they are told of, too', async () => {
    const browser = createBrowser(op.issuer);
    const first = (await told.signIn(browser)).claims()!.sid;
    const { sessionUid } = await who(browser);
    await during(
      () => told.authorize(browser),
      async () => {
        await browser.open('/sign-out');
        await op.untilTold();
      },
    );
    expect(received).to.deep.equal([first]);
    expect(await who(browser)).to.deep.equal({ accountId: null });

    ahead = 2;
    op.prompts.length = 0;
    const second = (await told.signIn(browser)).claims()!.sid;
    expect(op.prompts).to.deep.equal(['login']);
    expect(second).to.be.a('string').that.does.not.equal(first);
    const now = await who(browser);
    expect(now.accountId).to.equal('ann');
    expect(now.sessionUid).not.to.equal(sessionUid);
    // No further time: what they know it by stays.
    expect((await told.signIn(browser)).claims()!.sid).to.equal(second);
    expect((await who(browser)).sessionUid).to.equal(now.sessionUid);

    await browser.open('/sign-out');
    await op.untilTold();
    expect(received).to.deep.equal([first, second]);
  });

  it('leaves a session alone that signs in again and was not ended', async () => {
    const browser = createBrowser(op.issuer);
    const first = (await told.signIn(browser)).claims()!.sid;
    const { sessionUid } = await who(browser);
    expect((await told.signIn(browser, { prompt: 'login' })).claims()!.sid).to.equal(first);
    expect((await who(browser)).sessionUid).to.equal(sessionUid);
  });
});
