/** Passkeys in a real browser, with virtual authenticators: made where they are offered, used in each way there is, copied, and removed. */
import { expect } from 'chai';
import type { CDPSession } from 'playwright-core';
import { connectMongo } from '../../src/mongo/connect.ts';
import type { Tab } from '../support/browser-tab.ts';
import { inBrowser } from '../support/browser-walk.ts';
import { newAddress, PASSWORD } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';
import * as walk from '../support/sign-up-walk.ts';
import { expireInteractions } from './edges-walker.ts';
import { ENGLISH as words } from './words-en.ts';

const DAYS = 24 * 3600;
/** A phone's or laptop's own, which verifies its user and keeps passkeys. */
const OPTIONS = {
  protocol: 'ctap2',
  ctap2Version: 'ctap2_1',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;
/** Where no passkey is picked beside the passwords, the button is what there is. */
const WITHOUT_AUTOFILL = 'PublicKeyCredential.isConditionalMediationAvailable = async () => false';

describe('walk: passkeys in a browser', function () {
  let server: TestServer;
  const { open, itIsSound } = inBrowser(this, () => ({ origins: [server.origin] }));
  let email: string;

  interface Device {
    readonly tab: Tab;
    readonly cdp: CDPSession;
    readonly authenticatorId: string;
  }
  let laptop: Device;

  /** A new browser profile, on a device with an authenticator. */
  async function newDevice(options: Partial<typeof OPTIONS> | object = {}): Promise<Device> {
    const tab = await open();
    const cdp = await tab.context.newCDPSession(tab.page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: { ...OPTIONS, ...options } });
    return { tab, cdp, authenticatorId };
  }
  /** Nobody is signed in any more in this browser; what the device keeps stays. */
  async function toSignIn({ tab }: Device): Promise<void> {
    await tab.context.clearCookies();
    await tab.open(`${server.origin}/`);
  }
  const welcome = { title: words.welcome.title, heading: words.welcome.heading };
  const account = async () => (await server.deps.accounts.findByEmail(email))!;
  const lastSignIn = async () => (await server.deps.audit.of((await account()).id)).find(({ type }) => type === 'sign-in.succeeded');
  const said = ({ tab }: Device) => tab.page.getByRole('alert').filter({ hasText: /./ });
  const verifies = ({ cdp, authenticatorId }: Device, isUserVerified: boolean) =>
    cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });

  before(async () => {
    server = await startServer();
    laptop = await newDevice();
  });
  after(() => server?.close());

  it('are made at the end of a sign-up, named after the device', async () => {
    const { tab } = laptop;
    email = newAddress();
    await tab.open(`${server.origin}/users/sign_up`);
    await tab.field(words.email.field).fill(email);
    await tab.press(words.email.submit);
    const mail = await server.newest(email);
    const walker: walk.Walker = { server, tab, words, address: email, phone: '', messages: [] };
    await walk.typeConfirmation(walker, mail);
    await walk.agree(walker);
    await tab.field(words.password.field).fill(PASSWORD);
    await tab.field(words.password.again).fill(PASSWORD);
    await tab.press(words.password.submit);
    await tab.field(words.delivery.email).check();
    await tab.press(words.delivery.submit);
    await tab.field(words.code.field).fill((await server.newest(email, 2)).codes[0]!);
    await tab.press(words.code.submit);
    await tab.press(words.backupCode.submit);
    await walk.chooseQuestions(tab, words.questions);
    await tab.look(words.passkeyOffer);
    expect(await tab.field(words.passkeyOffer.name).inputValue()).to.equal('Chrome (Linux)');

    // The owner's finger is not known, so nothing is made; the page says so and is still there.
    await verifies(laptop, false);
    await tab.button(words.passkeyOffer.create).click();
    await said(laptop).waitFor();
    expect(await said(laptop).innerText()).to.equal(words.passkeyOffer.cancelled);
    await verifies(laptop, true);
    await tab.press(words.passkeyOffer.create);
    await tab.look(welcome);
    expect((await account()).passkeys).to.have.length(1);
  });

  it('are picked beside the passwords that the browser knows, where it can', async () => {
    const { tab } = laptop;
    await toSignIn(laptop);
    await tab.page.waitForURL(`${server.origin}/`);
    await tab.look(welcome);
    expect(await lastSignIn()).to.include({ method: 'passkey', acr: server.config.policy.acrValues[2] });
  });

  it('sign in by the button', async () => {
    const { tab } = laptop;
    await tab.page.addInitScript(WITHOUT_AUTOFILL);
    await toSignIn(laptop);
    await tab.look(words.signIn);
    expect(await tab.field(words.signIn.email).getAttribute('autocomplete')).to.equal('username webauthn');
    await verifies(laptop, false);
    await tab.button(words.signIn.passkey).click();
    await said(laptop).waitFor();
    expect(await said(laptop).innerText()).to.equal(words.passkey.cancelled);
    await verifies(laptop, true);
    await tab.press(words.signIn.passkey);
    await tab.look(welcome);
  });

  it('sign in on a page that was open for long, without losing what was typed there', async () => {
    const { tab } = laptop;
    await toSignIn(laptop);
    await tab.field(words.signIn.email).fill('half.typed@people');
    server.clock.advance(600);
    await tab.page.evaluate('{ const { now } = Date; Date.now = () => now() + 600_000; }');
    await verifies(laptop, false);
    await tab.button(words.signIn.passkey).click();
    await said(laptop).waitFor();
    expect(await tab.field(words.signIn.email).inputValue()).to.equal('half.typed@people');
    await verifies(laptop, true);
    await tab.press(words.signIn.passkey);
    await tab.look(welcome);
  });

  it('leave a page alone whose time is over while they wait: what was typed there goes on', async () => {
    const { tab } = await newDevice();
    await tab.page.clock.install();
    await tab.open(`${server.origin}/`);
    await tab.field(words.signIn.email).fill(email);
    const db = await connectMongo(server.config.mongodbUri);
    await expireInteractions(db);
    await db.close();
    const { pathname } = new URL(tab.page.url());
    const asked = tab.page.waitForResponse((response) => new URL(response.url()).pathname === pathname);
    await tab.page.clock.fastForward(5 * 60_000);
    await asked;
    await tab.page.waitForLoadState('networkidle');
    await tab.field(words.signIn.password).fill(PASSWORD);
    await tab.press(words.signIn.submit);
    await tab.look(words.signIn);
    expect(await tab.field(words.signIn.email).inputValue()).to.equal(email);
  });

  it('that are too old after all are refused by the server, in words', async () => {
    const { tab } = laptop;
    await toSignIn(laptop);
    server.clock.advance(600);
    await tab.press(words.signIn.passkey);
    await tab.look(words.signIn, [words.passkey.expired]);
    await tab.press(words.signIn.passkey);
    await tab.look(welcome);
  });

  it('are a second factor after the password', async () => {
    const { tab } = laptop;
    const { signIn, method, passkey } = words;
    await toSignIn(laptop);
    await tab.field(signIn.email).fill(email);
    await tab.field(signIn.password).fill(PASSWORD);
    await tab.press(signIn.submit);
    await tab.field(method.passkey).check();
    await tab.press(method.submit);
    await tab.look(passkey);
    await tab.press(passkey.submit);
    await tab.look(welcome);
    expect(await lastSignIn()).to.include({ method: 'passkey', acr: server.config.policy.acrValues[2] });
  });

  it('are added on the account pages, one for each device', async () => {
    const { newPasskey, passkeyOffer } = words;
    const { tab } = laptop;
    const begin = server.deps.interactions.startUrl({ journey: 'add-passkey', returnTo: '/account' });
    await tab.open(server.origin + begin);
    await tab.look(newPasskey);
    await tab.button(passkeyOffer.create).click();
    await said(laptop).waitFor();
    expect(await said(laptop).innerText()).to.equal(newPasskey.known);

    // A security key beside the laptop, which has no passkey of this account yet.
    await laptop.cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: laptop.authenticatorId });
    const { authenticatorId } = await laptop.cdp.send('WebAuthn.addVirtualAuthenticator', { options: { ...OPTIONS, transport: 'usb' } });
    laptop = { ...laptop, authenticatorId };
    await tab.field(passkeyOffer.name).fill('The blue key');
    await tab.press(passkeyOffer.create);
    expect(new URL(tab.page.url()).pathname).to.equal('/account');
    const { passkeys } = await account();
    expect(passkeys.map(({ name }) => name)).to.deep.equal(['Chrome (Linux)', 'The blue key']);
    expect(passkeys[1]).to.deep.include({ transports: ['usb'], key: 'hwk' });
  });

  it('are refused when their counter has fallen, and their owner is told', async () => {
    const { tab, cdp, authenticatorId } = laptop;
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    await toSignIn(laptop);
    await tab.press(words.signIn.passkey);
    await tab.look(welcome);
    // A copy that was taken before that.
    await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: credentials[0]!.credentialId });
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credentials[0]!, signCount: 0 } });
    await toSignIn(laptop);
    await tab.press(words.signIn.passkey);
    await tab.look(words.signIn, [words.passkey.copied]);
    expect((await server.deps.audit.of((await account()).id)).map(({ type }) => type)).to.include('passkey.refused');
  });

  it('sign in no more once they were removed', async () => {
    const { tab } = laptop;
    const { id, passkeys } = await account();
    await server.deps.transaction([server.deps.accounts.removePasskey(id, passkeys[1]!.id)]);
    await toSignIn(laptop);
    await tab.press(words.signIn.passkey);
    await tab.look(words.signIn, [words.passkey.unknown]);
  });

  it('are offered after thirty days to who has none, and "not now" is enough', async () => {
    const { signIn, code, emailCode, passkeyOffer } = words;
    const { id, passkeys } = await account();
    await server.deps.transaction([server.deps.accounts.removePasskey(id, passkeys[0]!.id)]);
    const { tab } = await newDevice();
    await tab.page.addInitScript(WITHOUT_AUTOFILL);
    for (const offered of [true, false]) {
      await tab.context.clearCookies();
      await tab.open(`${server.origin}/`);
      const before = (await server.received(email)).length;
      await tab.field(signIn.email).fill(email);
      await tab.field(signIn.password).fill(PASSWORD);
      await tab.press(signIn.submit);
      await tab.look({ title: emailCode.title, heading: emailCode.heading });
      await tab.field(code.field).fill((await server.newest(email, before + 1)).codes[0]!);
      await tab.press(code.submit);
      if (offered) {
        await tab.look(passkeyOffer);
        await tab.press(passkeyOffer.decline);
      }
      await tab.look(welcome);
      server.clock.advance(29 * DAYS);
    }
  });

  it('are no button where the browser cannot use them', async () => {
    const { tab } = await newDevice();
    await tab.page.addInitScript('delete window.PublicKeyCredential');
    await tab.open(`${server.origin}/`);
    await tab.look({ ...words.signIn, controls: words.signIn.controls.filter((control) => !control.includes('passkey')) });
  });

  describe('in all of this', itIsSound);
});
