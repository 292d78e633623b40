/** What the second factor, the limits and the terms promise, walked through the pages: to the claims that a service gets. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { completeQuickly } from '../support/newcomer.ts';
import {
  appCode,
  choosePassword,
  completeSignUp,
  enterCode,
  newAddress,
  newPhone,
  PASSWORD,
  type Person,
  secretOn,
} from '../support/people.ts';
import { makeRecoverable, type Recoverable } from '../support/recoverable.ts';
import { createRelyingParty, type RelyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Page, Visitor } from '../support/visitor.ts';
import { CALLBACK, newestCode, placeOf } from './edges-walker.ts';

const [AAL1, AAL2] = ['http://idmanagement.gov/ns/assurance/aal/1', 'http://idmanagement.gov/ns/assurance/aal/2'];

describe('walk: second factors, limits and terms', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let service: RelyingParty;

  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    const auth = oauth.ClientSecretBasic(server.env.DEMO_CLIENT_SECRET);
    service = await createRelyingParty(server.origin, 'myuscis', CALLBACK, auth);
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const place = (visitor: Visitor) => placeOf(visitor.page());
  const person = (): Promise<Recoverable> => makeRecoverable(server.deps, ['email'], { passkeyDeclinedAt: server.clock() });
  const givePassword = async ({ email }: Person, visitor = server.visitor(), path = '/') => {
    await visitor.open(path);
    await visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
    return visitor;
  };
  const signInsOf = async (email: string) => {
    const id = (await server.deps.accounts.findByEmail(email))!.id;
    return db.collection('audit_events').countDocuments({ accountId: id, 'event.type': 'sign-in.succeeded' });
  };
  const clicks = (visitor: Visitor, count: number, button: string, typed: Record<string, string>): Promise<Page[]> => {
    const { url, body } = visitor.formOf(button, typed);
    return Promise.all(Array.from({ length: count }, () => visitor.post(url, body.toString())));
  };

  it('tells the service truly by which of three methods somebody signed in', async () => {
    const { url, checks } = await service.begin({ prompt: 'create', scope: 'openid email account_type' });
    const visitor = server.visitor();
    await visitor.open(url.href);
    const phone = newPhone();
    const signedUp = await completeSignUp(server, visitor, newAddress(), { email: true, text: phone, app: true });
    await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
    const first = await oauth.authorizationCodeGrant(service.config, new URL(visitor.page().url), checks);
    expect([first.claims()!.acr, first.claims()!.amr]).to.deep.equal([AAL2, ['pwd', 'sms', 'mfa']]);

    const ways = [
      ['Email', () => newestCode(server, signedUp.email), AAL1, ['pwd', 'otp']],
      ['Text message', () => newestCode(server, phone), AAL2, ['pwd', 'sms', 'mfa']],
      ['Authentication app', () => appCode(server, signedUp.secret!), AAL2, ['pwd', 'otp', 'mfa']],
    ] as const;
    for (const [method, code, acr, amr] of ways) {
      server.clock.advance(31);
      const request = await service.begin({ scope: 'openid email account_type' });
      const browser = await givePassword(signedUp, server.visitor(), request.url.href);
      expect(place(browser)).to.equal('sign-in/choose-method');
      await browser.press('Continue', { [method]: true });
      await enterCode(browser, await code());
      const tokens = await oauth.authorizationCodeGrant(service.config, new URL(browser.page().url), request.checks);
      const claims = tokens.claims()!;
      expect([claims.acr, claims.amr, claims['account_type'], claims.sub], method).to.deep.equal([
        acr,
        amr,
        'applicant',
        first.claims()!.sub,
      ]);
      expect(Math.abs(claims.auth_time! - server.clock().getTime() / 1000), method).to.be.below(30);
    }
  });

  it('accepts a step of an authenticator app once, ever: not the code of the sign-up again', async () => {
    // The clock stands still, or a slow machine would be in the next half minute by then.
    const { again, email, secret } = await server.clock.whileHeld(async () => {
      const visitor = server.visitor();
      await visitor.open('/users/sign_up');
      const { email, secret } = await completeSignUp(server, visitor, newAddress(), { app: true });
      const code = await appCode(server, secret!);
      const again = await givePassword({ email } as Person);
      await enterCode(again, code);
      return { again, email, secret };
    });
    expect(again.page().text).to.contain('This code has already been used. Wait for the next one in your app.');
    server.clock.advance(30);
    const next = await appCode(server, secret!);
    const other = await givePassword({ email } as Person);
    // The same code in two sign-ins at once.
    const ends = await Promise.all([enterCode(again, next), enterCode(other, next)]);
    expect(ends.map(placeOf).filter((end) => end === 'welcome')).to.have.length(1);
    expect(await signInsOf(email)).to.equal(1);
  });

  it('recognises a replaced code, at no cost', async () => {
    const { email } = await person();
    const visitor = await givePassword({ email } as Person);
    const old = await newestCode(server, email);
    server.clock.advance(31);
    await visitor.press('Request a new one-time password');
    const fresh = await newestCode(server, email);
    for (let time = 0; time < 12; time++) {
      await enterCode(visitor, old);
      expect(visitor.page().text).to.contain('replaced by a newer one').and.contain('This did not count as a try');
    }
    await enterCode(visitor, fresh === '111111' ? '222222' : '111111');
    expect(visitor.page().text).to.contain('You have 4 tries left');
    await enterCode(visitor, fresh);
    expect(place(visitor)).to.equal('welcome');
  });

  it('lets one of 16 submissions of the right code win, and the others follow it', async () => {
    const { email } = await person();
    await db.collection('accounts').updateMany({}, { $set: { 'terms.version': '2020-01-01' } });
    const visitor = await givePassword({ email } as Person);
    const pages = await clicks(visitor, 16, 'Submit', { 'Secure one-time password': await newestCode(server, email) });
    expect(new Set(pages.map(placeOf))).to.deep.equal(new Set(['sign-in/terms']));
    await visitor.press('I Agree');
    expect(await signInsOf(email)).to.equal(1);

    const address = newAddress();
    const newcomer = server.visitor();
    await newcomer.open('/users/sign_up');
    await newcomer.press('Sign Up', { 'Email address': address });
    const confirmed = await clicks(newcomer, 16, 'Continue', { 'Confirmation code': await newestCode(server, address) });
    expect(new Set(confirmed.map(placeOf))).to.deep.equal(new Set(['sign-up/terms']));
    await newcomer.open(confirmed[0]!.url);
    await newcomer.press('I Agree');
    await choosePassword(newcomer);
    await newcomer.press('Submit', { 'Authentication app': true });
    const code = await appCode(server, secretOn(newcomer));
    const proven = await clicks(newcomer, 16, 'Submit', { 'Secure one-time password': code });
    expect(new Set(proven.map(placeOf))).to.deep.equal(new Set(['sign-up/new-backup-code']));
  });

  it('judges no more of 40 passwords guessed at once than the limit, and never locks the owner out', async () => {
    const owner = server.visitor();
    await owner.open('/users/sign_up');
    const { email } = await completeQuickly(server, owner, newAddress());
    await owner.press('Sign out');
    const visitors = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const visitor = server.visitor();
        await visitor.open('/');
        return visitor;
      }),
    );
    // The first wait is of one second: a machine that is slow for as long must not let it pass.
    const { pages, stranger } = await server.clock.whileHeld(async () => ({
      pages: await Promise.all(
        visitors.map((visitor, n) => visitor.press('Sign In', { 'Email address': email, Password: `Wrong-Harbor ${n}!` })),
      ),
      stranger: await givePassword({ email } as Person),
    }));
    const judged = pages.filter(({ text }) => text.includes('The email address or the password is not correct'));
    const refused = pages.filter(({ text }) => text.includes('You can try again at'));
    expect(judged.length + refused.length).to.equal(40);
    const { units } = server.config.policy.limits['password-account'];
    expect(judged.length).to.be.within(1, units + 1);
    expect(stranger.page().text).to.contain('You can try again at');
    await givePassword({ email } as Person, owner);
    expect(place(owner)).to.equal('sign-in/email-code');
    await enterCode(owner, await newestCode(server, email));
    expect(place(owner)).to.equal('welcome');
  });

  it('loses no try when mail is 15 minutes late and was asked for twice more', async () => {
    const email = newAddress();
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    const waiting = visitor.page().url;
    const codes = [await newestCode(server, email)];
    for (let time = 0; time < 2; time++) {
      server.clock.advance(5 * 60);
      await visitor.open('/users/confirmation/new');
      await visitor.press('Resend confirmation instructions', { 'Email address': email });
      codes.push(await newestCode(server, email));
      await visitor.open(waiting);
    }
    server.clock.advance(5 * 60);
    // The first of three mails comes now, then the others.
    for (const late of codes.slice(0, -1)) {
      await visitor.press('Continue', { 'Confirmation code': late });
      expect(visitor.page().text).to.contain('This did not count as a try');
    }
    await visitor.press('Continue', { 'Confirmation code': codes.at(-1)! });
    await visitor.press('I Agree');
    await choosePassword(visitor);
    await visitor.press('Submit', { Email: true });
    await lateCodes(visitor, email);
    expect(place(visitor)).to.equal('sign-up/new-backup-code');

    const known = await person();
    const back = await givePassword(known);
    await lateCodes(back, known.email);
    expect(place(back)).to.equal('welcome');
  });

  async function lateCodes(visitor: Visitor, email: string): Promise<void> {
    const codes = [await newestCode(server, email)];
    for (let time = 0; time < 2; time++) {
      server.clock.advance(5 * 60);
      await visitor.press('Request a new one-time password');
      codes.push(await newestCode(server, email));
    }
    server.clock.advance(5 * 60);
    for (const late of codes.slice(0, -1)) {
      await enterCode(visitor, late);
      expect(visitor.page().text).to.contain('This did not count as a try');
    }
    await enterCode(visitor, codes.at(-1)!);
  }

  it('does not take a code proven for one account for another, back at the password page', async () => {
    const [mine, theirs] = [await person(), await person()];
    await db.collection('accounts').updateMany({}, { $set: { 'terms.version': '2020-01-01' } });
    const visitor = await givePassword(mine);
    await enterCode(visitor, await newestCode(server, mine.email));
    expect(place(visitor)).to.equal('sign-in/terms');
    await visitor.open(visitor.page().url.replace(/terms$/, 'password'));
    expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal(mine.email);
    await visitor.press('Sign In', { 'Email address': theirs.email, Password: PASSWORD });
    expect(place(visitor)).to.equal('sign-in/email-code');
    await enterCode(visitor, await newestCode(server, mine.email));
    expect(place(visitor)).not.to.equal('sign-in/terms');
    await enterCode(visitor, await newestCode(server, theirs.email));
    await visitor.press('I Agree');
    expect(visitor.page().text).to.contain(theirs.email).and.not.contain(mine.email);
  });

  it('asks for newer terms at the next sign-in; declining them ends with access_denied at the service', async () => {
    const known = await person();
    const text = (language: string) => `# Terms of ${language}\n\nThe newer ones.\n`;
    const { PORT: _port, ISSUER: _issuer, ...env } = server.env;
    const newer = await startServer({
      env: { ...env, CONFIG_DIR: configDir({ 'terms/2026-12-24.en.md': text('en'), 'terms/2026-12-24.es.md': text('es') }) },
    });
    const rp = await createRelyingParty(newer.origin, 'myuscis', CALLBACK, oauth.ClientSecretBasic(server.env.DEMO_CLIENT_SECRET));
    newer.clock.advance((server.clock().getTime() - newer.clock().getTime()) / 1000);
    const toTerms = async () => {
      newer.clock.advance(16 * 60);
      const visitor = await givePassword(known, newer.visitor(), (await rp.begin()).url.href);
      await enterCode(visitor, await newestCode(newer, known.email));
      return visitor;
    };
    const declining = await toTerms();
    expect(place(declining)).to.equal('sign-in/terms');
    expect(declining.page().text).to.contain('The newer ones.');
    const { url, body } = declining.formOf('I do not agree');
    await declining.post(url, body.toString());
    expect(place(declining)).to.equal('service: access_denied');
    const agreeing = await toTerms();
    await agreeing.press('I Agree');
    expect(place(agreeing)).to.equal('service-entry/account-type');
    const next = await toTerms();
    expect(place(next)).to.equal('service-entry/account-type');
    await newer.close();
  });

  it('forgets a sign-up whose terms were declined, however often', async () => {
    const email = newAddress();
    const { url } = await service.begin({ prompt: 'create' });
    const visitor = server.visitor();
    await visitor.open(url.href);
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': await newestCode(server, email) });
    const declined = await clicks(visitor, 2, 'I do not agree', {});
    expect(declined.map(placeOf)).to.include('service: access_denied');
    for (const page of declined) expect(placeOf(page)).to.be.oneOf(['service: access_denied', 'sign-in/password']);
    expect(await server.deps.journeys.findByAddress('sign-up', email)).to.equal(undefined);
  });
});
