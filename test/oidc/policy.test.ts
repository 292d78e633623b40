import { expect } from 'chai';
import { testDatabase } from '../support/mongo.ts';
import { AAL, openTestProvider, SERVICES, type TestProvider } from '../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty, type RelyingParty } from '../support/relying-party.ts';

const [AAL1, AAL2, AAL3] = AAL;
const acrClaim = (acr: object) => JSON.stringify({ id_token: { acr } });

describe('oidc/policy', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let service: RelyingParty;
  let open: RelyingParty;
  let ahead = 0;
  let ids = 0;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase(), clock: () => new Date(Date.now() + ahead * 1000) });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
    open = await createRelyingParty(op.issuer, 'open', 'https://open.example/callback');
  });
  beforeEach(() => {
    ahead = 0;
    op.prompts.length = 0;
  });

  /** Somebody new, signed in in a browser of their own. */
  async function signedIn(method: Parameters<TestProvider['as']>[1] = 'email', ts?: number): Promise<{ id: string; browser: Browser }> {
    const { id } = op.person(`person-${++ids}`);
    op.state.resolve = op.as(id, method, ts);
    const browser = createBrowser(op.issuer);
    await open.signIn(browser);
    op.state.resolve = op.as(id, method);
    op.prompts.length = 0;
    return { id, browser };
  }
  const now = () => Math.floor(Date.now() / 1000) + ahead;
  const silent = async (rp: RelyingParty, browser: Browser, more = {}) => (await rp.authorize(browser, { prompt: 'none', ...more })).error;

  describe('login', () => {
    it('is asked once for a session, which other services share', async () => {
      const { browser } = await signedIn();
      await open.signIn(browser);
      expect(op.prompts).to.deep.equal([]);
      expect(await silent(open, browser)).to.equal(null);
      expect(await silent(open, createBrowser(op.issuer))).to.equal('login_required');
    });

    it('is asked again when the account is gone or locked: no server error', async () => {
      for (const lose of [
        (id: string) => op.people.delete(id),
        (id: string) => Object.assign(op.people.get(id)!, { locked: { at: new Date() } }),
      ]) {
        const { id, browser } = await signedIn();
        lose(id);
        expect(await silent(open, browser)).to.equal('login_required');
        op.state.resolve = () => undefined;
        const { answer } = await open.authorize(browser);
        expect(answer.body).to.equal('waiting: login');
      }
    });

    it('is asked again 12 hours after it, however often the session was used', async () => {
      const { browser } = await signedIn();
      for (const hours of [4, 8, 11.9]) {
        ahead = hours * 3600;
        expect(await silent(open, browser), `${hours} h`).to.equal(null);
      }
      ahead = 12 * 3600;
      expect(await silent(open, browser)).to.equal('login_required');
      const again = await open.signIn(browser);
      expect(op.prompts).to.deep.equal(['login']);
      expect(again.claims()!.auth_time).to.be.closeTo(now(), 5);
    });

    it('OP-05: is asked again for prompt=login, max_age=0 and a max_age that has passed, and is then fresh', async () => {
      const requests: Record<string, string>[] = [{ prompt: 'login' }, { max_age: '0' }, { max_age: '50' }];
      for (const request of requests) {
        const { browser } = await signedIn('email', now() - 100);
        const { auth_time } = (await open.signIn(browser, request)).claims()!;
        expect(op.prompts, JSON.stringify(request)).to.deep.equal(['login']);
        expect(auth_time).to.be.closeTo(now(), 5);
      }
      const { browser } = await signedIn('email', now() - 100);
      const { auth_time } = (await open.signIn(browser, { max_age: '1000' })).claims()!;
      expect(op.prompts).to.deep.equal([]);
      expect(auth_time).to.be.closeTo(now() - 100, 5);
    });

    it('is asked again after max_age by this system’s clock, once', async () => {
      const { browser } = await signedIn();
      ahead = 40;
      await open.signIn(browser, { max_age: '50' });
      expect(op.prompts).to.deep.equal([]);
      ahead = 60;
      await open.signIn(browser, { max_age: '50' });
      expect(op.prompts).to.deep.equal(['login']);
    });

    it('OP-06: is asked for the person that an id_token_hint names, never silently taken for another', async () => {
      const ann = await signedIn();
      const hint = (await open.signIn(ann.browser)).id_token!;
      const bob = await signedIn();
      expect(await silent(open, bob.browser, { id_token_hint: hint })).to.equal('login_required');
      expect(await silent(open, ann.browser, { id_token_hint: hint })).to.equal(null);
    });
  });

  describe('acr', () => {
    it('AS-03: of a weaker session is raised by a sign-in that acr_values asks for, and the token tells the truth', async () => {
      const { id, browser } = await signedIn('email');
      op.state.resolve = op.as(id, 'app');
      const tokens = await open.signIn(browser, { acr_values: AAL2 });
      expect(op.prompts).to.deep.equal(['login']);
      expect(op.state.shown!.wanted?.acr).to.equal(AAL2);
      expect(tokens.claims()!.acr).to.equal(AAL2);
      expect(tokens.claims()!.amr).to.deep.equal(['pwd', 'otp', 'mfa']);
    });

    it('that acr_values asks for is not demanded: what was reached is told', async () => {
      const { browser } = await signedIn('email');
      const tokens = await open.signIn(browser, { acr_values: `${AAL3} ${AAL2}` });
      expect(op.prompts).to.deep.equal(['login']);
      expect(tokens.claims()!.acr).to.equal(AAL1);
    });

    it('is met by a stronger one than demanded, without asking for ever', async () => {
      for (const acr of [
        { essential: true, value: AAL2 },
        { essential: true, values: [AAL2] },
      ]) {
        const { browser } = await signedIn('passkey');
        const tokens = await open.signIn(browser, { claims: acrClaim(acr) });
        expect(op.prompts).to.deep.equal([]);
        expect(tokens.claims()!.acr).to.equal(AAL3);
      }
    });

    it('AS-03: that is essential is asked for until it is reached', async () => {
      const { id, browser } = await signedIn('email');
      const methods = ['email', 'email', 'text'] as const;
      op.state.resolve = (interaction) => op.as(id, methods[op.prompts.length - 1])(interaction);
      const tokens = await open.signIn(browser, { claims: acrClaim({ essential: true, value: AAL2 }) });
      expect(op.prompts).to.deep.equal(['login', 'login', 'login']);
      expect(tokens.claims()!.acr).to.equal(AAL2);
    });

    it('that is essential is not hidden by acr_values beside it', async () => {
      const { browser } = await signedIn('email');
      const request = { acr_values: AAL1, claims: acrClaim({ essential: true, value: AAL2 }), prompt: 'none' };
      expect((await open.authorize(browser, request)).error).to.equal('unmet_authentication_requirements');
    });

    it('AS-03: that is out of reach is an error for prompt=none and for a refusal', async () => {
      const { browser } = await signedIn('email');
      expect(await silent(open, browser, { acr_values: AAL2 })).to.equal('unmet_authentication_requirements');
      op.state.resolve = () => ({ error: 'unmet_authentication_requirements' });
      const { error } = await open.authorize(browser, { claims: acrClaim({ essential: true, value: AAL2 }) });
      expect(error).to.equal('unmet_authentication_requirements');
    });

    it('of other parties is passed over; demanded, no sign-in here can meet it', async () => {
      const { browser } = await signedIn('email');
      expect((await open.signIn(browser, { acr_values: 'urn:example:gold' })).claims()!.acr).to.equal(AAL1);
      expect(op.prompts).to.deep.equal([]);
      const { error } = await open.authorize(browser, { claims: acrClaim({ essential: true, values: ['urn:example:gold'] }) });
      expect(error).to.equal('unmet_authentication_requirements');
    });

    it('in a claims parameter of a wrong shape is an invalid_request', async () => {
      const { browser } = await signedIn();
      for (const claims of [
        acrClaim({ values: 'x' }),
        acrClaim({ value: 1 }),
        acrClaim({ values: [1] }),
        '{"id_token":{"acr":"x"}}',
        '[]',
        'no',
      ])
        expect((await open.authorize(browser, { claims })).error, claims).to.equal('invalid_request');
    });
  });

  describe('account-type', () => {
    it('is asked once for a person and a service that has types', async () => {
      const { id, browser } = await signedIn();
      await service.signIn(browser, { scope: 'openid account_type' });
      expect(op.prompts).to.deep.equal(['account-type']);
      expect(op.state.shown!.serviceId).to.equal('service');
      await service.signIn(browser);
      expect(op.prompts).to.deep.equal(['account-type']);
      op.people.get(id)!.memberships.service = 'a-type-that-was-dropped';
      await service.signIn(browser);
      expect(op.prompts).to.deep.equal(['account-type', 'account-type']);
      expect(SERVICES[0]!.accountTypes.map((type) => type.id)).to.include(op.people.get(id)!.memberships.service);
    });

    it('cannot be asked silently, nor requested', async () => {
      const { browser } = await signedIn();
      expect(await silent(service, browser)).to.equal('interaction_required');
      expect((await service.authorize(browser, { prompt: 'account-type' })).error).to.equal('invalid_request');
    });
  });

  describe('each page once', () => {
    for (const [prompt, shown] of [
      ['create', ['create', 'account-type']],
      ['login', ['login', 'account-type']],
    ] as const) {
      it(`for prompt=${prompt} followed by the account type: the earlier answer is kept`, async () => {
        const { id } = op.person(`person-${++ids}`);
        op.state.resolve = op.as(id);
        await service.signIn(createBrowser(op.issuer), { prompt });
        expect(op.prompts).to.deep.equal(shown);
      });
    }

    it('for prompt=create by somebody who is signed in', async () => {
      const { browser } = await signedIn();
      await open.signIn(browser, { prompt: 'create' });
      expect(op.prompts).to.deep.equal(['create']);
    });
  });

  describe('change', () => {
    const journey = 'change-password';
    const MINUTES = 60;
    const ask = (browser: Browser, more: Readonly<Record<string, string>> = {}) => {
      const url = new URL(op.interactions.startUrl({ journey, returnTo: '/account' }), op.issuer);
      for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
      return browser.open(url);
    };
    /** Somebody who does the change when asked, and otherwise signs in by this method. */
    const changing =
      (id: string, method: Parameters<TestProvider['as']>[1] = 'email', ts?: number): TestProvider['state']['resolve'] =>
      (interaction) =>
        interaction.prompt === 'change' ? { changed: true } : op.as(id, method, ts)(interaction);
    const waiting = () => undefined;

    it('comes with a fresh sign-in, once for each time that it is asked for', async () => {
      const { id, browser } = await signedIn();
      op.state.resolve = changing(id);
      for (const _ of [1, 2]) {
        op.prompts.length = 0;
        expect((await ask(browser)).url.pathname).to.equal('/account');
        expect(op.prompts).to.deep.equal(['change']);
      }
      expect(op.state.shown).to.include({ journey, sessionAccountId: id });
    });

    it('is for whoever signs in first', async () => {
      const { id } = op.person(`person-${++ids}`);
      op.state.resolve = changing(id);
      expect((await ask(createBrowser(op.issuer))).url.pathname).to.equal('/account');
      expect(op.prompts).to.deep.equal(['login', 'change']);
    });

    for (const [age, prompts] of [
      [5 * MINUTES - 5, ['change']],
      [5 * MINUTES + 1, ['login', 'change']],
      [6 * 60 * MINUTES, ['login', 'change']],
    ] as const)
      it(`after a sign-in ${age} seconds ago: ${prompts.join(', ')}`, async () => {
        const { id, browser } = await signedIn('email', now() - age);
        op.state.resolve = changing(id);
        expect((await ask(browser)).url.pathname).to.equal('/account');
        expect(op.prompts).to.deep.equal(prompts);
      });

    it('does not come with a sign-in that was proven too long ago, or by another authorization', async () => {
      const { id, browser } = await signedIn('email', now() - 6 * MINUTES);
      let asked = 0;
      op.state.resolve = (interaction) =>
        asked++ === 0 ? op.as(id, 'email', now() - 5 * MINUTES - 1)(interaction) : changing(id)(interaction);
      await ask(browser);
      expect(op.prompts).to.deep.equal(['login', 'login', 'change']);
    });

    it('asks an account with a phone or an app for it, and is not content with a mailed code', async () => {
      for (const method of ['text', 'app'] as const) {
        const { id, browser } = await signedIn();
        op.people.get(id)!.methods = [{ method: 'email' }, { method }];
        let asked = 0;
        op.state.resolve = (interaction) => changing(id, asked++ === 0 ? 'email' : method)(interaction);
        expect((await ask(browser)).url.pathname).to.equal('/account');
        expect(op.prompts, method).to.deep.equal(['login', 'login', 'change']);
      }
    });

    it('is content with a backup code or a passkey, which are stronger', async () => {
      for (const method of ['backup-code', 'passkey'] as const) {
        const { id, browser } = await signedIn(method);
        op.people.get(id)!.methods = [{ method: 'text' }];
        op.state.resolve = changing(id);
        await ask(browser);
        expect(op.prompts, method).to.deep.equal(['change']);
      }
    });

    it('cannot be had by rewriting the address', async () => {
      for (const more of [
        { max_age: '999999' },
        { acr_values: AAL1 },
        { max_age: '999999', acr_values: AAL1, claims: acrClaim({ value: AAL1, essential: true }) },
        { claims: acrClaim({ value: AAL1, essential: true }) },
        { prompt: 'consent' },
        { id_token_hint: 'x' },
        { login_hint: 'ann@example.org' },
      ] satisfies Record<string, string>[]) {
        const { id, browser } = await signedIn('email', now() - 6 * MINUTES);
        op.people.get(id)!.methods = [{ method: 'email' }, { method: 'text' }];
        let answered = 0;
        op.state.resolve = (interaction) => {
          answered += interaction.prompt === 'change' ? 1 : 0;
          return interaction.prompt === 'login' ? undefined : changing(id)(interaction);
        };
        await ask(browser, more);
        expect(answered, JSON.stringify(more)).to.equal(0);
      }
    });

    it('is never done in silence', async () => {
      const { id, browser } = await signedIn();
      op.state.resolve = changing(id);
      expect((await ask(browser, { prompt: 'none' })).hops.map(({ url }) => new URL(url).searchParams.get('error'))).to.include(
        'interaction_required',
      );
      const { browser: stale } = await signedIn('email', now() - 6 * MINUTES);
      expect((await ask(stale, { prompt: 'none' })).hops.map(({ url }) => new URL(url).searchParams.get('error'))).to.include(
        'login_required',
      );
      expect(op.prompts).to.deep.equal([]);
    });

    it('cannot be asked for by others, nor as a prompt', async () => {
      const { id, browser } = await signedIn();
      op.state.resolve = changing(id);
      expect((await open.authorize(browser, { journey })).code).to.be.a('string');
      expect((await service.authorize(browser, { journey, scope: 'openid' })).code).to.be.a('string');
      expect(op.prompts).to.deep.equal(['account-type']);
      expect(op.state.shown!.journey).to.equal(undefined);
      expect((await open.authorize(browser, { prompt: 'change' })).error).to.equal('invalid_request');
      expect((await ask(browser, { prompt: 'change' })).hops.at(-2)!.url).to.include('error=invalid_request');
      // A recovery is for people who cannot sign in: to whoever is signed in it means nothing.
      op.prompts.length = 0;
      expect((await ask(browser, { journey: 'recovery' })).url.pathname).to.equal('/account');
      expect(op.prompts).to.deep.equal([]);
    });

    it('is done in its own authorization: going back without it, or with what belongs to another, changes nothing', async () => {
      const { id, browser } = await signedIn();
      op.state.resolve = waiting;
      const uidOf = (url: URL) => url.pathname.split('/').at(-1)!;
      const [first, second] = [uidOf((await ask(browser)).url), uidOf((await ask(browser, { journey: 'change-email' })).url)];
      const other = await signedIn();
      op.state.resolve = waiting;
      const foreign = uidOf((await ask(other.browser)).url);
      // Without a result.
      op.prompts.length = 0;
      expect((await browser.open(`/authorize/${second}`)).body).to.equal('waiting: change');
      expect(op.prompts).to.deep.equal(['change']);
      // With the cookie of another one of this browser, and of another browser.
      const cookies = await browser.jar.getCookies(`${op.issuer}/authorize/${first}`);
      const resume = cookies.filter(({ key }) => key.startsWith('resume'));
      const session = cookies.filter(({ key }) => key.startsWith('session'));
      const stolen = (await other.browser.jar.getCookies(`${op.issuer}/authorize/${foreign}`)).filter(({ key }) =>
        key.startsWith('resume'),
      );
      for (const [uid, held] of [
        [second, [...session, ...resume]],
        [foreign, [...session, ...resume]],
        [foreign, [...session, ...stolen]],
        ['unknown', [...session, ...resume]],
      ] as const) {
        const cookie = held.map(({ key, value }) => `${key}=${value}`).join('; ');
        const answer = await fetch(`${op.issuer}/authorize/${uid}`, { redirect: 'manual', headers: { cookie } });
        expect(answer.headers.get('location') ?? '', uid).not.to.include('/signed-in');
      }
      // Its own result ends it once.
      const third = uidOf((await ask(browser)).url);
      op.state.resolve = changing(id);
      expect((await browser.open(`/interaction/${third}`)).url.pathname).to.equal('/account');
      op.state.resolve = waiting;
      expect((await browser.open(`/authorize/${third}`)).status).to.equal(410);
      expect((await ask(browser, { journey: 'change-email' })).body).to.equal('waiting: change');
    });

    it('is done in many tabs at once by some, and the others stop: none signs anybody out', async () => {
      const { id, browser } = await signedIn();
      op.state.resolve = waiting;
      const tabs = await Promise.all(Array.from({ length: 6 }, () => ask(browser)));
      op.state.resolve = changing(id);
      const answers = await Promise.all(tabs.map(({ url }) => browser.open(url)));
      const paths = answers.map(({ url, status }) => (status === 410 ? 'expired' : url.pathname));
      expect(paths).to.include('/account');
      for (const path of paths) expect(path).to.be.oneOf(['/account', 'expired']);
      expect(await silent(open, browser)).to.equal(null);
    });

    it('ends with the account, and with the sign-in that it came after', async () => {
      for (const end of [
        async (id: string) => op.end(await op.sessions.endAll(id)),
        async (id: string) => Object.assign(op.people.get(id)!, { closesAt: new Date() }),
      ]) {
        const { id, browser } = await signedIn();
        op.state.resolve = waiting;
        const { url } = await ask(browser);
        await end(id);
        op.state.resolve = (interaction) => (interaction.prompt === 'change' ? { changed: true } : undefined);
        op.prompts.length = 0;
        const answer = await browser.open(url);
        expect(answer.url.pathname).not.to.equal('/account');
        expect(answer.status === 410 || answer.body === 'waiting: login', answer.body.slice(0, 200)).to.equal(true);
      }
    });
  });
});
