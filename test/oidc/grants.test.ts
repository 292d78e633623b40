import { expect } from 'chai';
import * as oauth from 'openid-client';
import { testDatabase } from '../support/mongo.ts';
import { openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../support/relying-party.ts';

describe('oidc/grants', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let service: RelyingParty;
  let shop: RelyingParty;
  let ids = 0;
  /** The consent that is remembered lives for a year, the grant of a session for a month. */
  const inTwoMonths = new Date(Date.now() + 60 * 24 * 3600_000);

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    shop = await createRelyingParty(op.issuer, 'shop.example', 'https://shop.example/callback', oauth.ClientSecretPost(SECRET));
  });
  beforeEach(() => {
    const { id } = op.person(`person-${++ids}`);
    op.state.resolve = op.as(id);
    op.prompts.length = 0;
  });

  it('asks nobody about the operator’s own services, not even on request', async () => {
    await service.signIn(createBrowser(op.issuer), { scope: 'openid email', prompt: 'consent' });
    expect(op.prompts).to.deep.equal(['login', 'account-type']);
  });

  it('OP-10: asks about a third party, once, and remembers it beyond the session', async () => {
    const browser = createBrowser(op.issuer);
    await shop.signIn(browser, { scope: 'openid email' });
    expect(op.prompts).to.deep.equal(['login', 'consent']);
    expect(op.state.shown).to.deep.include({ scopesAsked: ['openid', 'email'] });
    expect(op.state.shown!.client).to.deep.include({
      id: 'shop.example',
      name: 'A Shop',
      firstParty: false,
      redirectOrigins: ['https://shop.example'],
    });
    await shop.signIn(createBrowser(op.issuer), { scope: 'openid email' });
    expect(op.prompts).to.deep.equal(['login', 'consent', 'login']);
  });

  it('OP-10: asks again for what is new, and each time for prompt=consent', async () => {
    const browser = createBrowser(op.issuer);
    await shop.signIn(browser, { scope: 'openid' });
    op.prompts.length = 0;
    const tokens = await shop.signIn(browser, { scope: 'openid email' });
    expect(op.prompts).to.deep.equal(['consent']);
    expect(op.state.shown!.scopesAsked).to.deep.equal(['email']);
    expect(await shop.userInfo(tokens.access_token, tokens.claims()!.sub)).to.have.property('email');
    await shop.signIn(browser, { scope: 'openid email', prompt: 'consent' });
    expect(op.prompts).to.deep.equal(['consent', 'consent']);
    expect(op.state.shown!.scopesAsked).to.deep.equal(['openid', 'email']);
    // What is new is not all that the person is to think about where the service wants them to think again.
    await shop.signIn(browser, { scope: 'openid email offline_access', prompt: 'consent' });
    expect(op.state.shown!.scopesAsked).to.deep.equal(['openid', 'email', 'offline_access']);
  });

  it('OP-10: asks in no session for what was allowed in another since', async () => {
    const [phone, laptop] = [createBrowser(op.issuer), createBrowser(op.issuer)];
    await shop.signIn(phone, { scope: 'openid' });
    await shop.signIn(laptop, { scope: 'openid email' });
    op.prompts.length = 0;
    const tokens = await shop.signIn(phone, { scope: 'openid email' });
    expect(op.prompts).to.deep.equal([]);
    expect(await shop.userInfo(tokens.access_token, tokens.claims()!.sub)).to.have.property('email');
  });

  it('OP-04, OP-10: says consent_required to prompt=none, and access_denied for a refusal, which is not remembered', async () => {
    const browser = createBrowser(op.issuer);
    await service.signIn(browser);
    expect((await shop.authorize(browser, { prompt: 'none' })).error).to.equal('consent_required');
    const allow = op.state.resolve;
    op.state.resolve = ({ prompt, ...rest }) => (prompt === 'consent' ? { error: 'access_denied' } : allow({ prompt, ...rest }));
    for (let time = 0; time < 2; time++) expect((await shop.authorize(browser)).error).to.equal('access_denied');
  });

  it('never grants by another’s consent', async () => {
    const browser = createBrowser(op.issuer);
    const as = op.state.resolve;
    op.state.resolve = (interaction) => (interaction.prompt === 'consent' ? { consent: { accountId: 'ann' } } : as(interaction));
    const { answer } = await shop.authorize(browser);
    expect(answer.status).to.equal(410);
  });

  it('lets a third party keep a token for later only with offline_access and consent to it, each time', async () => {
    const browser = createBrowser(op.issuer);
    expect(await shop.signIn(browser, { scope: 'openid' })).not.to.have.property('refresh_token');
    expect(await shop.signIn(browser, { scope: 'openid offline_access' })).not.to.have.property('refresh_token');
    const tokens = await shop.signIn(browser, { scope: 'openid offline_access', prompt: 'consent' });
    await browser.open('/sign-out');
    const later = await shop.refresh(tokens.refresh_token!);
    expect(later.refresh_token).not.to.equal(tokens.refresh_token);
  });

  it('gives the operator’s services refresh tokens that end with the session', async () => {
    const browser = createBrowser(op.issuer);
    const tokens = await service.signIn(browser);
    await service.refresh(tokens.refresh_token!).then(async (next) => {
      await browser.open('/sign-out');
      expect(await oauthError(service.refresh(next.refresh_token!))).to.equal('invalid_grant');
      expect(await service.introspect(next.access_token)).to.deep.equal({ active: false });
    });
  });

  it('gives two tabs of one session that come at once tokens that both work', async () => {
    const browser = createBrowser(op.issuer);
    const open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
    await open.signIn(browser);
    op.people.get(`person-${ids}`)!.memberships.service = 'applicant';
    const tabs = await Promise.all([service.signIn(browser), service.signIn(browser), service.signIn(browser), open.signIn(browser)]);
    for (const [i, tokens] of tabs.entries()) {
      const rp = i < 3 ? service : open;
      expect(await rp.userInfo(tokens.access_token, tokens.claims()!.sub)).to.have.property('sub');
    }
  });

  it('OA-09: brings no token of a family that was ended back to life with the next sign-in of its session', async () => {
    for (const [party, more] of [
      [service, {}],
      [shop, { scope: 'openid email offline_access', prompt: 'consent' }],
    ] as const) {
      const browser = createBrowser(op.issuer);
      const saved = await party.signIn(browser, more);
      // What is left where a token is saved while another request ends all that its grant gave.
      await op.db.collection('oidc_grant').deleteMany({ accountId: `person-${ids}`, expiresAt: { $lt: inTwoMonths } });
      expect(await party.introspect(saved.access_token)).to.deep.equal({ active: false });
      const next = await party.signIn(browser, more);
      expect(await party.introspect(saved.access_token)).to.deep.equal({ active: false });
      expect(await oauthError(party.refresh(saved.refresh_token!))).to.equal('invalid_grant');
      expect((await party.introspect(next.access_token)).active).to.equal(true);
      expect((await party.refresh(next.refresh_token!)).access_token).to.be.a('string');
    }
  });

  it('ends what one session gave and leaves the other’s', async () => {
    const [phone, laptop] = [createBrowser(op.issuer), createBrowser(op.issuer)];
    const mine = await service.signIn(phone);
    const other = await service.signIn(laptop);
    await phone.open('/sign-out');
    expect(await service.introspect(mine.access_token)).to.deep.equal({ active: false });
    expect(await service.introspect(other.access_token)).to.include({ active: true });
  });
});
