import { expect } from 'chai';
import { completeSignUp, newAddress } from '../support/people.ts';
import { proveMailbox, stepOf } from '../support/recovering.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('recovery/routes', function () {
  this.timeout(60_000);

  it('opens the recovery, and the sign-in page leads there within its own authorization', async () => {
    const server = await sharedServer();
    const visitor = server.visitor();
    await visitor.open('/users/password/new');
    expect([stepOf(visitor), visitor.page().heading]).to.deep.equal(['recovery/email', 'Forgot your password?']);
    await visitor.follow('I remember my password after all');
    expect(stepOf(visitor)).to.equal('sign-in/password');
    const [, , uid] = new URL(visitor.page().url).pathname.split('/');
    await visitor.follow('Forgot your password?');
    expect(new URL(visitor.page().url).pathname).to.equal(`/interaction/${uid}/recovery/email`);
  });

  it('opens it for somebody who is signed in and has forgotten the password, and signs them out at its end alone', async () => {
    const server = await sharedServer();
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    const { email } = await completeSignUp(server, visitor, newAddress());
    await visitor.open('/users/password/new');
    expect(stepOf(visitor)).to.equal('recovery/email');
    await proveMailbox(server, visitor, email);
    expect(stepOf(visitor)).to.equal('recovery/choose-proof');
    await visitor.open('/');
    expect(visitor.page().heading).to.contain('Welcome');
  });
});
