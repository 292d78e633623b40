import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { createViews, type PageBrand } from '../../src/http/views.ts';
import { createTexts } from '../../src/texts.ts';
import { scratch } from '../support/scratch.ts';

const BRAND: PageBrand = {
  systemName: 'Example Online System',
  accountName: { en: 'Example account', es: 'cuenta Example' },
  shortName: 'Example',
  demonstration: true,
  support: { email: 'help@example.org' },
  attorneyUrl: 'https://lawyers.example',
  colors: { primary: '#005ea2' },
};

const write = (dir: string, files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
};

const viewsOf = (files: Record<string, string>) => {
  const dir = scratch('views');
  const layout = '<html lang="<%= lang %>"><title><%= title %></title><%- body %></html>';
  write(dir, { 'layout.ejs': layout, ...files });
  const words = (title: string) => ({
    'some-page': { title, greeting: '{{shortName}}: {{name}}', other: 'Other' },
    common: { error_prefix: 'Error: ' },
  });
  write(dir, { 'en.json': JSON.stringify(words('Page')), 'es.json': JSON.stringify(words('Página')) });
  return { dir, views: createViews({ brand: BRAND, texts: createTexts(dir), viewsDir: dir, assets: (file) => `/assets/${file}?v=1` }) };
};

const EN = { language: 'en', path: '/here' } as const;

describe('views', () => {
  it('wraps the view in the layout, in the language of the page', () => {
    const { views } = viewsOf({ 'some-page.ejs': '<h1><%= t("some-page.title") %></h1>' });
    expect(views.render('some-page', {}, EN)).to.equal('<html lang="en"><title>Page</title><h1>Page</h1></html>');
    expect(views.render('some-page', {}, { ...EN, language: 'es' })).to.equal(
      '<html lang="es"><title>Página</title><h1>Página</h1></html>',
    );
  });

  it('begins the title with "Error: " when there are problems', () => {
    const { views } = viewsOf({ 'some-page.ejs': '<%= say(problems.email) %>' });
    const html = views.render('some-page', { problems: { email: { key: 'some-page.greeting', name: 'Ana' } } }, EN);
    expect(html).to.equal('<html lang="en"><title>Error: Page</title>Example: Ana</html>');
  });

  it('lets a template choose its title', () => {
    const { views } = viewsOf({ 'some-page.ejs': '<% titled("some-page.other") %>' });
    expect(views.render('some-page', {}, EN)).to.include('<title>Other</title>');
  });

  it('gives templates the brand, the service, dates and addresses of files', () => {
    const { views } = viewsOf({
      'some-page.ejs':
        '<%= brand.accountName %>|<%= service %>|<%= formatDate(at) %>|<%= formatTime(at) %>|<%= asset("styles.css") %>|<%= otherLanguage %>|<%= path %>',
    });
    const html = views.render('some-page', { at: new Date('2026-11-22T20:15:00Z') }, { ...EN, language: 'es', service: { en: 'myUSCIS' } });
    expect(html).to.include('cuenta Example|myUSCIS|22 de noviembre de 2026|3:15 p.m. hora del Este|/assets/styles.css?v=1|en|/here');
  });

  it('escapes what the model holds', () => {
    const { views } = viewsOf({ 'some-page.ejs': '<%= t("some-page.greeting", { name: typed }) %>' });
    expect(views.render('some-page', { typed: '<script>"\'' }, EN)).to.include('Example: &lt;script&gt;&#34;&#39;</html>');
  });

  it('throws on a name that is neither a helper nor in the model, and on a view that does not exist', () => {
    const { views } = viewsOf({ 'some-page.ejs': '<%= adress %>' });
    expect(() => views.render('some-page', { address: 'x' }, EN)).to.throw('adress is not defined');
    expect(() => views.render('absent', {}, EN)).to.throw('ENOENT');
  });

  it('throws on a model field that would hide a helper', () => {
    const { views } = viewsOf({ 'some-page.ejs': '' });
    expect(() => views.render('some-page', { brand: 'x' }, EN)).to.throw('must not have a field "brand"');
  });

  it('compiles a template once', () => {
    const { dir, views } = viewsOf({ 'some-page.ejs': 'first' });
    views.render('some-page', {}, EN);
    write(dir, { 'some-page.ejs': 'second' });
    expect(views.render('some-page', {}, EN)).to.include('first');
  });
});
