import { expect } from 'chai';
import { testDatabase } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, type RelyingParty, submitForm } from '../../support/relying-party.ts';

const BACK = 'https://service.example/';

describe('oidc/logout/sound-request', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let service: RelyingParty;
  let gone: RelyingParty;

  before(async () => {
    const leaving = { ...CLIENTS[0]!, client_id: 'gone', redirect_uris: ['https://gone.example/callback'] };
    op = await openTestProvider({ db: await testDatabase(), clients: [...CLIENTS, leaving] });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    gone = await createRelyingParty(op.issuer, 'gone', 'https://gone.example/callback');
  });

  const signedInAs = async (browser: Browser) => (JSON.parse((await browser.open('/')).body) as { accountId: string | null }).accountId;
  const faults = () => op.logged.filter((line) => line.includes('has faults')).map((line) => JSON.parse(line).ignored);

  const until = async (condition: () => Promise<boolean>) => {
    for (const last = Date.now() + 5000; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 20)))
      if (Date.now() > last) throw new Error('not within 5 seconds');
  };

  it('LO-02: signs out whoever a service sends here with faults, says so, and leads to nothing that is not sound', async () => {
    const browser = createBrowser(op.issuer);
    const hintOfGone = (await gone.signIn(createBrowser(op.issuer))).id_token!;
    await op.db.collection<{ _id: string }>('clients').deleteOne({ _id: 'gone' });
    // Every process has it from the database within a second.
    await until(async () => !(await op.provider.Client.find('gone')));
    const hint = (await service.signIn(createBrowser(op.issuer))).id_token!;
    const cases: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {
      'an unknown client': [
        `client_id=nobody&post_logout_redirect_uri=${BACK}`,
        { client_id: 'unknown', post_logout_redirect_uri: 'of no client that is known' },
      ],
      'an address that is not registered': [
        'client_id=service&post_logout_redirect_uri=https://evil.example/',
        { post_logout_redirect_uri: 'not registered' },
      ],
      'no client': [`post_logout_redirect_uri=${BACK}`, { post_logout_redirect_uri: 'of no client that is known' }],
      'another client than the hint is of': [
        `client_id=open&id_token_hint=${hint}&post_logout_redirect_uri=${BACK}`,
        {
          client_id: 'not the client that the hint was given to',
          id_token_hint: 'not given to this client',
          post_logout_redirect_uri: 'of no client that is known',
        },
      ],
      'a hint of a client that is gone': [
        `id_token_hint=${hintOfGone}&post_logout_redirect_uri=${BACK}`,
        { id_token_hint: 'cannot be verified', post_logout_redirect_uri: 'of no client that is known' },
      ],
      'a hint and a client twice': [
        `id_token_hint=${hint}&id_token_hint=${hint}&client_id=service&client_id=open`,
        { id_token_hint: 'given more than once', client_id: 'given more than once' },
      ],
      'the rest twice': [
        `state=1&state=2&ui_locales=es&ui_locales=en&logout_hint=a&logout_hint=b&post_logout_redirect_uri=${BACK}&post_logout_redirect_uri=x`,
        Object.fromEntries(
          ['state', 'ui_locales', 'logout_hint', 'post_logout_redirect_uri'].map((name) => [name, 'given more than once']),
        ),
      ],
    };
    for (const [name, [query, ignored]] of Object.entries(cases)) {
      await service.signIn(browser);
      op.logged.length = 0;
      const page = await browser.open(`/logout?${query}`);
      expect([page.status, page.body.includes('op.logoutForm')], name).to.deep.equal([200, true]);
      expect(faults(), name).to.deep.equal([ignored]);
      expect(op.logged.join(), name).not.to.include('evil.example');
      const done = await submitForm(browser, page, { logout: 'yes' });
      expect([done.url.href, await signedInAs(browser)], name).to.deep.equal([`${op.issuer}/logout/success`, null]);
      expect(done.body, name).to.include('<h1>You are signed out</h1>');
      // Whoever was not signed in is told the same.
      expect((await createBrowser(op.issuer).open(`/logout?${query}`)).url.href, name).to.equal(`${op.issuer}/logout/success`);
    }
  });

  it('leaves a request alone that has no faults, and says nothing of it', async () => {
    const browser = createBrowser(op.issuer);
    const { id_token: hint = '' } = await service.signIn(browser);
    op.logged.length = 0;
    const page = await browser.open(`/logout?id_token_hint=${hint}&client_id=service&post_logout_redirect_uri=${BACK}&state=x`);
    expect((await submitForm(browser, page)).url.href).to.equal(`${BACK}?state=x`);
    expect(faults()).to.deep.equal([]);
  });

  it('asks also whoever comes with a form that cannot be read, or is too long', async () => {
    const browser = createBrowser(op.issuer);
    await service.signIn(browser);
    for (const init of [
      { body: new URLSearchParams({ client_id: 'service', state: 'x'.repeat(9000) }) },
      { body: '{"client_id":"service"}', headers: { 'content-type': 'application/json' } },
      {},
    ]) {
      const page = await browser.open('/logout', { method: 'POST', ...init });
      expect([page.url.href, page.status, page.body.includes('op.logoutForm')]).to.deep.equal([`${op.issuer}/logout`, 200, true]);
    }
  });

  it('keeps nothing that is too long, which anybody could have kept here', async () => {
    const browser = createBrowser(op.issuer);
    await service.signIn(browser);
    const page = await browser.open(`/logout?client_id=service&state=${'x'.repeat(9000)}`);
    expect([page.url.href, page.status, page.body.includes('op.logoutForm')]).to.deep.equal([`${op.issuer}/logout`, 200, true]);
  });

  it('ends well where the client has gone before the last page', async () => {
    const page = await createBrowser(op.issuer).open('/logout/success?client_id=nobody');
    expect([page.status, page.body.includes('<h1>You are signed out</h1>')]).to.deep.equal([200, true]);
  });
});
