import { expect } from 'chai';
import { appCode, completeSignUp, enterCode, newAddress, newPhone } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('sign-in: choosing a method', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  // What happened: the method chosen for the first account stood for the second, which had none of that kind: 410, for ever.
  it('forgets what was chosen for another account', async () => {
    const [one, other] = [server.visitor(), server.visitor()];
    await one.open('/users/sign_up');
    const many = await completeSignUp(server, one, newAddress('many'), { email: true, text: newPhone() });
    await other.open('/users/sign_up');
    const single = await completeSignUp(server, other, newAddress('single'), { app: true });

    const visitor = server.visitor();
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': many.email, Password: many.password });
    await visitor.press('Continue', { Email: true });
    expect(visitor.page().url).to.match(/email-code$/);
    await visitor.open(visitor.page().url.replace('email-code', 'password'));
    await visitor.press('Sign In', { 'Email address': single.email, Password: single.password });
    expect(visitor.page().url).to.match(/authenticator$/);
    // The step of the sign-up counts once.
    server.clock.advance(60);
    await enterCode(visitor, await appCode(server, single.secret!));
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
    expect(visitor.page().text).to.contain(single.email);
  });
});
