/**
 * A person in a real browser, who looks at each page they meet: every page that `look` sees must pass what holds for all of them
 * (language, title, one heading, focus, width, names, axe), and everything the browser complains of is kept as a fault.
 */
import { expect } from 'chai';
import type { Browser, BrowserContextOptions, Locator } from 'playwright-core';
import { axeViolations } from './axe.ts';

/** What the words of a page must be, written out by a test. */
export interface Expected {
  readonly title: string;
  readonly heading: string;
  /** Roles and names of all fields and buttons within the page itself, in order: `textbox "Email address"`. */
  readonly controls?: readonly string[];
  readonly says?: readonly string[];
}

export interface Seen {
  readonly url: string;
  readonly language: string;
  readonly title: string;
  readonly heading: string;
  /** Every word that can be seen or is read out, one line each; what is marked as another language is left out. */
  readonly lines: readonly string[];
}

export interface TabOptions extends BrowserContextOptions {
  /** The origins that may be met; a page may load things from its own alone. */
  readonly origins: readonly string[];
  /** Which pages axe is shown: all (the default), those without problems, or none. */
  readonly axe?: 'all' | 'right' | 'none';
  /** Press every button twice, as people do who are used to opening things that way. */
  readonly twice?: boolean;
}

export type Tab = Awaited<ReturnType<typeof openTab>>;

/** What axe has been shown in this run. */
const judged = new Set<string>();

/**
 * Colours are the same whoever is shown a page, and the same in every language. They take more than half of axe's time, and are judged in
 * every state of each page by `test/http/gallery-*.test.ts`, those of the demonstration by `test/demo/pages.test.ts`.
 */
const JUDGED_ELSEWHERE = ['color-contrast'];

/** Everything there is to judge of a page, in one visit to it. */
const SURVEY = `(() => {
  const boxOf = (element) => (element.tagName === 'OPTION' ? element.parentElement : element);
  const hidden = (element) => !boxOf(element).checkVisibility({ visibilityProperty: true }) || element.closest('[aria-hidden=true]');
  const lines = [document.title];
  const foreign = (element) => element.closest('[lang]').lang !== document.documentElement.lang;
  for (const element of document.body.querySelectorAll('*')) {
    if (hidden(element) || foreign(element)) continue;
    for (const name of ['aria-label', 'alt', 'title', 'placeholder']) if (element.getAttribute(name)) lines.push(element.getAttribute(name));
    for (const node of element.childNodes) if (node.nodeType === 3 && node.data.trim()) lines.push(node.data.replace(/\\s+/g, ' ').trim());
  }
  const focused = document.activeElement;
  const cut = [...document.querySelectorAll('main *, header *, footer *')].filter((element) => {
    const { left, right, width } = element.getBoundingClientRect();
    return !hidden(element) && width > 1 && (left < -0.5 || right > innerWidth + 0.5);
  });
  return {
    url: location.href,
    language: document.documentElement.lang,
    title: document.title,
    heading: document.querySelector('h1')?.innerText.trim() ?? '',
    headings: document.querySelectorAll('h1').length,
    width: document.documentElement.scrollWidth,
    room: innerWidth,
    cut: cut.map((element) => element.outerHTML.slice(0, 120)),
    focus: focused === document.body || !focused ? 'body' : focused.className || focused.id || focused.tagName,
    focusTop: focused?.getBoundingClientRect().top ?? 0,
    summary: [...document.querySelectorAll('.error-summary li')].map((item) => item.innerText.trim()),
    links: [...document.querySelectorAll('.error-summary a')].map((link) => {
      const field = document.getElementById(link.hash.slice(1));
      return !!field && (field.getAttribute('aria-invalid') === 'true' || !!field.closest('fieldset[aria-describedby]'));
    }),
    lines,
  };
})()`;

/** Browsers log a page whose status is an error, which pages of problems have on purpose; a file that is missing is a fault. */
const isErrorPage = (text: string, url: string) => /^Failed to load resource: .* status of 4/.test(text) && !url.includes('/assets/');

export async function openTab(browser: Browser, { origins, axe = 'all', twice = false, ...options }: TabOptions) {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, locale: 'en-US', ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults: string[] = [];
  const seen: Seen[] = [];

  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type()) || isErrorPage(message.text(), message.location().url)) return;
    faults.push(`${page.url()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol === 'data:') return;
    const own = request.isNavigationRequest() ? origins.includes(origin) : origin === new URL(request.frame().url()).origin;
    if (!own) faults.push(`${page.url()} asked for ${request.url()}`);
  });

  /** Judges the page that is open. Problems are the words that the summary must list; without any there must be no summary. */
  async function look(expected: Expected, problems: readonly string[] = []): Promise<Seen> {
    const found = (await page.evaluate(SURVEY)) as Seen & {
      headings: number;
      width: number;
      room: number;
      cut: string[];
      focus: string;
      focusTop: number;
      summary: string[];
      links: boolean[];
    };
    const where = `${found.url} (${found.heading})`;
    const { language } = found;
    expect(found.heading, where).to.equal(expected.heading);
    expect(found.title, where).to.match(new RegExp(`^${problems.length > 0 ? 'Error: ' : ''}${RegExp.escape(expected.title)} – `));
    expect(found.headings, `main headings on ${where}`).to.equal(1);
    expect(found.width, `width of ${where}`).to.be.at.most(found.room);
    expect(found.cut, `cut off on ${where}`).to.deep.equal([]);
    expect(found.summary, `problems on ${where}`).to.deep.equal(problems);
    if (problems.length > 0) {
      expect(found.focus, `focus on ${where}`).to.equal('error-summary');
      expect(found.focusTop, `the problems of ${where} are in sight`).to.be.within(0, page.viewportSize()!.height - 40);
      expect(found.links, `links to the fields on ${where}`).to.not.include(false);
    } else expect(found.focus, `focus on ${where}`).to.equal('body');
    const words = found.lines.join('\n');
    for (const sentence of expected.says ?? []) expect(words, where).to.include(sentence);
    if (expected.controls) expect(await controls(), `fields and buttons on ${where}`).to.deep.equal(expected.controls);
    // Once for each state of each page: the same page again is the same to axe, whoever serves it.
    const { pathname } = new URL(found.url);
    const state = [pathname.replace(/[\w-]{20,}/g, '…'), language, found.heading, ...problems, ...(expected.controls ?? [])].join(' ');
    const wanted = axe === 'all' || (axe === 'right' && problems.length === 0);
    if (wanted && !judged.has(state)) {
      judged.add(state);
      const violations = await axeViolations(page, { without: JUDGED_ELSEWHERE });
      const said = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)}`);
      expect(said, `what axe finds on ${where}`).to.deep.equal([]);
    }
    const one = { url: found.url, language, title: found.title, heading: found.heading, lines: found.lines };
    seen.push(one);
    return one;
  }

  /** Roles and names of the fields and buttons of the page, as assistive technology has them. */
  async function controls(): Promise<string[]> {
    const snapshot = await page.locator('main').ariaSnapshot();
    return [...snapshot.matchAll(/^\s*- '?((?:textbox|button|checkbox|radio|combobox)(?: "(?:[^"\\]|\\.)*")?)/gm)].map(
      // A line that YAML has to quote has its apostrophes twice.
      ([, control]) => control!.replaceAll("''", "'"),
    );
  }

  /** Does what leads to another page, and waits until that is there. */
  async function leave(act: () => Promise<unknown>): Promise<void> {
    const loaded = page.waitForEvent('load');
    await Promise.all([loaded, act()]);
  }

  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  const link = (name: string): Locator => page.getByRole('link', { name, exact: true });

  return {
    page,
    context,
    faults,
    seen,
    look,
    controls,
    leave,
    button,
    link,
    field: (label: string): Locator => page.getByLabel(label, { exact: true }),
    open: (url: string) => page.goto(url),
    press: (name: string) => leave(() => (twice ? button(name).dblclick() : button(name).click())),
    follow: (name: string) => leave(() => link(name).first().click()),
    back: () => page.goBack(),
    /** Presses Tab until this has the focus, which must be in sight and marked each time. */
    async tabTo(target: Locator): Promise<void> {
      for (let presses = 0; presses < 60; presses++) {
        if (await hasFocus(target)) return;
        await page.keyboard.press('Tab');
        const focus = (await page.evaluate(FOCUS)) as { what: string; inSight: boolean; marked: boolean };
        expect(focus, `focus on ${page.url()}`).to.deep.include({ inSight: true, marked: true });
      }
      throw new Error(`Tab does not lead to ${target} on ${page.url()}`);
    },
    close: () => context.close(),
  };
}

/** Whether this has the focus. */
export const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element.ownerDocument.activeElement === element);

const FOCUS = `(() => {
  const focused = document.activeElement;
  const { top, bottom, left, right } = focused.getBoundingClientRect();
  const marks = [focused, focused.parentElement].some((element) => {
    const style = getComputedStyle(element);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  });
  return {
    what: focused.outerHTML.slice(0, 120),
    inSight: focused === document.body || (bottom > 0 && top < innerHeight && right > 0 && left < innerWidth),
    marked: focused === document.body || marks,
  };
})()`;
