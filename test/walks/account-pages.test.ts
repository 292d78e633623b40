/** Somebody looks after their account: through a real service, on two devices, in both languages, without scripts. */
import { expect } from 'chai';
import { LANGUAGES, type Language } from '../../src/language.ts';
import { untilTold } from '../support/delivered.ts';
import { startServerAndDemo } from '../support/demo.ts';
import { completeQuickly } from '../support/newcomer.ts';
import { choosePassword, enterCode, newAddress, type Person, signIn } from '../support/people.ts';
import type { TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';

const WINDOWS = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0' };

describe('walk: the pages of an account', function () {
  this.timeout(60_000);
  let server: TestServer;
  let demoUrl: string;

  before(async () => {
    ({ server, demoUrl } = await startServerAndDemo());
  });

  const device = (headers: Record<string, string> = {}) => server.visitor(headers, [demoUrl]);
  const wordsIn = (language: Language) => (key: string, params?: object) => server.deps.texts.in(language).t(key, { ...params });
  const inLanguage = async (visitor: Visitor, language: Language) => {
    if (language === 'es') await visitor.press('Español');
  };
  /** Signed up, and signed in at the service. */
  const newPerson = async (): Promise<{ visitor: Visitor; person: Person }> => {
    const visitor = device();
    await visitor.open('/users/sign_up');
    const person = await completeQuickly(server, visitor, newAddress());
    await visitor.open(`${demoUrl}/login`);
    await visitor.press('Submit', { 'I am an applicant, petitioner, or requestor': true });
    expect(visitor.page().url).to.equal(`${demoUrl}/my-account`);
    return { visitor, person };
  };
  const isSignedInAtService = async (visitor: Visitor) => (await visitor.open(`${demoUrl}/my-account`)).url === `${demoUrl}/my-account`;

  for (const language of LANGUAGES)
    it(`are read and changed: ${language}`, async () => {
      const t = wordsIn(language);
      const own = (key: string, params?: object) => t(`account-pages.${key}`, params);
      const { visitor, person } = await newPerson();
      await visitor.open(`${server.origin}/`);
      await inLanguage(visitor, language);
      await visitor.follow(t('common.your_account'));
      expect(visitor.page().heading).to.equal(own('overview.heading'));

      await visitor.follow(`${own('overview.change')} – ${own('overview.change_type', { service: 'myUSCIS' })}`);
      expect(visitor.page().heading).to.equal(own('account-type.heading', { service: 'myUSCIS' }));
      const types = server.config.services[0]!.accountTypes.map(({ label }) => (typeof label === 'string' ? label : label[language]!));
      await visitor.press(t('common.save'), { [types[1]!]: true });
      expect(visitor.page().text).to.contain(own('changed.account-type.chosen')).and.contain(types[1]);

      await visitor.follow(`${own('overview.switch_off')} – ${own('overview.switch_questions')}`);
      await visitor.press(t('common.save'), { [own('recovery-questions.off')]: true });
      expect(visitor.page().text).to.contain(own('overview.questions_off'));

      const other = device(WINDOWS);
      await other.open('/');
      await signIn(server, other, person);
      await visitor.follow(t('common.account_security'));
      await visitor.follow(own('security.end_others'));
      await visitor.press(own('end-other-sessions.submit'));
      expect(visitor.page().text).to.contain(own('security.no_others'));
      expect((await other.open('/account')).url).to.match(/sign-in\/password$/);

      await visitor.follow(`${own('security.withdraw')} – myUSCIS`);
      expect(visitor.page().text).to.contain(own('withdraw-service.text', { service: 'myUSCIS' }));
      await visitor.press(own('withdraw-service.submit'));
      expect(visitor.page().text)
        .to.contain(own('security.services_none'))
        .and.contain(t('history.service-withdrawn', { client: 'myUSCIS' }));
      await untilTold(server);
      // The service was told, and asks anew; whoever goes there connects it again, as the page has said.
      visitor.requests.length = 0;
      expect(await isSignedInAtService(visitor)).to.equal(true);
      expect(visitor.requests.map(({ url }) => new URL(url).pathname)).to.include('/authorize');
      expect((await visitor.open(`${server.origin}/account/security`)).text).to.contain(`${own('security.withdraw')} – myUSCIS`);
    });

  it('let a person cancel, and keep everything as it was', async () => {
    const { visitor, person } = await newPerson();
    const account = () => server.deps.accounts.findByEmail(person.email);
    const before = await account();
    for (const path of [
      '/account/questions',
      '/account/language',
      '/account/services/myuscis/withdraw',
      '/account/sessions/end-others',
      '/account/not-me',
    ]) {
      await visitor.open(server.origin + path);
      await visitor.follow('Cancel');
      expect(new URL(visitor.page().url).pathname, path).to.be.oneOf(['/account', '/account/security']);
    }
    expect(await account()).to.deep.equal(before);
    expect(await isSignedInAtService(visitor)).to.equal(true);
  });

  for (const language of LANGUAGES)
    it(`"this wasn't me" signs out here, there and at the service, and the next sign-in asks for a new password: ${language}`, async () => {
      const t = wordsIn(language);
      const own = (key: string, params?: object) => t(`account-pages.${key}`, params);
      const { visitor, person } = await newPerson();
      const thief = device(WINDOWS);
      await thief.open('/');
      await signIn(server, thief, person);
      await visitor.open(`${server.origin}/account/security`);
      await inLanguage(visitor, language);
      expect(visitor.page().text).to.contain('Firefox (Windows)');
      const link = visitor.page().root.querySelector('a[href="/account/not-me"]')!;
      await visitor.open(link.getAttribute('href')!);
      await visitor.press(own('not-me.submit'));
      expect(visitor.page().heading).to.equal(own('secured.heading'));
      expect((await thief.open('/account')).url).to.match(/sign-in\/password$/);
      await untilTold(server);
      expect(await isSignedInAtService(visitor)).to.equal(false);

      server.clock.advance(60);
      const owner = device();
      await owner.open(`${server.origin}/`);
      const before = (await server.received(person.email)).length;
      await owner.press('Sign In', { 'Email address': person.email, Password: person.password });
      await enterCode(owner, (await server.newest(person.email, before + 1)).codes[0]!);
      expect(owner.page().url).to.match(/new-password$/);
      await choosePassword(owner, 'Copper-Lantern 88?');
      await owner.open('/account');
      expect(owner.page().text).to.contain('Set').and.not.contain('To be changed at your next sign-in');
    });
});
