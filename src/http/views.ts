/**
 * Pages: `views/<name>.ejs` inside `views/layout.ejs`. A template sees the names listed at `Helpers`, its model's own fields, and
 * nothing else; a bare name that is neither throws, so an optional field is written `locals.x`. `<%= %>` escapes; `<%- %>` is for
 * partials and for html that this system made itself.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ejs, { type TemplateFunction } from 'ejs';
import { marked } from 'marked';
import { LANGUAGES, type Language, type Text } from '../language.ts';
import { formatDate, formatTime, type Localized, localize, type Params, type Texts } from '../texts.ts';
import { brandSheet } from './brand-sheet.ts';

/** What a page must know beside its model. */
export interface PageContext {
  readonly language: Language;
  /** The same-site path (with query) at which a GET shows this page; the language switch comes back here. */
  readonly path: string;
  readonly signedIn?: boolean;
  /** Where the person is going, e.g. "myUSCIS"; said as "to continue to myUSCIS". */
  readonly service?: Localized | undefined;
  /** What is around it: usually everything that a page of this site has; for a file to keep, nothing that would have to be fetched. */
  readonly layout?: 'layout' | 'layout-file';
  /** Of the page's `script-src`, for the one script that cannot be a file (a page that submits itself). */
  readonly nonce?: string;
}

/** Fields that any model may have; the rest is between a view and who renders it. */
export interface PageModel {
  /** What was typed, by field name; secrets never. */
  readonly values?: Readonly<Record<string, string>>;
  /** What is wrong, by field name, in the order of the fields; the key `form` is for the page as a whole. */
  readonly problems?: Readonly<Record<string, Text>>;
  /** Something that went well or should be known, shown above the form. */
  readonly notice?: Text | undefined;
  readonly stage?: { readonly name: Text; readonly index: number; readonly total: number } | undefined;
  readonly [field: string]: unknown;
}

/** The brand configuration, as far as pages show it. */
export interface PageBrand {
  readonly systemName: Localized;
  readonly accountName: Localized;
  readonly shortName: Localized;
  readonly demonstration: boolean;
  readonly support: { readonly url?: string | undefined; readonly email?: string | undefined; readonly phone?: string | undefined };
  readonly attorneyUrl: string;
  readonly colors: Readonly<Record<string, string>>;
}

export interface Views {
  /**
   * The whole HTML document. The title is `<name with dots>.title` of the locale file, unless the template chose another with
   * `titled(key, params)`; it begins with "Error: " when there are problems. Throws when the view, a word or a field is missing.
   */
  render(name: string, model: PageModel, page: PageContext): string;
}

export interface ViewsOptions {
  readonly brand: PageBrand;
  readonly texts: Texts;
  readonly viewsDir: string;
  /** The address of a file in `public/`, e.g. with its hash. */
  readonly assets?: (file: string) => string;
}

/** What every template may call, beside the model's fields; a model must not use these names. */
interface Helpers {
  t(key: string, params?: Params): string;
  say(text: Text): string;
  local(words: Localized): string;
  formatDate(date: Date): string;
  formatTime(date: Date): string;
  asset(file: string): string;
  /** Markdown of the configuration as html; never anything that a person typed. */
  prose(markdown: string): string;
  titled(key: string, params?: Params): void;
  has(key: string): boolean;
  readonly lang: Language;
  readonly otherLanguage: Language;
  readonly brand: {
    systemName: string;
    accountName: string;
    shortName: string;
    demonstration: boolean;
    support: PageBrand['support'];
    attorneyUrl: string;
  };
  readonly path: string;
  readonly service: string | undefined;
  readonly signedIn: boolean;
  readonly nonce: string | undefined;
  readonly brandStyles: string;
}

/** Templates are compiled when first used and kept. */
export function createViews({ brand, texts, viewsDir, assets = (file) => `/assets/${file}` }: ViewsOptions): Views {
  const brandStyles = brandSheet(brand.colors).address;
  const compiled = new Map<string, TemplateFunction>();
  const template = (name: string): TemplateFunction => {
    const known = compiled.get(name);
    if (known) return known;
    const filename = join(viewsDir, `${name}.ejs`);
    const fresh = ejs.compile(readFileSync(filename, 'utf8'), { filename, views: [viewsDir], cache: true });
    compiled.set(name, fresh);
    return fresh;
  };

  return {
    render(name, model, page) {
      const { language } = page;
      const words = texts.in(language);
      const named = {
        systemName: localize(brand.systemName, language),
        accountName: localize(brand.accountName, language),
        shortName: localize(brand.shortName, language),
      };
      let title: string | undefined;
      const t = (key: string, params?: Params) => words.t(key, { ...named, ...params });
      const helpers: Helpers = {
        t,
        say: ({ key, ...params }) => t(key, params),
        local: (value) => localize(value, language),
        formatDate: (date) => formatDate(date, language),
        formatTime: (date) => formatTime(date, language),
        asset: assets,
        prose: (markdown) => marked.parse(markdown, { async: false }),
        titled: (key, params) => {
          title = t(key, params);
        },
        has: (key) => texts.has(key, language),
        lang: language,
        otherLanguage: LANGUAGES.find((other) => other !== language) ?? language,
        brand: { ...named, demonstration: brand.demonstration, support: brand.support, attorneyUrl: brand.attorneyUrl },
        path: page.path,
        service: page.service === undefined ? undefined : localize(page.service, language),
        signedIn: page.signedIn ?? false,
        nonce: page.nonce,
        brandStyles,
      };
      const taken = Object.keys(model).find((field) => Object.hasOwn(helpers, field));
      if (taken) throw new Error(`the model of ${name} must not have a field "${taken}": templates call something else by that name`);

      const { problems = {}, values = {}, notice, stage } = model;
      const fields = { ...model, ...helpers, problems, values, notice, stage };
      const body = template(name)(fields);
      const heading = title ?? t(`${name.replaceAll('/', '.')}.title`);
      const wrong = Object.keys(problems).length > 0;
      return template(page.layout ?? 'layout')({ ...fields, body, wrong, title: wrong ? t('common.error_prefix') + heading : heading });
    },
  };
}
