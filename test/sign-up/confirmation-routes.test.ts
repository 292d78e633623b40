import { expect } from 'chai';
import { localize } from '../../src/texts.ts';
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

  it('sends again in the language that was chosen meanwhile, from the page of the code and from that of the link', async () => {
    // What happened: the sign-up was begun in English; its page was in Spanish, and the next mail in English again.
    const { visitor: browser, newest, clock, deps } = await sharedServer();
    const { t } = deps.texts.in('es');
    const spanish = t('mail.confirm-sign-up.subject', { accountName: localize(deps.config.brand.accountName, 'es') });
    const email = newAddress();
    const visitor = browser();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    const { links, subject } = await newest(email);
    expect(subject).to.not.equal(spanish);
    await visitor.press('Español');
    clock.advance(120);
    await visitor.open('/users/confirmation/new');
    await visitor.press(t('sign-up.resend.submit'), { [t('common.email')]: email });
    expect((await newest(email, 2)).subject).to.equal(spanish);

    const elsewhere = browser();
    clock.advance(24 * 3600);
    await elsewhere.open(links.find((found) => found.includes('confirmation_token'))!);
    await elsewhere.press('Español');
    await elsewhere.press(t('sign-up.confirm-link.expired.submit'));
    expect((await newest(email, 3)).subject).to.equal(spanish);
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
