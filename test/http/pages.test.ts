import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { LANGUAGES } from '../../src/language.ts';
import { BRAND, EXHIBITS, nameOf, renderExhibit, TEXTS } from '../support/gallery.ts';

const titleOf = (html: string) => /<title>(.*?)<\/title>/s.exec(html)![1]!;
const attributesOf = (tag: string) =>
  Object.fromEntries([...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].slice(1).map(([, name, value]) => [name, value ?? '']));
const tagsOf = (html: string, name: string) => [...html.matchAll(new RegExp(`<${name}\\b[^>]*>`, 'g'))].map(([tag]) => attributesOf(tag));
const unescaped = (html: string) =>
  html
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** What a person reads or hears, without what is marked as another language. */
const wordsOf = (html: string) =>
  unescaped(
    html
      .replace(/<html[^>]*>/, '')
      .replace(/<(\w+)[^>]*\blang="en"[^>]*>.*?<\/\1>/gs, ' ')
      .replace(
        /<[^>]*>/g,
        (tag) =>
          [...tag.matchAll(/(?:aria-label|title|alt|placeholder|data-\w+)="([^"]*)"/g)].map(([, value]) => ` ${value} `).join('') || ' ',
      ),
  ).replace(/\s+/g, ' ');

describe('pages', () => {
  for (const language of LANGUAGES) {
    describe(`in ${language}`, () => {
      for (const shown of EXHIBITS) {
        it(`${nameOf(shown)} is whole`, () => {
          const html = renderExhibit(shown, language);
          expect(html).to.match(/^<!doctype html>\s*<html lang="(en|es)">/);
          expect(html).to.include(`<html lang="${language}">`);
          expect(html.match(/<h1/g), 'one heading').to.have.length(1);
          expect(html, 'nothing undefined').not.to.match(/undefined|\[object|NaN|Invalid Date/);

          const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!);
          expect(new Set(ids).size, 'ids are unique').to.equal(ids.length);
          for (const [, named] of html.matchAll(/(?:aria-describedby|aria-labelledby)="([^"]*)"/g))
            expect(ids).to.include.members(named!.split(' '));
          for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).to.include(target);

          const labels = new Set(tagsOf(html, 'label').map((label) => label.for));
          const fields = [...tagsOf(html, 'input'), ...tagsOf(html, 'select')].filter(
            (field) => field.type !== 'hidden' && field['aria-hidden'] !== 'true',
          );
          for (const field of fields) expect(labels.has(field.id), `a label for ${field.id}`).to.equal(true);

          for (const form of tagsOf(html, 'form')) expect(form.method, 'forms are posted').to.equal('post');
          expect(html, 'no inline style').not.to.match(/<style|\sstyle="/);
          expect(html, 'no inline script').not.to.match(/<script(?![^>]*\ssrc=)|\son\w+="/);
          for (const [, address] of html.matchAll(/(?:src|<link[^>]*href|action)="([^"]*)"/g))
            expect(address, 'a resource of our own').to.match(/^\/(?!\/)/);
        });
      }

      it('says "Error:" first in the title, marks the field and lists the problem, when there is one', () => {
        const wrong = EXHIBITS.filter((shown) => 'problems' in modelOf(shown));
        expect(wrong.length).to.be.greaterThan(10);
        for (const shown of wrong) {
          const html = renderExhibit(shown, language);
          expect(titleOf(html), nameOf(shown)).to.match(/^Error: /);
          expect(html).to.match(/<div class="error-summary" role="alert" tabindex="-1" autofocus/);
          for (const field of Object.keys(modelOf(shown).problems!).filter((name) => name !== 'form')) {
            expect(html, nameOf(shown)).to.include(`<a href="#${field}">`);
            expect(html, nameOf(shown)).to.match(new RegExp(`id="${field}"`));
            expect(html, nameOf(shown)).to.match(new RegExp(`aria-describedby="[^"]*\\b${field}-error`));
          }
        }
        for (const shown of EXHIBITS.filter((other) => !wrong.includes(other)))
          expect(titleOf(renderExhibit(shown, language))).not.to.match(/^Error: /);
      });

      it('has a title of its own for each page', () => {
        const viewsByTitle = new Map<string, Set<string>>();
        for (const shown of EXHIBITS) {
          const title = titleOf(renderExhibit(shown, language)).replace(/^Error: /, '');
          viewsByTitle.set(title, (viewsByTitle.get(title) ?? new Set()).add(shown.view === 'errors/error' ? nameOf(shown) : shown.view));
        }
        for (const [title, views] of viewsByTitle) expect([...views], title).to.have.length(1);
      });
    });
  }

  it('says nothing in English on a Spanish page', () => {
    const flatten = (value: unknown, path = ''): [string, string][] =>
      typeof value === 'string'
        ? [[path, value]]
        : Object.entries(value as object).flatMap(([key, inner]) => flatten(inner, `${path}.${key}`));
    const [english, spanish] = ['en', 'es'].map((language) => flatten(JSON.parse(readFileSync(`config/locales/${language}.json`, 'utf8'))));
    const inSpanish = new Set(spanish!.map(([, sentence]) => sentence));
    const fragments = english!
      .filter(([, sentence]) => !inSpanish.has(sentence))
      .flatMap(([, sentence]) => sentence.split(/\{\{[^}]*\}\}/))
      .map((fragment) => fragment.trim())
      .filter((fragment) => fragment.length >= 8 && fragment.includes(' '));
    expect(fragments.length).to.be.greaterThan(300);
    const english_names = [BRAND.systemName, BRAND.accountName].map((name) => (typeof name === 'string' ? name : name.en!));
    for (const shown of EXHIBITS) {
      const words = wordsOf(renderExhibit(shown, 'es'));
      for (const fragment of [...fragments, ...english_names])
        expect(words.includes(fragment), `${nameOf(shown)}: "${fragment}"`).to.equal(false);
    }
  });

  it('says the words of the seeds', () => {
    const said: Record<string, string[]> = {
      'sign-up/email': [
        'Sign Up',
        'will serve as your login',
        'cannot access your account',
        'even if they are minors',
        'family or friends',
        "Didn't receive confirmation instructions?",
      ],
      'sign-up/confirm': [
        '10 minutes',
        'junk or spam folder',
        'USCIS Account <myaccount@example.org>',
        "Didn't receive confirmation instructions?",
        'Use another address',
      ],
      'sign-up/resend': ['Resend confirmation instructions'],
      'steps/terms': ['Terms of Use', 'I Agree', 'U.S. Citizenship and Immigration Services Online Electronic Immigration System'],
      'steps/new-password': [
        'Create a Password',
        'Submit',
        'At least 8 characters',
        'One uppercase letter',
        'One lowercase letter',
        'One special character',
        'Not a commonly used password',
      ],
      'steps/delivery': ['every time you log in', 'Email', 'Text message', 'Authentication app', 'Text messaging fees may apply', 'Submit'],
      'steps/email-code': [
        'Secure one-time password',
        'Submit',
        'It may take a few minutes',
        '10 minutes',
        'Request a new one-time password',
      ],
      'steps/new-backup-code': [
        'lose access to your authentication device (for example, you get a new phone or change your phone number)',
        'Store it securely',
        'Proceed',
      ],
      'steps/questions': ['five', 'make note of these', 'Submit'],
      'account-pages/welcome': ['Welcome to your USCIS Account', 'Login to a USCIS Service', 'myUSCIS'],
      'service-entry/account-type': [
        'I am an applicant, petitioner, or requestor',
        'I am an attorney or accredited representative',
        'Submit',
      ],
      'sign-in/password': ['Sign In'],
      'static/help': [
        'www.ailalawyer.org',
        'not legal advice',
        'reference number',
        'secure location',
        'I forgot my password',
        'I lost my phone',
        'I lost my backup code',
        "it wasn't me",
      ],
    };
    for (const [view, sentences] of Object.entries(said)) {
      const words = wordsOf(renderExhibit(EXHIBITS.find((shown) => shown.view === view)!, 'en'));
      for (const sentence of sentences) expect(words, view).to.include(sentence);
    }
  });

  it('admits the one inline script by its nonce alone', () => {
    const shown = EXHIBITS.find(({ view }) => view === 'oidc/form-post')!;
    const html = renderExhibit({ ...shown, model: { ...modelOf(shown), script: 'document.forms[1].submit();' } }, 'en', 'c3VtbWVy');
    expect(html).to.include('<script nonce="c3VtbWVy">document.forms[1].submit();</script>');
    expect(html).to.match(/<button[^>]*form="form-post">Continue<\/button>/);
  });

  it('has words for every problem, notice and stage that the code names', () => {
    const named = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        [...readFileSync(`src/${file}`, 'utf8').matchAll(/'((?:problems|notices|stages)\.[\w.-]+)'/g)].map(([, key]) => key!),
      );
    expect(named.length).to.be.greaterThan(10);
    const wordless = [...new Set(named)].filter(
      (key) => !LANGUAGES.every((language) => ['', '_one'].some((plural) => TEXTS.has(key + plural, language))),
    );
    expect(wordless).to.deep.equal([]);
  });
});

function modelOf({ model }: (typeof EXHIBITS)[number]) {
  return typeof model === 'function' ? model('en') : model;
}
