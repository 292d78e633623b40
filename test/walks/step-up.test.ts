/** A service that asks for more: what a person is asked for then, and what the service is told of how they signed in. */
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { configDir } from '../config/config-dir.ts';
import { completeQuickly } from '../support/newcomer.ts';
import { appCode, codeAfter, enterCode, newAddress, newPhone, notNow, type Person } from '../support/people.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

const [AAL1, AAL2, AAL3] = [
  'http://idmanagement.gov/ns/assurance/aal/1',
  'http://idmanagement.gov/ns/assurance/aal/2',
  'http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true',
] as const;
const BANK = {
  client_id: 'bank',
  client_name: 'The Bank',
  client_secret: secretOf(),
  redirect_uris: ['https://bank.example/callback'],
  first_party: true,
};

describe('walk: a service that asks for more', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [BANK] }) } });
  });
  after(async () => {
    await server.close();
  });

  const essential = (value: string) => ({ claims: JSON.stringify({ id_token: { acr: { essential: true, value } } }) });
  const now = () => Math.floor(server.clock().getTime() / 1000);

  /** The service sends somebody here, and gives what is to be redeemed when they come back. */
  async function sentBy(visitor: Visitor, parameters: Record<string, string> = {}) {
    const [verifier, nonce] = [randomBytes(32).toString('base64url'), randomBytes(16).toString('base64url')];
    const request = {
      client_id: BANK.client_id,
      redirect_uri: BANK.redirect_uris[0]!,
      response_type: 'code',
      scope: 'openid',
      state: 'a-state',
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...parameters,
    };
    await visitor.open(`${server.origin}/authorize?${new URLSearchParams(request)}`);
    return verifier;
  }
  const post = async (path: string, form: Record<string, string>) => {
    const authorization = `Basic ${Buffer.from(`${encodeURIComponent(BANK.client_id)}:${encodeURIComponent(BANK.client_secret)}`).toString('base64')}`;
    const response = await fetch(server.origin + path, { method: 'POST', body: new URLSearchParams(form), headers: { authorization } });
    return (await response.json()) as Record<string, string>;
  };
  const told = (visitor: Visitor) => Object.fromEntries(new URL(visitor.page().url).searchParams);
  async function redeem(visitor: Visitor, code_verifier: string) {
    const { code = '', state, iss } = told(visitor);
    expect({ state, iss }, visitor.page().url).to.deep.equal({ state: 'a-state', iss: server.origin });
    const tokens = await post('/token', { grant_type: 'authorization_code', redirect_uri: BANK.redirect_uris[0]!, code, code_verifier });
    return { ...decodeJwt<{ acr: string; amr: string[]; auth_time: number; sub: string }>(tokens.id_token!), token: tokens.access_token! };
  }

  async function newPerson(methods: Parameters<typeof completeQuickly>[3]): Promise<Person> {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    return completeQuickly(server, visitor, newAddress(), methods);
  }
  const password = (visitor: Visitor, { email, password }: Person) =>
    visitor.press('Sign In', { 'Email address': email, Password: password });
  /** In a browser of their own, by a mailed code: the weakest that there is. */
  async function signedInByMail(person: Person, several = true) {
    const visitor = server.visitor();
    const verifier = await sentBy(visitor);
    const choose = async () => {
      await password(visitor, person);
      if (several) await visitor.press('Continue', { [labelOf(visitor, 'email')]: true });
    };
    await enterCode(visitor, await codeAfter(server, person.email, choose));
    await notNow(visitor);
    return { visitor, first: await redeem(visitor, verifier) };
  }
  /** The words beside the radio button of this method. */
  function labelOf(visitor: Visitor, id: string): string {
    const { root } = visitor.page();
    const input = root.querySelectorAll('input[type=radio]').find((field) => field.getAttribute('value') === id)!;
    return root
      .querySelector(`label[for="${input.getAttribute('id')}"]`)!
      .structuredText.replace(/\s+/g, ' ')
      .trim();
  }
  const hasField = (visitor: Visitor, name: string) => visitor.page().root.querySelector(`input[name=${name}]`) !== null;

  it('AS-01, AS-02: is told of each kind of code what it was worth, by the words of the registry', async () => {
    const phone = newPhone();
    const ways: [
      string,
      Parameters<typeof completeQuickly>[3],
      (visitor: Visitor, person: Person) => Promise<unknown>,
      string,
      string[],
    ][] = [
      [
        'mail',
        { email: true },
        async (visitor, person) => enterCode(visitor, await codeAfter(server, person.email, () => password(visitor, person))),
        AAL1,
        ['pwd', 'otp'],
      ],
      [
        'text',
        { text: phone },
        async (visitor, person) => enterCode(visitor, await codeAfter(server, phone, () => password(visitor, person))),
        AAL2,
        ['pwd', 'sms', 'mfa'],
      ],
      [
        'app',
        { app: true },
        async (visitor, person) => {
          await password(visitor, person);
          server.clock.advance(30);
          await enterCode(visitor, await appCode(server, person.secret!));
        },
        AAL2,
        ['pwd', 'otp', 'mfa'],
      ],
    ];
    for (const [title, methods, prove, acr, amr] of ways) {
      const person = await newPerson(methods);
      const visitor = server.visitor();
      const verifier = await sentBy(visitor);
      await prove(visitor, person);
      await notNow(visitor);
      const claims = await redeem(visitor, verifier);
      expect({ acr: claims.acr, amr: claims.amr }, title).to.deep.equal({ acr, amr });
      expect(claims.auth_time, title).to.be.closeTo(now(), 40);
    }
  });

  it('AS-03, OP-12: gets it in the same session: asked is only what is missing, and nothing is sent before a button is pressed', async () => {
    const phone = newPhone();
    const person = await newPerson({ email: true, text: phone });
    const { visitor, first } = await signedInByMail(person);
    expect(first).to.deep.include({ acr: AAL1, amr: ['pwd', 'otp'] });
    server.clock.advance(60);
    const sent = (await server.received(phone)).length;
    const verifier = await sentBy(visitor, essential(AAL2));
    expect(visitor.page().heading).to.equal('One more step');
    expect(visitor.page().text).to.include('The Bank');
    expect(hasField(visitor, 'password')).to.equal(false);
    expect((await server.received(phone)).length).to.equal(sent);
    const [button] = visitor.page().root.querySelectorAll('main form button');
    expect(button!.structuredText).to.match(/^Send a code to .*\d\d$/);
    await enterCode(visitor, await codeAfter(server, phone, () => visitor.press(button!.structuredText.trim())));
    await notNow(visitor);
    const second = await redeem(visitor, verifier);
    expect(second).to.deep.include({ acr: AAL2, amr: ['pwd', 'sms', 'mfa'], sub: first.sub });
    expect(second.auth_time).to.be.closeTo(now(), 5);
    expect(second.auth_time).to.be.above(first.auth_time);
    // The session is the one it was: what it gave before is still good.
    expect(await post('/introspect', { token: first.token })).to.include({ active: true });
    expect(await post('/introspect', { token: second.token })).to.deep.include({ acr: AAL2, auth_time: second.auth_time });
    await sentBy(visitor, { prompt: 'none', ...essential(AAL2) });
    expect(told(visitor)).to.have.property('code');
    // OP-12: whatever followed a form.
    const redirects = visitor.requests.filter(({ method, status }) => method === 'POST' && status >= 300 && status < 400);
    expect(new Set(redirects.map(({ status }) => status))).to.deep.equal(new Set([303]));
  });

  it('AS-03: is asked for a wish alike, and the password again when it was given more than five minutes ago', async () => {
    const phone = newPhone();
    const person = await newPerson({ email: true, text: phone });
    const { visitor } = await signedInByMail(person);
    await sentBy(visitor, { acr_values: `urn:unknown ${AAL2}` });
    expect(visitor.page().heading).to.equal('One more step');
    const stale = visitor.formOf(visitor.page().root.querySelector('main form button')!.structuredText.trim());
    server.clock.advance(301);
    await visitor.post(stale.url, stale.body.toString());
    expect(visitor.page().status).to.equal(422);
    expect(hasField(visitor, 'password')).to.equal(true);
    await sentBy(visitor, essential(AAL2));
    expect(hasField(visitor, 'password')).to.equal(true);
    for (const more of [{ prompt: 'login' }, { max_age: '0' }]) {
      const other = await signedInByMail(person);
      await sentBy(other.visitor, { ...more, ...essential(AAL2) });
      expect(hasField(other.visitor, 'password'), JSON.stringify(more)).to.equal(true);
    }
  });

  it('AS-03: cannot be had without its session', async () => {
    const person = await newPerson({ email: true, text: newPhone() });
    const { visitor } = await signedInByMail(person);
    await sentBy(visitor, essential(AAL2));
    const { url, body } = visitor.formOf(visitor.page().root.querySelector('main form button')!.structuredText.trim());
    const { id } = (await server.deps.accounts.findByEmail(person.email))!;
    const ending = await server.deps.sessions.endAll(id);
    await server.deps.transaction(ending.writes);
    await visitor.post(url, body.toString());
    expect(visitor.page().heading).not.to.match(/code/i);
    expect(hasField(visitor, 'code')).to.equal(false);
  });

  it('AS-03: is told unmet_authentication_requirements in silence, and where the person goes back; a wish is passed over', async () => {
    const person = await newPerson({ email: true });
    const { visitor } = await signedInByMail(person, false);
    await sentBy(visitor, { prompt: 'none', ...essential(AAL2) });
    expect(told(visitor)).to.include({ error: 'unmet_authentication_requirements', state: 'a-state', iss: server.origin });
    await sentBy(visitor, { prompt: 'none', acr_values: AAL2 });
    expect(told(visitor)).to.include({ error: 'unmet_authentication_requirements' });
    await sentBy(visitor, essential('urn:unknown'));
    expect(told(visitor)).to.include({ error: 'unmet_authentication_requirements' });
    const wish = await sentBy(visitor, { acr_values: AAL2 });
    expect((await redeem(visitor, wish)).acr).to.equal(AAL1);
    await sentBy(visitor, essential(AAL3));
    await visitor.press('Continue');
    expect(visitor.page().text).to.include('Set up a passkey');
    await visitor.press('Go back to The Bank');
    expect(told(visitor)).to.include({ error: 'unmet_authentication_requirements', state: 'a-state', iss: server.origin });
  });

  it('AS-03: gets it from whoever had no method for it, who sets one up on the way', async () => {
    const person = await newPerson({ email: true });
    const { visitor } = await signedInByMail(person, false);
    const verifier = await sentBy(visitor, essential(AAL2));
    await visitor.press('Continue');
    expect(visitor.page().url).to.match(/sign-in\/too-weak$/);
    await visitor.follow('Set up a verification method');
    expect(visitor.page().url).to.match(/add-method\/new-method$/);
    const phone = newPhone();
    const choose = () => visitor.press('Submit', { [labelOf(visitor, 'text')]: true, 'U.S. mobile phone number': phone });
    await enterCode(visitor, await codeAfter(server, phone, choose));
    expect(visitor.page().heading).to.equal('One more step');
    const send = () => visitor.press(visitor.page().root.querySelector('main form button')!.structuredText.trim());
    server.clock.advance(31);
    await enterCode(visitor, await codeAfter(server, phone, send));
    await notNow(visitor);
    expect(await redeem(visitor, verifier)).to.deep.include({ acr: AAL2, amr: ['pwd', 'sms', 'mfa'] });
  });
});
