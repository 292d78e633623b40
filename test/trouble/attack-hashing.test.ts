/**
 * What happened: a sign-up could choose its password anew without end. Each is hashed, at 27 ms of a core; a hundred sign-ups that did
 * nothing else filled the queue of hashes, and sign-ins were told to come back.
 */
import { expect } from 'chai';
import { choosePassword, newAddress } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('trouble: a password chosen over and over', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  it('is hashed so many times an hour, then has to wait', async () => {
    const visitor = server.visitor();
    const email = newAddress('again');
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    const page = visitor.page().url;
    const { units, seconds } = server.config.policy.limits['new-password'];
    for (let n = 0; n < units; n++) {
      await visitor.open(page);
      await choosePassword(visitor, `Granite-Harbor ${n}!`);
      expect(visitor.page().url).to.match(/delivery$/);
    }
    await visitor.open(page);
    await choosePassword(visitor);
    expect(visitor.page().status).to.equal(422);
    expect(visitor.page().text).to.contain('You can try again at');
    server.clock.advance(seconds);
    await choosePassword(visitor);
    expect(visitor.page().url).to.match(/delivery$/);
  });
});
