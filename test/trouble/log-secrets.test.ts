/** Everything is logged at the finest level while people go through whole journeys; then every secret they used is looked for. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { ANSWERS } from '../support/people.ts';
import { rawRequest } from '../support/raw-request.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';
import { consentTour, MYUSCIS, SHOP, serviceEntryTour, signInTour, signUpTour, THIRD_PARTY, type Tour, VERIFIER } from '../support/tour.ts';
import type { Visitor } from '../support/visitor.ts';

describe('trouble: secrets in the log', function () {
  this.timeout(60_000);
  const lines: string[] = [];
  const secret = secretOf();
  let server: TestServer;
  let db: Connection;

  before(async () => {
    const env = { CONFIG_DIR: configDir({ 'clients.json': [SHOP] }), LOG_LEVEL: 'trace', DEMO_CLIENT_SECRET: secret };
    server = await startServer({ env, logLines: lines });
    db = await connectMongo(server.env.MONGODB_URI);
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  it('has none of them, whatever people type and wherever it goes', async () => {
    const secrets = new Map<string, string>();
    const keep = (what: string, ...values: readonly (string | null | undefined)[]) => {
      // What is shorter would be found by chance.
      for (const value of values) if (value && value.length >= 6) secrets.set(value, what);
    };
    const visitors: Visitor[] = [];
    const visitor = () => {
      const fresh = server.visitor();
      visitors.push(fresh);
      return fresh;
    };
    const WRONG = 'Wrong-Password 77!';
    const tour: Tour = {
      letterbox: server,
      deps: server.deps,
      origin: server.origin,
      visitor,
      db,
      press: async (at, page, button, typed) => {
        for (const [label, value] of Object.entries(typed)) {
          const said = label.startsWith('Question') || typeof value !== 'string';
          if (!said) keep(label, value);
        }
        // Once wrongly: what is refused is nobody else's affair either.
        if (page === 'sign-in/password') await at.press(button, { ...typed, Password: WRONG });
        if (/\/(?:email|text)-code$/.test(page)) await at.press(button, { 'Secure one-time password': '000000' });
        await at.press(button, typed);
      },
    };
    keep('wrong password', WRONG);
    const person = await signUpTour(tour);
    keep('backup code', person.backupCode, person.backupCode.replaceAll(/[\s-]/g, ''), person.backupCode.replaceAll(/\s+/g, '-'));
    keep('secret of the app', person.secret);
    keep('number', person.phone, person.phone?.slice(2), person.phone?.slice(-7));
    keep('answer', ...ANSWERS);
    const signedIn = await signInTour(tour, person, 'email');
    await signInTour(tour, person, 'text');

    const link = (await server.received(person.email)).flatMap(({ links }) => links).find((url) => url.includes('confirmation_token='))!;
    keep('cookie confirmation', new URL(link).searchParams.get('confirmation_token'));
    await visitor().open(link);

    const redeem = async (client: { id: string; redirectUri: string }, password: string) => {
      const code = new URL(signedIn.page().url).searchParams.get('code')!;
      keep('authorization code', code);
      const authorization = `Basic ${Buffer.from(`${client.id}:${encodeURIComponent(password)}`).toString('base64')}`;
      keep('client secret', password, authorization.slice(6), VERIFIER);
      const headers = { authorization, accept: '*/*', 'content-type': 'application/x-www-form-urlencoded' };
      const form = (fields: Record<string, string>) => ({ method: 'POST', headers, body: new URLSearchParams(fields).toString() });
      const redeemed = { grant_type: 'authorization_code', code, redirect_uri: client.redirectUri, code_verifier: VERIFIER };
      const { status, body } = await rawRequest(signedIn, `${server.origin}/token`, form(redeemed));
      expect(status, body).to.equal(200);
      const { access_token, id_token, refresh_token } = JSON.parse(body);
      keep('token', access_token, id_token, refresh_token);
      const bearer = { accept: '*/*', authorization: `Bearer ${access_token}` };
      expect((await rawRequest(signedIn, `${server.origin}/userinfo`, { headers: bearer })).status).to.equal(200);
      await rawRequest(signedIn, `${server.origin}/introspect`, form({ token: access_token }));
      if (refresh_token) {
        await rawRequest(signedIn, `${server.origin}/token`, form({ grant_type: 'refresh_token', refresh_token }));
        await rawRequest(signedIn, `${server.origin}/token`, form({ grant_type: 'refresh_token', refresh_token: `${refresh_token}x` }));
      }
      await rawRequest(signedIn, `${server.origin}/token`, form(redeemed));
    };
    await serviceEntryTour(tour, signedIn);
    await redeem(MYUSCIS, secret);
    await consentTour(tour, signedIn);
    await redeem(THIRD_PARTY, SHOP.client_secret);

    for (const { jar } of visitors)
      for (const { key, value } of (await jar.serialize()).cookies) if (key !== 'language') keep(`cookie ${key}`, value);
    for (const { codes } of [...(await server.received(person.email)), ...(await server.received(person.phone!))]) keep('code', ...codes);
    keep('address', person.email, encodeURIComponent(person.email), person.email.split('@')[0]);
    keep('key', server.env.ENCRYPTION_KEYS, server.env.COOKIE_KEYS);

    const log = lines.join('');
    expect(lines).to.have.length.above(50);
    const found = [...secrets].filter(([value]) =>
      /^\d+$/.test(value) ? new RegExp(`(?<!\\d)${value}(?!\\d)`).test(log) : log.includes(value),
    );
    expect(found.map(([value, what]) => `${what}: ${lines.find((line) => line.includes(value))}`)).to.deep.equal([]);
    expect([...secrets.values()]).to.include.members([
      'Password',
      'code',
      'answer',
      'token',
      'cookie confirmation',
      'cookie session',
      'backup code',
    ]);
  });
});
