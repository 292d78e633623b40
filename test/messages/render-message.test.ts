import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LANGUAGES, type Language } from '../../src/language.ts';
import { channelOf, type Message } from '../../src/messages/message.ts';
import { createRenderMessage, type MessageBrand, ONE_TEXT, type RenderedMail, septets } from '../../src/messages/render-message.ts';
import { createTexts, localize } from '../../src/texts.ts';
import { SAMPLE_CODE, SAMPLE_LINK, sampleMessage, sampleMessages, sampleVariants } from '../support/sample-messages.ts';

const root = join(import.meta.dirname, '../..');
const brand = JSON.parse(readFileSync(join(root, 'config/brand.json'), 'utf8')) as MessageBrand;
const texts = createTexts(join(root, 'config/locales'));
const issuer = 'https://myaccount.example.org';
const renderer = (changes: { brand?: Partial<MessageBrand>; issuer?: string } = {}) =>
  createRenderMessage({ texts, brand: { ...brand, ...changes.brand }, issuer: changes.issuer ?? issuer, viewsDir: join(root, 'views') });
const render = renderer();
const mailOf = (message: Message, by = render) => by(message) as RenderedMail;
const everything = (language: Language) => [...sampleMessages(language), ...sampleVariants(language)];
const mails = (language: Language) => everything(language).filter((message) => channelOf(message) === 'mail');
/** The one link that a mail carries, if any. */
const linkOf = (message: Message): string | undefined =>
  Object.entries(message).find(([name, value]) => /^link$|Url$/.test(name) && value !== undefined)?.[1] as string | undefined;
const nameOf = (message: Message): string => {
  const { kind, ...fields } = message as Message & Record<'how' | 'what' | 'proof', string | undefined>;
  return [kind, fields.how, fields.what, fields.proof].filter(Boolean).join(' ');
};

/** What a reader sees of the HTML part. */
const visible = (html: string) =>
  html
    .replace(/<head>.*<\/head>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
    .trim();
const linksOf = (html: string) => [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => href?.replaceAll('&amp;', '&'));

describe('rendered messages', () => {
  for (const language of LANGUAGES) {
    describe(language, () => {
      for (const message of mails(language)) {
        it(`${nameOf(message)} names its language and direction and has one heading`, () => {
          const { html } = mailOf(message);
          expect(html).to.match(new RegExp(`^<!doctype html>\\s*<html lang="${language}" dir="ltr">`));
          expect(html.match(/<h1/g)).to.have.length(1);
          expect(html).to.match(/<title>[^<]+<\/title>/);
        });

        it(`${nameOf(message)} loads nothing and runs nothing`, () => {
          expect(mailOf(message).html).not.to.match(/<(img|script|link|iframe|form|style)|url\(|@import|src=/i);
        });

        it(`${nameOf(message)} has its style in the elements`, () => {
          const { html } = mailOf(message);
          expect(html).to.match(/<td class="sender" style="[^"]*background: #005ea2/);
          expect(html).not.to.include('var(--');
        });

        it(`${nameOf(message)} carries one link at most, to this system, and in both parts`, () => {
          const { html, text } = mailOf(message);
          const links = [...new Set(linksOf(html))];
          expect(links).to.deep.equal([linkOf(message)].filter((link) => link !== undefined));
          expect(text.match(/https?:\/\/\S+/g) ?? []).to.deep.equal(links);
          for (const link of links) expect(link).to.match(/^https:\/\/myaccount\.example\.org\//);
        });

        it(`${nameOf(message)} says the same in the text part as in the HTML part`, () => {
          const { html, text } = mailOf(message);
          const seen = visible(html);
          // Each line of the text part stands in the HTML part, but for what introduces the bare link.
          const lines = text.split('\n').filter((line) => line && line !== '--');
          const missing = lines.filter((line) => !seen.includes(line.replace(/:$/, '')));
          expect(missing).to.have.length(linkOf(message) === undefined ? 0 : 1);
          expect(text).not.to.match(/<|&amp;|&#/);
          expect(text).not.to.match(/\n{3}|[ \t]\n/);
        });

        it(`${nameOf(message)} says what to do when it was not you`, () => {
          const notYou = texts.in(language).t('mail.layout.not-you');
          const { html, text } = mailOf(message);
          expect(visible(html)).to.include(notYou);
          expect(text).to.include(notYou);
        });

        it(`${nameOf(message)} says that it comes from a demonstration, as long as it does`, () => {
          const sentence = texts.in(language).t('mail.layout.demonstration');
          const real = mailOf(message, renderer({ brand: { demonstration: false } }));
          expect(mailOf(message).text).to.include(sentence);
          expect(visible(mailOf(message).html)).to.include(sentence);
          expect(real.text).not.to.include(sentence);
          expect(real.html).not.to.include(sentence);
        });

        it(`${nameOf(message)} has a subject of one short line`, () => {
          expect(mailOf(message).subject).to.match(/^[^\n<>&{}]{10,75}$/);
        });

        it(`${nameOf(message)} shows no code in the subject or in the lines a locked phone previews`, () => {
          const { subject, html, text } = mailOf(message, renderer({ brand: { demonstration: false } }));
          for (const start of [subject, visible(html).slice(0, 150), text.slice(0, 150)]) expect(start).not.to.include(SAMPLE_CODE);
        });
      }

      it('a mailed code stands in both parts as one word', () => {
        for (const kind of ['email-code', 'confirm-sign-up', 'recovery-code', 'address-code'] as const) {
          const { html, text } = mailOf(sampleMessage(kind, language));
          expect(html).to.match(new RegExp(`>${SAMPLE_CODE}<`));
          expect(text).to.match(new RegExp(`^${SAMPLE_CODE}$`, 'm'));
        }
      });

      it('a text is a single one of 160 characters, with the code first and without a link', () => {
        const { text } = render(sampleMessage('text-code', language));
        expect(septets(text)).to.be.within(1, ONE_TEXT);
        expect(text.startsWith(`${SAMPLE_CODE} `)).to.equal(true);
        expect(text).not.to.match(/https?:|www\.|\.org\/|\.com/i);
        expect(text).to.include('USCIS').and.to.include('10 minut');
      });
    });
  }

  it('the confirmation mail tells how long link, code and sign-up last, naming day and zone', () => {
    const english = mailOf(sampleMessage('confirm-sign-up', 'en')).text;
    expect(english).to.include(SAMPLE_LINK).and.to.include('24 hours').and.to.include('30 minutes');
    expect(english).to.include('November 29, 2026, 3:15 PM Eastern Time');
    const spanish = mailOf(sampleMessage('confirm-sign-up', 'es')).text;
    expect(spanish)
      .to.include('24 horas')
      .and.to.include('30 minutos')
      .and.to.include('29 de noviembre de 2026')
      .and.to.include('hora del Este');
  });

  it('says "1 hour" and "1 minute" in the singular', () => {
    const { text } = mailOf({ ...sampleMessage('confirm-sign-up'), linkHours: 1, minutes: 1 });
    expect(text).to.include('for 1 hour after').and.to.include('for 1 minute after');
  });

  it('no sentence of an English message stands in its Spanish one', () => {
    const english = everything('en').map((message) => render(message));
    const spanish = everything('es').map((message) => render(message));
    /** Every run of three words, but for those made of the brand's names, numbers and addresses. */
    const brandWords = new Set(
      [brand.systemName, brand.accountName, brand.shortName].flatMap((name) => localize(name, 'en').toLowerCase().split(/\W+/)),
    );
    const runs = (text: string) => {
      const sentences = text
        .toLowerCase()
        .replace(/https?:\S+|\S+\/help|@\S+ #\d+|\S+•\S+/g, '')
        .split(/[.:!?\n]+/);
      return sentences.flatMap((sentence) => {
        const words = sentence.match(/\p{L}+/gu) ?? [];
        return words
          .map((_, index) => words.slice(index, index + 3))
          .filter((run) => run.length === 3 && !run.every((word) => brandWords.has(word)));
      });
    };
    const all = (rendered: ReturnType<typeof render>) =>
      rendered.channel === 'mail' ? [rendered.subject, visible(rendered.html), rendered.text].join('\n') : rendered.text;
    english.forEach((message, index) => {
      const spoken = new Set(runs(all(message)).map((run) => run.join(' ')));
      const shared = runs(all(spanish[index] as typeof message))
        .map((run) => run.join(' '))
        .filter((run) => spoken.has(run));
      expect(spoken.size).to.be.greaterThan(10);
      expect(shared).to.deep.equal([]);
    });
  });

  for (const language of LANGUAGES) {
    for (const kind of ['text-recovery-waiting', 'text-email-settling'] as const)
      it(`the ${kind} is a single one in its longest month, without a link (${language})`, () => {
        const until = new Date('2026-09-29T20:15:00Z');
        const { text } = render({ ...sampleMessage(kind, language), until });
        expect(septets(text), text).to.be.within(1, ONE_TEXT);
        expect(text).not.to.match(/https?:|www\.|\.org|\.com|@/i);
        expect(text).to.match(/September 29, 2026|29 de septiembre de 2026/);
      });

    it(`a notice says when it happened and on what, and nothing of a device it does not know (${language})`, () => {
      const { text, html } = mailOf(sampleMessage('new-device', language));
      for (const said of [text, visible(html)]) expect(said).to.include('1:15').and.to.include('Firefox (Windows)');
      const unknown = mailOf({ ...sampleMessage('new-device', language), device: '' });
      expect(unknown.text)
        .to.include('1:15')
        .and.not.match(/^(Device|Dispositivo)/m);
    });

    it(`whoever objects is told so in the words of the link (${language})`, () => {
      const { t } = texts.in(language);
      for (const message of mails(language)) {
        const link = linkOf(message) ?? '';
        const purpose = /alerts\/([a-z-]+)\?/.exec(link)?.[1];
        if (!purpose) continue;
        expect(mailOf(message).text, nameOf(message)).to.include(`"${t(`mail.layout.${purpose}`)}"`);
      }
    });
  }

  it('says of a recovery what it rests on, and until when it waits', () => {
    const said = (proof: 'method' | 'questions' | 'operators') => mailOf({ ...sampleMessage('recovery-waiting'), proof }).text;
    expect(said('method')).to.include('another way to prove').and.to.include('November 29, 2026, 3:15 PM Eastern Time');
    expect(said('questions')).to.include('password reset questions');
    expect(said('operators')).to.include('our support');
  });

  it('tells only the former address that it may stop a change, and both the new one, masked', () => {
    const former = mailOf(sampleMessage('email-changed')).text;
    expect(former).to.include('l•••@example.net').and.to.include('Stop the change');
    const now = mailOf({ ...sampleMessage('email-changed'), freezeUrl: undefined }).text;
    expect(now).to.include('l•••@example.net').and.not.include('Stop the change');
  });

  it('binds a text to the origin where both fit, and nowhere else', () => {
    const message = sampleMessage('text-code');
    expect(render(message).text).to.match(/\n\n@myaccount\.example\.org #012345$/);
    expect(renderer({ issuer: 'http://localhost:3000' })(message).text).not.to.include('@');
    expect(renderer({ issuer: `https://${'long.'.repeat(9)}example.org` })(message).text).not.to.include('@');
  });

  it('shows what a message carries as words, never as markup', () => {
    const link = 'https://myaccount.example.org/"><script>alert(1)</script>';
    const { html } = mailOf({ ...sampleMessage('confirm-sign-up'), link, code: '<b>1</b>' });
    expect(html).not.to.include('<script').and.not.to.include('<b>');
  });
});

describe('the length of a text message', () => {
  it('counts one septet for a character of the basic alphabet', () => {
    expect(septets('Your code: 012345')).to.equal(17);
    expect(septets('ñéùàÑü¿¡@£')).to.equal(10);
  });

  it('counts two for those that need the escape character', () => {
    expect(septets('[€]')).to.equal(6);
  });

  it('says that a text cannot be written in it', () => {
    for (const character of ['á', 'í', 'ó', 'ú', '’', '“', '李', '🙂']) expect(septets(`abc ${character}`)).to.equal(undefined);
  });
});
