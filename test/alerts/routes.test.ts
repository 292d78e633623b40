import { expect } from 'chai';
import { parseEmailAddress } from '../../src/accounts/email-address.ts';
import { ALERT_PURPOSES, type AlertPurpose } from '../../src/alerts/alert.ts';
import { newAddress } from '../support/people.ts';
import { commit, makeAccount, sharedServer } from '../support/shared-server.ts';

const BUTTONS = { 'not-me': 'Stop any recovery', 'cancel-recovery': 'Stop this recovery', 'freeze-email': 'Stop the change' } as const;

/** An account with something to stop, and the path of a link that stops it. */
async function linkFor(purpose: AlertPurpose, hours = 24) {
  const { deps } = await sharedServer();
  const [email, next] = [newAddress(), newAddress('lena')];
  const account = await makeAccount({ email });
  if (purpose === 'freeze-email')
    await commit([deps.accounts.changeEmail(account.id, parseEmailAddress(email)!, parseEmailAddress(next)!)]);
  const { token, write } = deps.mailedLinks.issue({ purpose, about: account.id, canonical: email, hours });
  await commit([write, deps.recoveries.start(account.id, 'questions', 72)]);
  return { account, email, next, token, path: `/users/alerts/${purpose}?token=${token}` };
}
const events = async (id: string) => (await (await sharedServer()).deps.audit.of(id)).map(({ type }) => type);
const isWaiting = async (id: string) => (await (await sharedServer()).deps.recoveries.of(id)).length > 0;

describe('alerts/routes', () => {
  for (const purpose of ALERT_PURPOSES) {
    describe(purpose, () => {
      it('takes the token out of the address at once, and shows it nowhere', async () => {
        const visitor = (await sharedServer()).visitor();
        const { path, token } = await linkFor(purpose);
        await visitor.open(path);
        const { url, status, html, headers } = visitor.page();
        expect(new URL(url).pathname + new URL(url).search).to.equal(`/users/alerts/${purpose}/confirm`);
        expect(status).to.equal(200);
        expect(html).not.to.include(token);
        expect(headers.get('cache-control')).to.include('no-store');
        expect(headers.get('referrer-policy')).to.equal('same-origin');
      });

      it('changes nothing when it is fetched, however often', async () => {
        const { deps, visitor, received } = await sharedServer();
        const { path, account, email } = await linkFor(purpose);
        const before = await deps.accounts.find(account.id);
        for (let times = 0; times < 3; times++) await visitor().open(path);
        expect(await deps.accounts.find(account.id)).to.deep.equal(before);
        expect(await isWaiting(account.id)).to.equal(true);
        expect(await events(account.id)).to.deep.equal([]);
        expect(await received(email)).to.deep.equal([]);
        expect((await deps.attempts.peek('cancel-recovery', account.id)).left).to.equal(3);
      });

      it('does its one thing at the button, without a sign-in, and says so again when it is pressed again', async () => {
        const { deps, visitor: browser, newest } = await sharedServer();
        const visitor = browser();
        const { path, account, email } = await linkFor(purpose);
        const { sessionsSince, passwordHash, methods, newPasswordDue } = account;
        await visitor.open(path);
        await visitor.press(BUTTONS[purpose]);
        expect(visitor.page().heading).to.match(/^Done: /);
        expect(await isWaiting(account.id)).to.equal(false);
        expect(await deps.accounts.find(account.id)).to.deep.include({ sessionsSince, passwordHash, methods, newPasswordDue });
        const mail = await newest(email);
        expect(mail.subject).to.match(/was stopped$/);
        const done = visitor.page().text;
        await visitor.open(path);
        expect([visitor.page().text, visitor.page().status]).to.deep.equal([done, 200]);
        await visitor.post(`/users/alerts/${purpose}/confirm`, '');
        expect([visitor.page().text, visitor.page().status]).to.deep.equal([done, 200]);
        expect(await events(account.id)).to.deep.equal([purpose === 'freeze-email' ? 'email.frozen' : 'recovery.cancelled']);
      });

      it('says when it has expired, and does nothing then', async () => {
        const { visitor: browser, clock } = await sharedServer();
        const visitor = browser();
        const { path, account } = await linkFor(purpose, 1);
        clock.advance(3601);
        await visitor.open(path);
        expect(visitor.page().heading).to.match(/expired|long over|no longer be stopped/);
        await visitor.post(`/users/alerts/${purpose}/confirm`, '');
        expect(visitor.page().status).to.equal(200);
        expect(await isWaiting(account.id)).to.equal(true);
        expect(await events(account.id)).to.deep.equal([]);
      });

      it('is a clear page for a token that is forged, cut off, of another purpose, or of an account that is gone', async () => {
        const { deps, visitor: browser } = await sharedServer();
        const others = await Promise.all(
          ALERT_PURPOSES.filter((other) => other !== purpose).map(async (other) => (await linkFor(other)).token),
        );
        const { token } = await linkFor(purpose);
        const gone = deps.mailedLinks.issue({ purpose, about: 'nobody', canonical: 'x@people.test', hours: 1 });
        await commit([gone.write]);
        const bad = ['', 'x', token.slice(0, -1), `${token}x`, 'a%0d%0ab', 'a;b', '$ne', 'a'.repeat(5000), gone.token, ...others];
        for (const tried of bad) {
          const visitor = browser();
          await visitor.open(`/users/alerts/${purpose}?token=${tried}`);
          expect([visitor.page().status, visitor.page().heading], tried.slice(0, 20)).to.deep.equal([404, 'This link does not work']);
        }
        const visitor = browser();
        for (const query of ['', '?token[]=x', `?token=${token}&token=${token}`]) {
          await visitor.open(`/users/alerts/${purpose}${query}`);
          expect(visitor.page().status, query).to.equal(404);
        }
      });

      it('is nothing in a browser that did not open the link', async () => {
        const visitor = (await sharedServer()).visitor();
        const { path, account } = await linkFor(purpose);
        await visitor.open(`/users/alerts/${purpose}/confirm`);
        expect(visitor.page().status).to.equal(400);
        await visitor.open('/help');
        await visitor.press('Español');
        await visitor.open(`/users/alerts/${purpose}/confirm`);
        expect([visitor.page().status, visitor.page().heading]).to.deep.equal([410, 'Abra el enlace otra vez, por favor']);
        await visitor.post(`/users/alerts/${purpose}/confirm`, '');
        expect(visitor.page().status).to.equal(410);
        expect(await isWaiting(account.id)).to.equal(true);
        await visitor.open(path);
        expect(visitor.page().status).to.equal(200);
      });

      it('speaks the language of the account to a browser that has chosen none', async () => {
        const visitor = (await sharedServer()).visitor();
        const { deps } = await sharedServer();
        const account = await makeAccount({ language: 'es' });
        const { token, write } = deps.mailedLinks.issue({ purpose, about: account.id, canonical: account.email, hours: 1 });
        await commit([write]);
        await visitor.open(`/users/alerts/${purpose}?token=${token}`);
        expect(visitor.page().root.querySelector('html')!.getAttribute('lang')).to.equal('es');
      });
    });
  }

  it('leads from "this wasn\'t me" to where an account is secured', async () => {
    const visitor = (await sharedServer()).visitor();
    await visitor.open((await linkFor('not-me')).path);
    const links = visitor
      .page()
      .root.querySelectorAll('main a')
      .map((link) => link.getAttribute('href'));
    expect(links).to.deep.equal(['/account/not-me', '/users/password/new']);
  });

  it('says that nothing is being recovered, with no button, and where to get help if something looks wrong', async () => {
    const { deps, visitor: browser } = await sharedServer();
    const account = await makeAccount();
    const { token, write } = deps.mailedLinks.issue({ purpose: 'not-me', about: account.id, canonical: account.email, hours: 1 });
    await commit([write]);
    for (const act of ['open', 'post'] as const) {
      const visitor = browser();
      await visitor.open(`/users/alerts/not-me?token=${token}`);
      if (act === 'post') await visitor.post('/users/alerts/not-me/confirm', '');
      const { heading, status, text, root } = visitor.page();
      expect([heading, status]).to.deep.equal(['Nobody is recovering your account right now', 200]);
      expect(text).to.include('Nothing was changed').and.to.include('Ask for help');
      expect(root.querySelector('main form')).to.equal(null);
      expect(root.querySelectorAll('main section a').map((link) => link.getAttribute('href'))).to.deep.equal([
        '/account/not-me',
        '/users/password/new',
      ]);
    }
  });

  it('says which address a change led to, masked, and after it was stopped how to come back', async () => {
    const visitor = (await sharedServer()).visitor();
    const { path, next } = await linkFor('freeze-email');
    await visitor.open(path);
    expect(visitor.page().text).to.include('l•••@people.test').and.not.include(next);
    await visitor.press('Stop the change');
    expect(visitor.page().text).to.include('How to get your account back');
    expect(visitor.page().root.querySelector('main a.button')!.getAttribute('href')).to.equal('/users/password/new');
  });

  it('keeps links of several mails apart in one browser', async () => {
    const visitor = (await sharedServer()).visitor();
    const [first, second] = [await linkFor('not-me'), await linkFor('cancel-recovery')];
    await visitor.open(first.path);
    await visitor.open(second.path);
    await visitor.open('/users/alerts/not-me/confirm');
    await visitor.press(BUTTONS['not-me']);
    expect([await isWaiting(first.account.id), await isWaiting(second.account.id)]).to.deep.equal([false, true]);
  });
});
