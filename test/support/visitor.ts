/**
 * A person with a browser that has no JavaScript: keeps cookies by the rules (RFC 6265), follows redirects on the provider's own
 * origin, finds fields by their visible label and buttons by their words. Redirects that lead elsewhere end in `page.url`.
 */
import { type HTMLElement, parse } from 'node-html-parser';
import { CookieJar } from 'tough-cookie';

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  readonly root: HTMLElement;
  /** All words of the page in one line. */
  readonly text: string;
  readonly heading: string;
  readonly title: string;
}

export type Visitor = ReturnType<typeof createVisitor>;

const words = (element: HTMLElement | null | undefined): string => element?.structuredText.replace(/\s+/g, ' ').trim() ?? '';
const decode = (element: HTMLElement): string => words(element);

/** `others`: further origins whose pages are opened, such as a service's; `like`: the cookies and the page that it begins with. */
export function createVisitor(
  origin: string,
  headers: Readonly<Record<string, string>> = {},
  others: readonly string[] = [],
  like?: { readonly jar: CookieJar; readonly page: () => Page },
) {
  const jar = like?.jar.cloneSync() ?? new CookieJar(undefined, { looseMode: false });
  const requests: { method: string; url: string; status: number }[] = [];
  let current = like?.page();

  async function send(
    url: string,
    init: { method?: string; body?: string; contentType?: string; extra?: Record<string, string>; givenUp?: boolean } = {},
  ): Promise<Page> {
    let next = new URL(url, current?.url ?? origin);
    let { method = 'GET', body } = init;
    for (let hops = 0; hops < 15; hops++) {
      const cookie = await jar.getCookieString(next.href);
      const response = await fetch(next, {
        method,
        redirect: 'manual',
        headers: {
          'accept-language': 'en',
          accept: 'text/html',
          // Packing and unpacking every page would take a twentieth of the time; the browsers of the walks get them packed.
          'accept-encoding': 'identity',
          ...(cookie && { cookie }),
          ...(method === 'POST' && {
            'content-type': init.contentType ?? 'application/x-www-form-urlencoded',
            origin: new URL(current?.url ?? origin).origin,
            'sec-fetch-site': 'same-origin',
          }),
          ...headers,
          ...init.extra,
        },
        ...(body !== undefined && { body }),
      });
      requests.push({ method, url: next.href, status: response.status });
      for (const line of response.headers.getSetCookie()) await jar.setCookie(line, next.href, { ignoreError: false });
      if (init.givenUp) return pageOf(next.href, response, await response.text());
      const location = response.headers.get('location');
      if (location && response.status >= 300 && response.status < 400) {
        await response.arrayBuffer();
        next = new URL(location, next);
        if (next.origin !== origin && !others.includes(next.origin)) return show(pageOf(next.href, response, ''));
        if (response.status === 303 || (method === 'POST' && response.status === 302)) [method, body] = ['GET', undefined];
        continue;
      }
      const html = await response.text();
      return show(pageOf(next.href, response, html));
    }
    throw new Error(`too many redirects, last to ${next}`);
  }

  function pageOf(url: string, response: Response, html: string): Page {
    const root = parse(html);
    return {
      url,
      status: response.status,
      headers: response.headers,
      html,
      root,
      text: words(root.querySelector('body')),
      heading: words(root.querySelector('h1')),
      title: words(root.querySelector('title')),
    };
  }

  const show = (page: Page): Page => {
    current = page;
    return page;
  };

  const page = (): Page => {
    if (!current) throw new Error('no page is open');
    return current;
  };

  /** The field with this visible label; `#name` is one that a script would fill in. */
  function fieldOf(label: string): HTMLElement {
    const { root } = page();
    const filledIn = label.startsWith('#') ? root.querySelector(`input[name=${label.slice(1)}]`) : undefined;
    if (filledIn) return filledIn;
    const found = root.querySelectorAll('label').find((candidate) => decode(candidate).startsWith(label));
    const id = found?.getAttribute('for');
    const field = id ? root.getElementById(id) : found?.querySelector('input, select, textarea');
    if (!field) throw new Error(`no field labelled "${label}" on ${page().url} (${page().heading}): ${page().text.slice(0, 600)}`);
    return field;
  }

  const buttonOf = (word: string): HTMLElement => {
    const found = page()
      .root.querySelectorAll('button')
      .find((candidate) => decode(candidate) === word);
    if (!found) throw new Error(`no button "${word}" on ${page().url} (${page().heading}): ${page().text.slice(0, 600)}`);
    return found;
  };

  const enclosingForm = (element: HTMLElement): HTMLElement => {
    const named = element.getAttribute('form');
    const form = named ? page().root.getElementById(named) : element.closest('form');
    if (!form) throw new Error('a button outside of a form');
    return form;
  };

  /** What a browser would send: hidden fields, values that stand in the page, and what was typed. */
  function bodyOf(form: HTMLElement, typed: Readonly<Record<string, string | boolean>>): URLSearchParams {
    const names = new Map<string, string | boolean>();
    for (const [label, value] of Object.entries(typed)) {
      const field = fieldOf(label);
      const isRadio = field.getAttribute('type') === 'radio';
      if (isRadio) names.set(`${field.getAttribute('name')}=${field.getAttribute('value')}`, value);
      else names.set(field.getAttribute('name')!, value);
    }
    const body = new URLSearchParams();
    for (const field of form.querySelectorAll('input, select, textarea')) {
      const name = field.getAttribute('name');
      if (!name) continue;
      const type = field.getAttribute('type');
      const value = field.getAttribute('value') ?? '';
      if (type === 'checkbox') {
        const chosen = names.get(name);
        if (chosen === true || (chosen === undefined && field.hasAttribute('checked'))) body.append(name, value || 'on');
      } else if (type === 'radio') {
        if (
          names.get(`${name}=${value}`) === true ||
          (field.hasAttribute('checked') && ![...names.keys()].some((key) => key.startsWith(`${name}=`)))
        )
          body.append(name, value);
      } else if (field.tagName === 'SELECT') {
        const chosen = names.get(name);
        const selected = field.querySelector('option[selected]') ?? field.querySelector('option');
        body.append(name, chosen === undefined ? (selected?.getAttribute('value') ?? '') : optionOf(field, String(chosen)));
      } else body.append(name, String(names.get(name) ?? value));
    }
    return body;
  }

  const optionOf = (field: HTMLElement, word: string) =>
    field
      .querySelectorAll('option')
      .find((option) => decode(option) === word)
      ?.getAttribute('value') ?? word;

  return {
    jar,
    requests,
    page,
    fieldOf,
    open: (path: string, extra: Record<string, string> = {}) => send(path, { extra }),
    /** Fills fields by their labels (checkboxes and radio buttons with `true`) and presses a button. */
    press: (button: string, typed: Readonly<Record<string, string | boolean>> = {}) => {
      const form = enclosingForm(buttonOf(button));
      return send(form.getAttribute('action') ?? page().url, { method: 'POST', body: bodyOf(form, typed).toString() });
    },
    /** What pressing that button would send, to send it by hand. */
    formOf: (button: string, typed: Readonly<Record<string, string | boolean>> = {}) => {
      const form = enclosingForm(buttonOf(button));
      return { url: new URL(form.getAttribute('action') ?? page().url, page().url).href, body: bodyOf(form, typed) };
    },
    follow: (link: string) => {
      const found = page()
        .root.querySelectorAll('a')
        .find((candidate) => decode(candidate) === link);
      if (!found) throw new Error(`no link "${link}" on ${page().url} (${page().heading}): ${page().text.slice(0, 600)}`);
      return send(found.getAttribute('href')!);
    },
    /** A first click, of which the browser gives up the answer for that of a second one: its cookies stay, its redirect is not followed. */
    postGivenUp: (path: string, body: string) => send(path, { method: 'POST', body, givenUp: true }),
    post: (path: string, body: string, extra: Record<string, string> = {}, contentType?: string) =>
      send(path, { method: 'POST', body, extra, ...(contentType && { contentType }) }),
  };
}
