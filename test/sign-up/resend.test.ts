import { expect } from 'chai';
import { choosePassword, completeSignUp, newAddress } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

describe('sign-up: confirmation instructions once more', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  async function begin(visitor: Visitor, email: string): Promise<void> {
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
  }
  const resend = async (visitor: Visitor, email: string) => {
    await visitor.open('/users/confirmation/new');
    const started = performance.now();
    await visitor.press('Resend confirmation instructions', { 'Email address': email });
    return performance.now() - started;
  };

  // What happened: 31 ms where a mail went out and 19 ms where none did, so that one request told who has an account.
  it('takes the same time whether or not there is somebody to mail', async () => {
    const [unknown, unfinished, finished] = [newAddress('unknown'), newAddress('unfinished'), newAddress('finished')];
    const owner = server.visitor();
    await owner.open('/users/sign_up');
    await completeSignUp(server, owner, finished);
    await begin(server.visitor(), unfinished);
    await server.newest(unfinished);
    server.clock.advance(61);
    for (const email of [unknown, unfinished, finished]) {
      expect(await resend(server.visitor(), email), email).to.be.at.least(395);
      // What is refused by the limits was decided sooner.
      server.clock.advance(10);
      expect(await resend(server.visitor(), email), email).to.be.at.least(395);
      server.clock.advance(61);
    }
  });

  // What happened: whoever came next on a shared phone was shown the address and led on into a sign-up that had a password already.
  it('leads nobody into a sign-up of this browser that has been confirmed', async () => {
    const email = newAddress('shared');
    const visitor = server.visitor();
    await begin(visitor, email);
    await visitor.open('/users/confirmation/new');
    expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal(email);
    await visitor.open('/users/confirmation/sent');
    expect(visitor.page().html).to.contain('/interaction/');
    await visitor.open(/\/interaction\/[\w-]+\/sign-up/.exec(visitor.page().html)![0]);
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    await choosePassword(visitor);

    await visitor.open('/users/confirmation/new');
    expect(visitor.fieldOf('Email address').getAttribute('value') ?? '').to.equal('');
    expect(visitor.page().html).not.to.contain(email);
    await visitor.open('/users/confirmation/sent');
    expect(visitor.page().html).not.to.contain('/interaction/');
  });

  // What happened: the link that a stranger's sign-up had sent asked the owner of the mailbox for the stranger's password.
  it('asks for the password of the sign-up that was proven, whichever link is pressed', async () => {
    const email = newAddress('turned');
    const [own, stranger] = [newAddress('own'), server.visitor()];
    await begin(stranger, own);
    await stranger.press('Continue', { 'Confirmation code': (await server.newest(own)).codes[0]! });
    await stranger.press('I Agree');
    await choosePassword(stranger, 'Stranger-Harbor 72!');
    await stranger.open(stranger.page().url.replace(/[^/]+$/, 'email'));
    await stranger.press('Sign Up', { 'Email address': email });
    const turned = await server.newest(email);

    server.clock.advance(61);
    const owner = server.visitor();
    await begin(owner, email);
    await owner.press('Continue', { 'Confirmation code': (await server.newest(email, 2)).codes[0]! });
    await owner.press('I Agree');
    await choosePassword(owner);
    await owner.open(turned.links.find((link) => link.includes('confirmation_token'))!);
    await owner.press('Confirm email address');
    await owner.press('Continue', { Password: 'Granite-Harbor 71!' });
    expect(owner.page().url).to.match(/sign-up\/delivery$/);
  });
});
