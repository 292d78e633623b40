/** What a person does with a service, whatever it is written with: nothing here knows which library it is. */
import { expect } from 'chai';
import { completeQuickly } from '../support/newcomer.ts';
import { newAddress, newPhone, type Person, signIn } from '../support/people.ts';
import type { Visitor } from '../support/visitor.ts';
import { type ServiceInput, type StartedService, startService } from './started-service.ts';

interface WalkInput extends ServiceInput {
  /** How its people get their codes. */
  readonly method: 'email' | 'text' | 'app';
  /** What it says to a person who declined, where that is not the error's code. */
  readonly refusal?: string;
}

interface Shown {
  readonly id_token: Readonly<Record<string, unknown>>;
  readonly userinfo: Readonly<Record<string, unknown>>;
  readonly access_token: string;
}

export function signsPeopleIn({ method, refusal = 'access_denied', ...input }: WalkInput): void {
  describe(`a service with ${[input.kind.name, ...Object.values(input.settings ?? {})].join(', ')}`, function () {
    this.timeout(60_000);
    let service: StartedService;
    let person: Person;
    let visitor: Visitor;
    /** The claims of the first sign-in. */
    let first: Shown;

    const browser = () => service.server.visitor({}, [service.home]);
    const open = (who: Visitor, address: string) => who.open(service.home + address);
    const shown = async (who: Visitor): Promise<Shown> => {
      const page = await open(who, service.addresses.account);
      expect(page.status, `${page.html}\n${service.said()}`).to.equal(200);
      return JSON.parse(page.html);
    };
    const beginAt = (who: Visitor) => open(who, service.addresses.signIn(service.server.origin));
    const prove = async (who: Visitor) => {
      // A code of an authentication app counts once.
      if (method === 'app') service.server.clock.advance(31);
      await signIn(service.server, who, person);
      await allow(who);
    };
    /** From the page of the provider that is open to the service. */
    const enter = async (who: Visitor) => {
      expect(new URL(who.page().url).origin, who.page().html).to.equal(service.server.origin);
      await prove(who);
      await goOn(who);
      expect(new URL(who.page().url).origin, who.page().text).to.equal(service.home);
      expect(who.page().status, `${who.page().html}\n${service.said()}`).to.equal(200);
    };
    /** What a script presses in other browsers: the page that sends a form on, to the provider or to the service. */
    const goOn = async (who: Visitor) => {
      if (who.page().heading === 'One more step') await who.press('Continue');
      if (who.page().heading === 'You are being signed out') await who.press('Sign out');
    };
    const signInAt = async (who: Visitor) => {
      await beginAt(who);
      await enter(who);
    };
    /** A third party's question. */
    const allow = async (who: Visitor) => {
      if (who.page().heading.includes(input.kind.name)) await who.press('Allow');
    };

    before(async () => {
      service = await startService(input);
      const newcomer = service.server.visitor();
      await newcomer.open('/users/sign_up');
      const methods = { email: { email: true }, text: { text: newPhone() }, app: { app: true } }[method];
      person = await completeQuickly(service.server, newcomer, newAddress(), methods);
      visitor = browser();
    });
    after(() => service?.stop());

    it('signs a person in with password and code, and shows what ID token and UserInfo say', async () => {
      expect((await open(visitor, service.addresses.account)).status).to.equal(401);
      await signInAt(visitor);
      first = await shown(visitor);
      const { id_token: claims, userinfo } = first;
      expect(claims).to.include({ iss: service.server.origin });
      expect([claims.aud].flat()).to.deep.equal([service.clientId]);
      expect(claims.sub).to.be.a('string').and.not.include('@');
      expect(claims.sid).to.be.a('string');
      expect(claims.amr).to.deep.equal({ email: ['pwd', 'otp'], text: ['pwd', 'sms', 'mfa'], app: ['pwd', 'otp', 'mfa'] }[method]);
      expect(claims.acr).to.equal(service.server.config.policy.acrValues[method === 'email' ? 0 : 1]);
      expect(userinfo).to.include({ sub: claims.sub, email: person.email, email_verified: true });
    });

    it('refreshes, and asks UserInfo with the new access token', async () => {
      await open(visitor, service.addresses.refresh(first.access_token));
      const after = await shown(visitor);
      expect(after.access_token).to.be.a('string').and.not.equal(first.access_token);
      expect(after.userinfo).to.deep.include({ sub: first.id_token.sub, email: person.email });
      // With the refresh token that came with the first refresh, if one did.
      await open(visitor, service.addresses.refresh(after.access_token));
      expect((await shown(visitor)).access_token).to.not.equal(after.access_token);
    });

    it('signs out here and at the provider, without a question, and comes back', async () => {
      await open(visitor, service.addresses.signOut);
      await goOn(visitor);
      const { url, status, text } = visitor.page();
      const { origin, pathname } = new URL(url);
      expect([origin + pathname, status], text).to.deep.equal([service.home + service.addresses.signedOut, 200]);
      expect((await open(visitor, service.addresses.account)).status).to.equal(401);

      await signInAt(visitor);
      expect((await shown(visitor)).id_token.sub, 'the same person').to.equal(first.id_token.sub);
    });

    it('hears by a logout token that the person has signed out at the provider, and of no other session', async () => {
      const other = browser();
      await signInAt(other);
      await visitor.open(`${service.server.origin}/`);
      await visitor.press('Sign out');
      for (const until = Date.now() + 10_000; (await open(visitor, service.addresses.account)).status !== 401; ) {
        if (Date.now() > until) expect.fail(`still signed in: ${service.said()}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      expect((await shown(other)).id_token.sub).to.equal(first.id_token.sub);
    });

    it('takes no logout token that the provider did not sign', async () => {
      const response = await fetch(service.home + service.addresses.backChannel, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: 'eyJhbGciOiJub25lIn0.eyJzaWQiOiJ4In0.' }),
      });
      expect(response.status).to.equal(400);
    });

    it('tells a person who declined that there was no sign-in', async () => {
      const newcomer = browser();
      await beginAt(newcomer);
      await newcomer.follow('Create an account');
      const email = newAddress();
      await newcomer.press('Sign Up', { 'Email address': email });
      await newcomer.press('Continue', { 'Confirmation code': (await service.server.newest(email)).codes[0]! });
      await newcomer.press('I do not agree');
      await goOn(newcomer);
      const { url, html } = newcomer.page();
      expect(new URL(url).origin).to.equal(service.home);
      expect(html).to.contain(refusal);
      expect((await open(newcomer, service.addresses.account)).status).to.equal(401);
    });

    it('refuses an answer that nobody asked for, and one that another browser did', async () => {
      // A browser that does not go to the service with its answer.
      const asker = service.server.visitor();
      await asker.open(service.home + service.addresses.signIn(service.server.origin));
      await prove(asker);
      const { page, formOf } = asker;
      const theirs = page().heading === 'One more step' ? formOf('Continue') : { url: page().url, body: undefined };
      const guess = new URLSearchParams({ code: 'guessed', state: 'guessed', iss: service.server.origin });
      const made = { url: service.home + service.addresses.callback, body: guess };
      for (const { url, body } of [theirs, made, { url: `${made.url}?${guess}`, body: undefined }]) {
        expect(url).to.contain(made.url);
        const stranger = browser();
        await (body ? stranger.post(url, body.toString()) : stranger.open(url));
        expect(new URL(stranger.page().url).origin).to.equal(service.home);
        expect((await open(stranger, service.addresses.account)).status).to.equal(401);
      }
    });
  });
}
