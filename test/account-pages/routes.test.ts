import { expect } from 'chai';
import { completeSignUp, newAddress } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';
import type { Visitor } from '../support/visitor.ts';

describe('account-pages/routes', () => {
  const newcomer = async () => (await sharedServer()).visitor();
  const member = async () => {
    const server = await sharedServer();
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    const email = newAddress();
    await completeSignUp(server, visitor, email);
    return { visitor, email };
  };

  it('opens the front door: to sign in, or to sign up', async () => {
    const visitor = await newcomer();
    await visitor.open('/');
    expect(visitor.page().url).to.match(/sign-in\/password$/);
    for (const path of ['/users/sign_up', '/create-account']) {
      await visitor.open(path);
      expect(visitor.page().url, path).to.match(/sign-up\/email$/);
    }
  });

  it('welcomes whoever is signed in, with the services and the way to each', async () => {
    const { origin, config } = await sharedServer();
    const { visitor, email } = await member();
    for (const path of ['/', '/users/sign_up']) {
      await visitor.open(path);
      expect(visitor.page().heading, path).to.equal('Welcome to your USCIS Account');
    }
    expect(visitor.page().text).to.contain(email).and.contain('Login to a USCIS Service');
    const link = visitor
      .page()
      .root.querySelectorAll('a')
      .find((found) => found.structuredText.trim() === 'myUSCIS')!;
    const url = new URL(link.getAttribute('href')!);
    expect(url.origin + url.pathname).to.equal(config.services[0]!.initiateLoginUri);
    expect(url.searchParams.get('iss')).to.equal(origin);
  });

  it('signs out', async () => {
    const { visitor } = await member();
    await visitor.press('Sign out');
    expect(visitor.page().url).to.match(/sign-in\/password$/);
    expect((await visitor.open('/')).url).to.match(/sign-in\/password$/);
  });

  for (const [where, signOut] of [
    ['here', (visitor: Visitor) => visitor.press('Sign out')],
    [
      'at the end_session_endpoint',
      async (visitor: Visitor) => {
        await visitor.open('/logout');
        const form = visitor.page().root.querySelector('form[id="op.logoutForm"]')!;
        const xsrf = form.querySelector('input[name="xsrf"]')!.getAttribute('value')!;
        await visitor.post(new URL(form.getAttribute('action')!).pathname, `xsrf=${xsrf}&logout=yes`);
      },
    ],
  ] as const)
    it(`keeps in the history of the account that its session has ended, once: ${where}`, async () => {
      const { deps } = await sharedServer();
      const { visitor, email } = await member();
      const { id } = (await deps.accounts.findByEmail(email))!;
      await signOut(visitor);
      await visitor.post('/sign-out', '');
      await deps.audit.settled();
      const events = await deps.audit.of(id);
      const [ended, ...more] = events.filter(({ type }) => type === 'session.ended');
      const created = events.find(({ type }) => type === 'account.created');
      expect(ended).to.include({ ip: created!.ip, browser: created!.browser });
      expect(more).to.deep.equal([]);
    });

  it('does not sign out, or switch the language, for a form of another site', async () => {
    const { visitor } = await member();
    for (const [path, body] of [
      ['/sign-out', ''],
      ['/language', 'to=es'],
    ] as const)
      expect((await visitor.post(path, body, { 'sec-fetch-site': 'cross-site' })).status).to.equal(403);
    expect((await visitor.open('/')).heading).to.equal('Welcome to your USCIS Account');
  });

  it('switches the language, and comes back to the page', async () => {
    const visitor = await newcomer();
    await visitor.open('/users/sign_up');
    const { url } = visitor.page();
    await visitor.press('Español');
    expect(visitor.page().url).to.equal(url);
    expect(visitor.page().root.querySelector('html')!.getAttribute('lang')).to.equal('es');
    expect((await visitor.post('/language', 'to=xx')).status).to.equal(400);
  });
});
