import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LANGUAGES, type Language } from '../../src/language.ts';
import { type AccountMessage, SECURITY_CHANGES } from '../../src/messages/account-messages.ts';
import { CHANNELS, channelOf, type Message, worthSendingFor } from '../../src/messages/message.ts';
import { createRenderMessage, type MessageBrand } from '../../src/messages/render-message.ts';
import { createTexts } from '../../src/texts.ts';
import { SAMPLE_CODE, sampleMessage, sampleMessages, sampleVariants } from '../support/sample-messages.ts';

type Kind = AccountMessage['kind'];
/** What each carries besides to whom, when and from what; a kind without an entry does not compile. */
const CARRIES: { readonly [Each in Kind]: readonly Exclude<keyof Extract<AccountMessage, { kind: Each }>, 'kind' | 'to' | 'language'>[] } =
  {
    'recovery-code': ['at', 'device', 'notMeUrl', 'code', 'minutes'],
    'recovery-requested': ['at', 'device', 'notMeUrl'],
    'recovery-waiting': ['at', 'device', 'proof', 'until', 'cancelUrl'],
    'text-recovery-waiting': ['until'],
    'recovery-cancelled': ['at', 'device'],
    'password-changed': ['at', 'device', 'notMeUrl', 'how'],
    'security-change': ['at', 'device', 'notMeUrl', 'what'],
    'email-change-requested': ['at', 'device', 'notMeUrl', 'newAddressMasked'],
    'email-changed': ['at', 'device', 'newAddressMasked', 'freezeUrl'],
    'email-frozen': ['at', 'device'],
    'email-restored': ['at', 'device'],
    'email-settling': ['at', 'device', 'addressMasked', 'until'],
    'text-email-settling': ['until'],
    'email-settled': ['at', 'device'],
    'address-code': ['code', 'minutes'],
    'address-taken': [],
    'address-reserved': [],
    'new-device': ['at', 'device', 'notMeUrl'],
    'code-failures': ['at', 'device', 'notMeUrl'],
    'account-closing': ['at', 'device', 'until', 'signInUrl'],
    'account-kept': ['at', 'device', 'notMeUrl'],
    'account-closed': ['at', 'device'],
    'account-locked': ['at', 'device'],
    'account-unlocked': ['at', 'device'],
  };
const KINDS = Object.keys(CARRIES) as Kind[];
const WITH_CODE: readonly Kind[] = ['recovery-code', 'address-code'];
const TO = 'ana.ibarra@example.org';

const root = join(import.meta.dirname, '../..');
const brand = JSON.parse(readFileSync(join(root, 'config/brand.json'), 'utf8')) as MessageBrand;
const texts = createTexts(join(root, 'config/locales'));
const render = createRenderMessage({ texts, brand, issuer: 'https://myaccount.example.org', viewsDir: join(root, 'views') });

const isOfAccount = (message: Message): message is AccountMessage => message.kind in CARRIES;
const everything = (language: Language): readonly AccountMessage[] =>
  [...sampleMessages(language, TO), ...sampleVariants(language)].filter(isOfAccount);
const linksIn = (text: string) => text.match(/[a-z]+:\/\/[^\s"<]+/g) ?? [];

describe('messages to the owner of an account', () => {
  it('have a channel, a life and a sample, each kind of them', () => {
    expect(Object.keys(CHANNELS)).to.include.members(KINDS);
    const samples = sampleMessages('en').filter(isOfAccount);
    expect(samples.map(({ kind }) => kind)).to.have.members(KINDS);
    for (const message of samples) {
      expect(worthSendingFor(message), message.kind).to.be.within(60, 7 * 24 * 3600);
      expect(Object.keys(message), message.kind).to.have.members(['kind', 'to', 'language', ...CARRIES[message.kind]]);
    }
  });

  it('are other kinds than those of signing up and in', () => {
    const others = Object.keys(CHANNELS).filter((kind) => !(kind in CARRIES));
    expect(others).to.have.members(['confirm-sign-up', 'account-exists', 'account-created', 'email-code', 'text-code']);
  });

  it('go to a phone where they are named so, and nowhere else', () => {
    expect(KINDS.filter((kind) => CHANNELS[kind] === 'text')).to.deep.equal(['text-recovery-waiting', 'text-email-settling']);
  });

  it('carry a code where it is asked for, and no other secret', () => {
    const carrying = KINDS.filter((kind) => CARRIES[kind].some((field) => /code|secret|password|phone|answer/i.test(field)));
    expect(carrying).to.deep.equal(WITH_CODE);
  });

  it('carry one link at most, and with a code none but that to object', () => {
    for (const kind of KINDS) {
      const links = CARRIES[kind].filter((field) => /url|link/i.test(field));
      expect(links.length, kind).to.be.at.most(CHANNELS[kind] === 'text' ? 0 : 1);
      if (WITH_CODE.includes(kind)) expect(links, kind).to.deep.equal(kind === 'recovery-code' ? ['notMeUrl'] : []);
    }
  });

  for (const language of LANGUAGES) {
    describe(language, () => {
      const rendered = everything(language).map((message) => ({ message, said: render(message) }));

      it('have neither code nor address nor link in the subject', () => {
        for (const { message, said } of rendered) {
          if (said.channel !== 'mail') continue;
          expect(said.subject, message.kind).not.to.match(/\d|@|•|:\/\//);
          expect(said.subject, message.kind).not.to.include('ana');
        }
      });

      it('have one link at most, the one they were given; texts have none', () => {
        for (const { message, said } of rendered) {
          const given = Object.values(message).filter((value) => typeof value === 'string' && value.includes('://'));
          const whole = said.channel === 'mail' ? [said.text, said.html] : [said.text];
          for (const part of whole) {
            const links = [...new Set(linksIn(part.replaceAll('&amp;', '&').replace(/https?:\/\/www\.w3\.org\S*/g, '')))];
            expect(links, message.kind).to.deep.equal(given);
          }
          if (said.channel === 'text') expect(said.text).not.to.match(/www\.|\.(gov|com|org)\b|@/);
        }
      });

      it('show no code but where it was asked for, and the reader’s own address nowhere', () => {
        for (const { message, said } of rendered) {
          const whole = said.channel === 'mail' ? said.subject + said.text + said.html : said.text;
          expect(whole.includes(SAMPLE_CODE), message.kind).to.equal(WITH_CODE.includes(message.kind));
          expect(whole, message.kind).not.to.include(TO);
        }
      });

      it('say each security change in a subject of its own', () => {
        const subjects = SECURITY_CHANGES.map((what) => {
          const said = render({ ...sampleMessage('security-change', language), what });
          return said.channel === 'mail' ? said.subject : '';
        });
        expect(new Set(subjects).size).to.equal(SECURITY_CHANGES.length);
      });
    });
  }

  it('say when it happened, where they tell of something that did', () => {
    for (const message of everything('en')) {
      if (!('at' in message)) continue;
      const said = render(message);
      expect(said.text, message.kind).to.include('1:15');
      expect(channelOf(message)).to.equal('mail');
    }
  });
});
