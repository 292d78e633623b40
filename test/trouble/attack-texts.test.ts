/**
 * What happened: whoever knew a person's number had thirty texts sent to it from six sign-ups, and the person, whose only method it was,
 * could not sign in for a day; and one network could use up the text messages of everybody for a day within the hour.
 */
import { expect } from 'chai';
import { choosePassword, completeSignUp, newAddress, newPhone, signIn } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('trouble: strangers who have texts sent', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  /** A sign-up whose address is the stranger's own, at the page of the methods. */
  async function stranger() {
    const visitor = server.visitor();
    const email = newAddress('stranger');
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    await choosePassword(visitor);
    return visitor;
  }

  it('do not keep the owner of the number from signing in', async () => {
    const owner = server.visitor();
    const phone = newPhone();
    await owner.open('/users/sign_up');
    const person = await completeSignUp(server, owner, newAddress('owner'), { text: phone });
    const { units } = server.config.policy.limits['send-destination'];
    for (let n = 0; n < units; n++) await server.deps.attempts.spend('send-destination', phone);

    const other = await stranger();
    await other.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    expect(other.page().text).to.contain('You can ask for another code at');

    const again = server.visitor();
    await again.open('/');
    await signIn(server, again, person);
    expect(again.page().heading).to.equal('Welcome to your USCIS Account');
  });

  it('are slowed by their network, whatever numbers they type', async () => {
    const { units } = server.config.policy.limits['send-texts-network'];
    for (let n = 0; n < units; n++) await server.deps.attempts.spend('send-texts-network', '127.0.0.1');
    const visitor = await stranger();
    const phone = newPhone();
    await visitor.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone });
    expect(visitor.page().text).to.contain('You can ask for another code at');
    server.clock.advance(61);
    await visitor.press(`Send code to •••${phone.slice(-2)}`);
    expect((await server.newest(phone)).codes).to.have.length(1);
  });
});
