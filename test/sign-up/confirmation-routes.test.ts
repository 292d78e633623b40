import { expect } from 'chai';
import { newAddress } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

/** Whose they are and where they lead is walked in `walks/links.test.ts`; here is how they answer. */
describe('sign-up/confirmation-routes', () => {
  it('wants an address that is one, and keeps what was typed', async () => {
    const visitor = (await sharedServer()).visitor();
    await visitor.open('/users/confirmation/new');
    await visitor.press('Resend confirmation instructions', { 'Email address': '' });
    expect([visitor.page().status, visitor.page().title.startsWith('Error: ')]).to.deep.equal([422, true]);
    await visitor.press('Resend confirmation instructions', { 'Email address': 'ana@' });
    expect(visitor.page().status).to.equal(422);
    expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal('ana@');
  });

  it('fills in the address of the sign-up that waits in this browser, and leads back to it', async () => {
    const { visitor: browser, newest } = await sharedServer();
    const visitor = browser();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    const waiting = visitor.page().url;
    await newest(email);
    await visitor.open('/users/confirmation/new');
    expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal(email);
    await visitor.open('/users/confirmation/sent');
    await visitor.follow('Enter the confirmation code');
    expect(visitor.page().url).to.equal(waiting);
  });

  it('takes the token out of the address at once, and never into a page', async () => {
    const { visitor: browser, newest } = await sharedServer();
    const visitor = browser();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    const link = (await newest(email)).links.find((found) => found.includes('confirmation_token'))!;
    await visitor.open(link);
    expect(visitor.page().url).to.match(/\/users\/confirmation\/confirm$/);
    expect(visitor.page().html).not.to.contain(new URL(link).searchParams.get('confirmation_token'));
    expect(visitor.page().headers.get('cache-control')).to.contain('no-store');
  });

  it('has nothing to confirm or to send again without a link', async () => {
    const visitor = (await sharedServer()).visitor();
    await visitor.open('/users/sign_up');
    for (const path of ['/users/confirmation/confirm', '/users/confirmation/resend']) {
      await visitor.post(path, '');
      expect(visitor.page().status, path).to.equal(410);
    }
  });
});
