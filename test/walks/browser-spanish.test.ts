/** The same journey in Spanish, by the mailed link: no word of English on any page, title, error, mail or text; and how a language is chosen and kept. */
import { expect } from 'chai';
import { englishIn, linesOf } from '../support/english.ts';
import { newAddress } from '../support/people.ts';
import * as walk from '../support/sign-up-walk.ts';
import { ENGLISH } from './words-en.ts';
import { SPANISH as words } from './words-es.ts';

describe('walk: sign-up in Spanish', function () {
  const { all, open, seen, walkerIn, itIsSound } = walk.signUpInBrowser(this, words, { axe: 'right' });
  let walker: walk.Walker;
  before(async () => {
    walker = walkerIn(await open({ permissions: ['clipboard-read', 'clipboard-write'] }), 'nieves');
  });

  it('changes the language in its place, with what was typed', async () => {
    const { tab } = walker;
    await tab.open(`${all().server.origin}/users/sign_up`);
    await tab.look(ENGLISH.email);
    tab.seen.length = 0;
    const place = tab.page.url();
    await tab.field(ENGLISH.email.field).fill('nieves@example');
    await tab.press(ENGLISH.other);
    expect(tab.page.url()).to.equal(place);
    expect((await tab.look(words.email)).language).to.equal('es');
    expect(await tab.field(words.email.field).inputValue()).to.equal('nieves@example');
    await tab.page.reload();
    expect(await tab.field(words.email.field).inputValue(), 'once').to.equal('');
  });

  walk.itGoesAllTheWay(() => walker, walk.openLink);

  describe('beside the way', () => {
    it('says what is wrong with an address', async () => {
      const { tab } = walker;
      await tab.open(`${all().server.origin}/users/confirmation?confirmation_token=nothing`);
      await tab.look(words.link.wrong);
      await tab.open(`${all().server.origin}/nothing-here`);
      await tab.look(words.notFound);
    });

    it('follows the language of a sign-up to another browser, but not into a session of somebody else', async () => {
      const { server, tab } = walker;
      const address = newAddress('nieves');
      const here = await open({ locale: 'es-US' });
      await here.open(`${server.origin}/users/sign_up`);
      await here.field(words.email.field).fill(address);
      await here.press(words.email.submit);
      const mail = await server.newest(address);
      expect(mail.subject).to.equal(words.confirmMail.subject);

      await tab.open(mail.links[0]!);
      await tab.look(words.link.somebody);
      const other = await open();
      await walk.openLink({ ...walker, tab: other }, mail);
      await other.look(words.terms);
      await other.follow(words.help.title);
      await other.look(words.help);
    });

    it('comes from the service', async () => {
      const tab = await open();
      await tab.open(`${all().demoUrl}/login?ui_locales=es`);
      await tab.look({ ...words.signIn, says: [words.signIn.toService] });
      await tab.follow(words.privacy.title);
      await tab.look(words.privacy);
      await tab.back();
      await tab.follow(words.confirm.notReceived);
      await tab.look(words.resend);
    });
  });

  describe('in all of this', () => {
    it('no page, title, or error has a word of English', () => {
      expect(seen()).to.have.length.above(60);
      expect(
        seen()
          .filter(({ language }) => language !== 'es')
          .map(({ url }) => url),
      ).to.deep.equal([]);
      expect(seen().flatMap(({ url, lines }) => englishIn(lines).map((line) => `${url}: ${line}`))).to.deep.equal([]);
    });

    it('no mail or text has one', () => {
      expect(walker.messages.map(({ channel }) => channel)).to.include.members(['mail', 'text']);
      expect(walker.messages.flatMap((one) => englishIn(linesOf(one)))).to.deep.equal([]);
    });

    it('can tell English from Spanish', () => {
      const { controls: _, ...said } = ENGLISH.delivery;
      expect(englishIn([said.heading, said.fees, said.email, 'We sent a one-time code to', 'Submit'])).to.have.length(5);
      expect(englishIn(['Correo electrónico', 'Enviar', 'myUSCIS', 'nieves@people.test'])).to.deep.equal([]);
    });

    itIsSound();
  });
});
