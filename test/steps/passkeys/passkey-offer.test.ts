/** The offer of a passkey: who meets it, what comes of it, and when it is not made. */
import { expect } from 'chai';
import { signIn } from '../../../src/sign-in/journey.ts';
import { password } from '../../../src/sign-in/password.ts';
import { isToBeOffered } from '../../../src/steps/passkeys/passkey-offer.ts';
import { untilDelivered } from '../../support/delivered.ts';
import { newMember } from '../../support/member.ts';
import {
  answerQuestions,
  appCode,
  backupCodeOn,
  choosePassword,
  enterCode,
  newAddress,
  newPhone,
  PASSWORD,
  secretOn,
} from '../../support/people.ts';
import { answerOf, INTERACTION, makeAccount, press, sharedServer, visitOf } from '../../support/shared-server.ts';
import { createAuthenticator, createOn, useOn } from '../../support/software-authenticator.ts';
import type { Visitor } from '../../support/visitor.ts';

const DAYS = 24 * 3600;
const isOffered = (visitor: Visitor) => visitor.page().url.endsWith('/passkey-offer');
const isSignedIn = (visitor: Visitor) => visitor.page().heading.startsWith('Welcome');

describe('steps/passkey-offer', function () {
  this.timeout(60_000);

  /** A sign-up, up to the offer. */
  async function signUpToOffer(app = false) {
    const server = await sharedServer();
    const [visitor, email] = [server.visitor(), newAddress('offer')];
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    await choosePassword(visitor);
    await visitor.press('Submit', { Email: true, 'Authentication app': app });
    await enterCode(visitor, (await server.newest(email, 2)).codes[0]!);
    const secret = app ? secretOn(visitor) : undefined;
    if (secret) await enterCode(visitor, await appCode(server, secret));
    const backupCode = backupCodeOn(visitor);
    await visitor.press('Proceed');
    await answerQuestions(visitor);
    expect(isOffered(visitor), visitor.page().url).to.equal(true);
    return { visitor, email, secret, backupCode };
  }
  /** A sign-in with a code, by this method where there are several. */
  async function signInBy(email: string, method = 'Email', secret?: string) {
    const server = await sharedServer();
    const visitor = server.visitor();
    const before = (await server.received(email)).length;
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
    if (visitor.page().url.endsWith('/choose-method')) await visitor.press('Continue', { [method]: true });
    await enterCode(visitor, secret ? await appCode(server, secret) : (await server.newest(email, before + 1)).codes[0]!);
    return visitor;
  }

  describe('at the end of a sign-up', () => {
    it('says that it is the last question, and makes the account with the passkey', async () => {
      const { deps, origin } = await sharedServer();
      const { visitor, email } = await signUpToOffer();
      expect(visitor.page().text).to.include('One last question');
      expect(await deps.accounts.findByEmail(email)).to.equal(undefined);
      const device = createAuthenticator(origin);
      await createOn(visitor, device);
      expect(isSignedIn(visitor)).to.equal(true);
      const account = (await deps.accounts.findByEmail(email))!;
      expect(account.passkeys.map(({ id }) => id)).to.deep.equal([device.made[0]!.id]);
      expect(account.passkeyDeclinedAt).to.equal(null);
      expect((await deps.audit.of(account.id)).map(({ type }) => type)).to.include.members(['account.created', 'passkey.added']);
      const other = (await sharedServer()).visitor();
      await other.open('/');
      await useOn(other, device);
      expect(isSignedIn(other)).to.equal(true);
    });

    it('is declined by one button that needs no script, for thirty days', async () => {
      const { deps, clock } = await sharedServer();
      const { visitor, email } = await signUpToOffer();
      await visitor.press('Not now');
      expect(isSignedIn(visitor)).to.equal(true);
      expect((await deps.accounts.findByEmail(email))!.passkeyDeclinedAt).to.be.instanceOf(Date);
      expect(isSignedIn(await signInBy(email))).to.equal(true);
      clock.advance(30 * DAYS);
      expect(isOffered(await signInBy(email))).to.equal(true);
    });

    it('keeps what was proven before while it waits, also for the next day', async () => {
      const { deps, clock } = await sharedServer();
      const { visitor, email } = await signUpToOffer();
      const { url } = visitor.page();
      clock.advance(DAYS);
      await visitor.open(url);
      expect(isOffered(visitor)).to.equal(true);
      await visitor.press('Not now');
      expect((await deps.accounts.findByEmail(email))!.email).to.equal(email);
    });

    it('makes one account of sixteen presses', async () => {
      const { deps } = await sharedServer();
      const { visitor, email } = await signUpToOffer();
      const { url, body } = visitor.formOf('Not now');
      const pages = await Promise.all(Array.from({ length: 16 }, () => visitor.post(url, body.toString())));
      for (const page of pages) expect(page.status).to.equal(200);
      const { id } = (await deps.accounts.findByEmail(email))!;
      expect((await deps.audit.of(id)).filter(({ type }) => type === 'account.created')).to.have.length(1);
    });
  });

  describe('at a sign-in', () => {
    it('adds the passkey with the sign-in, and tells the owner', async () => {
      const { deps, clock, origin } = await sharedServer();
      const member = await newMember();
      clock.advance(30 * DAYS);
      const visitor = await signInBy(member.person.email);
      expect(isOffered(visitor)).to.equal(true);
      expect(visitor.page().text).not.to.include('One last question');
      const device = createAuthenticator(origin);
      await createOn(visitor, device);
      expect(isSignedIn(visitor)).to.equal(true);
      expect((await member.account()).passkeys).to.have.length(1);
      expect(await member.history()).to.include('passkey.added');
      await deps.audit.settled();
      const subjects = async () => (await (await sharedServer()).received(member.person.email)).map(({ subject }) => subject);
      await untilDelivered({ deps });
      expect(await subjects()).to.include('A passkey was added to your account');
      expect(isOffered(await signInBy(member.person.email)), 'again').to.equal(false);
    });

    it('remembers that it was declined', async () => {
      const { clock } = await sharedServer();
      const member = await newMember();
      clock.advance(30 * DAYS);
      const visitor = await signInBy(member.person.email);
      await visitor.press('Not now');
      expect(isSignedIn(visitor)).to.equal(true);
      expect((await member.account()).passkeys).to.deep.equal([]);
      expect(isOffered(await signInBy(member.person.email))).to.equal(false);
    });

    it('is made after the strongest method alone', async () => {
      const { clock } = await sharedServer();
      const { visitor, email, secret } = await signUpToOffer(true);
      await visitor.press('Not now');
      clock.advance(30 * DAYS);
      expect(isOffered(await signInBy(email))).to.equal(false);
      expect(isOffered(await signInBy(email, 'Authentication app', secret))).to.equal(true);
    });

    it('is not made on the way to a change of the account', async () => {
      const { deps, clock } = await sharedServer();
      const member = await newMember();
      clock.advance(30 * DAYS);
      const { visitor, person } = member;
      const before = (await (await sharedServer()).received(person.email)).length;
      await visitor.open(deps.interactions.startUrl({ journey: 'change-password', returnTo: '/account' }));
      await visitor.press('Sign In', { 'Email address': person.email, Password: PASSWORD });
      await enterCode(visitor, (await (await sharedServer()).newest(person.email, before + 1)).codes[0]!);
      expect(visitor.page().url).to.match(/change-password\/new-password$/);
    });

    it('does not count for somebody else who signs in on the same page', async () => {
      const [one, two] = [await makeAccount({ passkeyDeclinedAt: null }), await makeAccount({ passkeyDeclinedAt: null })];
      const given = async (email: string) => answerOf(await press(password, visitOf(), { email, password: PASSWORD }));
      const step = signIn.steps.find(({ name }) => name === 'passkey-offer')!;
      const answers = { password: await given(one.email) };
      const declined = answerOf(await press(step, visitOf(answers), {}, 'decline'));
      expect(declined).to.include({ person: one.id });
      const visit = { ...answers, 'passkey-offer': declined };
      expect(signIn.answered('passkey-offer', visit)).to.equal(true);
      expect(signIn.answered('passkey-offer', { ...visit, password: await given(two.email) })).to.equal(false);
    });

    it('comes after which methods, the page of the password says', async () => {
      const phone = { id: 'a-phone', method: 'text', phone: newPhone() } as const;
      const email = { id: 'email', method: 'email' } as const;
      const passkey = { id: 'one', publicKey: 'AA', counter: 0, transports: [], name: 'x', createdAt: new Date(), lastUsedAt: null };
      const offeredAfter = async (change: object, interaction: object = {}) => {
        const account = await makeAccount({ passkeyDeclinedAt: null, ...change });
        const visit = visitOf({}, { interaction: { ...INTERACTION, ...interaction } });
        return (answerOf(await press(password, visit, { email: account.email, password: PASSWORD })) as { offerAfter: unknown }).offerAfter;
      };
      expect(await offeredAfter({ methods: [email] })).to.deep.equal(['email']);
      expect(await offeredAfter({ methods: [email, phone] })).to.deep.equal(['a-phone']);
      const { clock } = await sharedServer();
      expect(await offeredAfter({ methods: [email], passkeyDeclinedAt: clock() })).to.deep.equal([]);
      expect(await offeredAfter({ methods: [email], passkeys: [{ ...passkey, id: newAddress() }] })).to.deep.equal([]);
      expect(await offeredAfter({ methods: [email] }, { journey: 'change-email' })).to.deep.equal([]);
      expect(await offeredAfter({ methods: [email] }, { journey: 'recovery' })).to.deep.equal(['email']);
    });
  });

  it('is made to accounts without a passkey, and not again for thirty days', () => {
    const now = new Date('2026-11-22T12:00:00Z');
    const ago = (days: number) => new Date(now.getTime() - days * DAYS * 1000);
    const offered = (passkeys: number, passkeyDeclinedAt: Date | null) =>
      isToBeOffered({ passkeys: Array.from({ length: passkeys }) as never, passkeyDeclinedAt }, { clock: () => now });
    expect(offered(0, null)).to.equal(true);
    expect(offered(0, ago(29.9))).to.equal(false);
    expect(offered(0, ago(30))).to.equal(true);
    expect(offered(1, null)).to.equal(false);
  });
});
