import { expect } from 'chai';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../../support/provider.ts';
import { createBrowser } from '../../support/relying-party.ts';

const AGENT = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0' };

describe('oidc/sessions/seen', function () {
  this.timeout(60_000);
  let op: TestProvider;
  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
  });

  /** What the library itself finds in the session of this browser. */
  async function seenIn(browser: ReturnType<typeof createBrowser>) {
    const cookies = await browser.jar.getCookies(op.issuer);
    const session = await op.provider.Session.find(cookies.find(({ key }) => key === 'session')!.value);
    return (session as unknown as { seen?: object }).seen;
  }

  it('notes nothing while nobody is signed in', async () => {
    const browser = createBrowser(op.issuer, AGENT);
    await browser.open('/logout');
    expect(await seenIn(browser)).to.equal(undefined);
  });

  it('survives the library, which keeps only what it knows of', async () => {
    const browser = createBrowser(op.issuer, AGENT);
    const now = Math.floor(Date.now() / 1000);
    await browser.open(op.interactions.startUrl());
    const seen = (await seenIn(browser)) as { startedAt: number };
    expect(seen)
      .to.include({ device: 'Firefox (Windows)' })
      .and.have.property('ip')
      .that.matches(/127\.0\.0\.1$/);
    expect(seen.startedAt).to.be.within(now, now + 5);
  });

  it('is there when a sign-in leads to another page before it ends', async () => {
    const browser = createBrowser(op.issuer, AGENT);
    op.state.resolve = (interaction) => (interaction.prompt === 'consent' ? undefined : op.as('ann')(interaction));
    const query = new URLSearchParams({
      client_id: 'shop.example',
      redirect_uri: 'https://shop.example/callback',
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'a'.repeat(43),
      code_challenge_method: 'S256',
    });
    expect((await browser.open(`/authorize?${query}`)).body).to.equal('waiting: consent');
    expect(await seenIn(browser)).to.include({ device: 'Firefox (Windows)' });
  });
});
