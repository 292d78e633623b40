import { expect } from 'chai';
import { ANSWERS, completeSignUp, newAddress, signIn } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('walk: sign-up and sign-in', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('leads from the sign-up page to the welcome page, and in again', async () => {
    const visitor = server.visitor();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    const person = await completeSignUp(server, visitor, email);
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
    expect(visitor.page().text).to.contain('Login to a USCIS Service');
    const created = await server.newest(email, 3);
    expect(created.subject).to.match(/account/i);
    expect((await server.received(email)).length).to.equal(3);

    const again = server.visitor();
    await again.open('/');
    await signIn(server, again, person);
    expect(again.page().heading).to.equal('Welcome to your USCIS Account');
    expect(ANSWERS).to.have.length(5);
  });
});
