import { expect } from 'chai';
import { localize } from '../../src/texts.ts';
import { newAddress } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('journey/journey-routes', () => {
  const onSignIn = async () => {
    const visitor = (await sharedServer()).visitor();
    await visitor.open('/');
    return visitor;
  };

  it('changes nothing on a GET of an action, and knows no actions but those of the step', async () => {
    const visitor = await onSignIn();
    const { url } = visitor.page();
    for (const name of ['submit', 'passkey', 'nonsense']) {
      expect((await visitor.open(`${url}/${name}`)).status).to.equal(200);
      expect(visitor.page().url, 'the page of the button').to.equal(url);
    }
    for (const name of ['resend', 'constructor', '__proto__', 'toString'])
      expect((await visitor.post(`${url}/${name}`, '')).status, name).to.equal(404);
  });

  it('shows a failed form again with what was typed, and without the password', async () => {
    const visitor = await onSignIn();
    await visitor.press('Sign In', { 'Email address': 'ana@people.test', Password: 'Wrong-Harbor 71!' });
    expect([visitor.page().status, visitor.page().title.startsWith('Error: ')]).to.deep.equal([422, true]);
    expect(visitor.fieldOf('Email address').getAttribute('value')).to.equal('ana@people.test');
    expect(visitor.page().html).not.to.contain('Wrong-Harbor');
  });

  it('shows a page of a step that is not due as the page that is', async () => {
    const visitor = await onSignIn();
    const { url } = visitor.page();
    for (const step of ['email-code', 'terms', 'choose-method']) {
      await visitor.open(url.replace(/password$/, step));
      expect(visitor.page().url, step).to.equal(url);
      await visitor.post(url.replace(/password$/, step), 'code=123456');
      expect(visitor.page().url, step).to.equal(url);
    }
  });

  it("answers nobody in somebody else's interaction", async () => {
    const mine = await onSignIn();
    const theirs = await onSignIn();
    const answer = await theirs.open(mine.page().url);
    expect([answer.status, answer.url]).to.deep.equal([410, mine.page().url]);
    const posted = await theirs.post(mine.page().url, new URLSearchParams({ email: newAddress(), password: 'x' }).toString());
    expect(posted.status).to.equal(410);
  });

  it('takes a form from our own pages alone', async () => {
    const visitor = await onSignIn();
    const answer = await visitor.post(visitor.page().url, 'email=a', { 'sec-fetch-site': 'cross-site' });
    expect(answer.status).to.equal(403);
  });

  it('gives a file where the page offers one', async () => {
    const { visitor: browser, newest, config } = await sharedServer();
    const visitor = browser();
    const email = newAddress();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await newest(email)).codes[0]! });
    await visitor.press('I Agree');
    await visitor.press('Submit', { Password: 'Granite-Harbor 71!', 'Confirm password': 'Granite-Harbor 71!' });
    await visitor.press('Submit', { Email: true });
    await visitor.press('Submit', { 'Secure one-time password': (await newest(email, 2)).codes[0]! });
    const { url } = visitor.page();
    const shown = visitor.page().root.querySelector('.groups')!.structuredText.trim().split(/\s+/);
    const file = await visitor.press('Download');
    expect(file.headers.get('content-disposition')).to.equal('attachment; filename="backup-code.txt"');
    expect(file.html).to.equal(`${localize(config.brand.accountName, 'en')}\n${shown.join('-')}\n`);
    expect((await visitor.open(url)).root.querySelector('.groups')!.structuredText.trim().split(/\s+/)).to.deep.equal(shown);
  });
});
