/** Input that no page of ours sends, to every form of the page that is open; and the same page, to whom it was not shown. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import type { HTMLElement } from 'node-html-parser';
import { JOURNEYS } from '../../src/app.ts';
import { journeysOf } from '../../src/journey/journey-flow.ts';
import { FIELDS } from './hostile-fields.ts';
import { FORM, OWN_PAGE, type RawRequest, rawRequest } from './raw-request.ts';
import type { TestServer } from './server.ts';
import { expectUnchanged, snapshot } from './snapshot.ts';
import type { Press } from './tour.ts';
import type { Visitor } from './visitor.ts';

const LONG = 'a'.repeat(60_000);
const QUICK_MS = 2000;

interface Attack extends RawRequest {
  readonly name: string;
  readonly expected: readonly number[];
}

const encoded = (fields: URLSearchParams, without: string, raw: string) => {
  const rest = new URLSearchParams(fields);
  rest.delete(without);
  return [rest.toString(), raw].filter(Boolean).join('&');
};

/** What is sent in place of a form that is good otherwise. */
function attacksOn(field: string, kind: 'needed' | 'optional', good: URLSearchParams, missing = [422]): Attack[] {
  const form = (name: string, raw: string, expected: readonly number[]): Attack => ({
    name: `${field}: ${name}`,
    body: encoded(good, field, raw),
    headers: FORM,
    expected,
  });
  return [
    ...(kind === 'needed'
      ? [form('missing', '', missing), form('empty', `${field}=`, missing), form('60 KB long', `${field}=${LONG}`, missing)]
      : []),
    form('twice', `${field}=${encodeURIComponent(good.get(field) ?? 'x')}&${field}=x`, [400]),
    form('an operator', `${field}[$ne]=`, [400]),
    form('a list', `${field}[]=x`, [400]),
    form('a path', `${field}.length=x`, [400]),
    form('not UTF-8', `${field}=%ff%fe`, [400]),
    form('half a character', `${field}=%c3`, [400]),
    form('a NUL', `${field}=x%00y`, [400]),
    form('1 MB', `${field}=${'a'.repeat(1_000_000)}`, [413]),
    { ...form('raw bytes', '', [400]), body: Buffer.concat([Buffer.from(`${field}=`), Buffer.from([0xff, 0xfe, 0x80])]) },
  ];
}

/** What is sent in place of any form, with fields or without. */
function attacksOnBody(good: URLSearchParams): Attack[] {
  const json = JSON.stringify({ ...Object.fromEntries([...good.keys()].map((name) => [name, { $ne: '' }])), x: 1 });
  const boundary = 'a-boundary';
  const parts = [...good, ['x', '1']].map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const large = Buffer.alloc(64 * 1024, 'a=1&');
  const stream = () =>
    new ReadableStream({
      start(controller) {
        for (let n = 0; n < 16; n++) controller.enqueue(large);
        controller.close();
      },
    });
  return [
    { name: 'JSON', body: json, headers: { 'content-type': 'application/json' }, expected: [400] },
    { name: 'JSON said to be a form', body: json, headers: FORM, expected: [400] },
    { name: 'XML', body: '<a/>', headers: { 'content-type': 'text/xml' }, expected: [400] },
    {
      name: 'multipart',
      body: `${parts.join('')}--${boundary}--\r\n`,
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      expected: [400],
    },
    { name: 'an operator that no page has', body: `${good}&x[$where]=1`, headers: FORM, expected: [400] },
    { name: '1 MB without saying so', body: stream(), headers: FORM, expected: [413] },
  ];
}

/** Forms that come from elsewhere, or do not say where from. */
const FOREIGN: readonly Readonly<Record<string, string>>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
  { origin: 'https://evil.test' },
  { origin: 'null' },
  {},
];

const STEPS = new Map(JOURNEYS.map(({ kind, steps }): [string, readonly string[]] => [kind, steps.map(({ name }) => `${kind}/${name}`)]));
/** Those that lead to one another; every other stands alone. */
const TOGETHER = journeysOf({ prompt: 'login', journey: undefined });

/** The journeys that one test goes through, with what is offered on their way; another one goes through all others. */
export const WAYS_IN: readonly string[] = ['sign-up', 'sign-in', 'add-passkey', 'service-entry', 'consent'];

export type Siege = ReturnType<typeof createSiege>;

export function createSiege({ server, db }: { readonly server: TestServer; readonly db: Connection }) {
  const met = new Set<string>();
  const begun = new Set<string>();
  let turn = 0;

  /**
   * Pages to be tried while another one is due: all of its own journey, and of each other journey a page, in turn. At the first page of a
   * journey that others lead to, all pages of those.
   */
  function othersThan(page: string): readonly string[] {
    const [kind = ''] = page.split('/');
    const whole = !begun.has(kind) && TOGETHER.includes(kind) ? TOGETHER : [kind];
    begun.add(kind);
    turn++;
    return [...STEPS]
      .flatMap(([other, steps]) => (whole.includes(other) ? steps : steps[turn % steps.length]!))
      .filter((step) => step !== page);
  }

  const formName = (url: string) => {
    const { pathname } = new URL(url);
    return pathname.startsWith('/interaction/') ? pathname.split('/').slice(3).join('/') : pathname;
  };
  const fieldNames = (form: HTMLElement) => [
    ...new Set(form.querySelectorAll('input, select, textarea').flatMap((field) => field.getAttribute('name') ?? [])),
  ];

  /** Sends everything hostile to each form of the page that is open, and then presses the button as a person would. */
  const besiege: Press = async (visitor, page, button, typed, later = async () => typed) => {
    const main = visitor.formOf(button, typed);
    for (const form of visitor.page().root.querySelectorAll('form[method=post]')) {
      const url = new URL(form.getAttribute('action')!, visitor.page().url).href;
      const name = formName(url);
      // Those on every page have a test of their own.
      if (met.has(name) || !url.includes('/interaction/')) continue;
      met.add(name);
      await attackForm(visitor, name, url, fieldNames(form), url === main.url ? main.body : new URLSearchParams());
    }
    if (!met.has(`${page} by others`)) await attackFromElsewhere(visitor, page, main);
    met.add(`${page} by others`);
    await visitor.press(button, await later());
  };

  async function attackForm(
    visitor: Visitor,
    name: string,
    url: string,
    fields: readonly string[],
    good: URLSearchParams,
    missing?: number[],
  ) {
    const rows = FIELDS[name];
    if (!rows) throw new Error(`the form ${name} has no row in this test`);
    const attacks = attacksOnBody(good);
    for (const field of fields) {
      const kind = rows[field];
      if (!kind) throw new Error(`the field "${field}" of ${name} has no row in this test`);
      attacks.push(...attacksOn(field, kind, good, missing));
    }
    const before = await snapshot(db);
    for (const { name: attack, expected, headers, body } of attacks) {
      const what = `${name} with ${attack}`;
      const answer = await rawRequest(visitor, url, {
        method: 'POST',
        headers: { ...OWN_PAGE, ...headers },
        ...(body !== undefined && { body }),
      });
      expect(expected, `${what}: ${answer.status}`).to.include(answer.status);
      expect(answer.headers.get('content-type'), what).to.match(/^text\/html/);
      expect(answer.body, what).to.match(/<h1>[^<]+<\/h1>/);
      expect(answer.ms, what).to.be.below(QUICK_MS);
    }
    for (const headers of FOREIGN) {
      const answer = await rawRequest(visitor, url, { method: 'POST', headers: { ...FORM, ...headers }, body: good.toString() });
      expect(answer.status, `${name} from ${JSON.stringify(headers)}`).to.equal(403);
    }
    for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const body = method === 'PUT' || method === 'PATCH' ? { body: good.toString() } : {};
      const answer = await rawRequest(visitor, url, { method, headers: { ...OWN_PAGE, ...FORM }, ...body });
      expect(answer.status, `${method} ${name}`).to.be.below(500);
    }
    await expectUnchanged(db, before, name);
  }

  /** Somebody else who has learned this person's address line; and this person, at pages whose turn it is not. */
  async function attackFromElsewhere(visitor: Visitor, page: string, form: { url: string; body: URLSearchParams }): Promise<void> {
    const stranger = server.visitor();
    await stranger.open('/users/sign_up');
    const [, , uid] = new URL(form.url).pathname.split('/');
    const url = (path: string) => `${server.origin}/interaction/${uid}/${path}`;
    const post = (body: string) => ({ method: 'POST', headers: { ...OWN_PAGE, ...FORM }, body });
    const steps = othersThan(page);
    const notDue: string[] = [];
    // A page that opens may be answered again: going back to it is no attack.
    for (const step of steps) {
      const { status } = await rawRequest(visitor, url(step));
      expect(status, `${step} opened while ${page} was due`).to.be.oneOf([200, 303]);
      if (status !== 200) notDue.push(step);
    }
    const before = await snapshot(db);

    for (const other of [stranger, server.visitor()]) {
      for (const [address, request] of [
        [form.url, post(form.body.toString())],
        [url(page), {}],
      ] as const) {
        const answer = await rawRequest(other, address, request);
        expect(answer.status, `${page} opened by a stranger`).to.be.oneOf([400, 410]);
        expect(answer.body, page).not.to.contain(`<h1>${visitor.page().heading}</h1>`);
      }
    }
    for (const step of notDue) {
      const answer = await rawRequest(visitor, url(step), post(form.body.toString()));
      expect(answer.status, `${step} posted while ${page} was due`).to.be.oneOf([303, 404]);
    }
    for (const path of [`${page}/nonsense`, `${page}/__proto__`, `${page}/constructor`, 'nonsense/email', 'toString/email', '%00/%ff']) {
      const answer = await rawRequest(visitor, url(path), post(form.body.toString()));
      expect(answer.status, `${path}`).to.be.oneOf([303, 400, 404]);
    }
    await expectUnchanged(db, before, `strangers at ${page}`);
  }

  /** The pages of these journeys that nobody has come to. */
  const unmet = (which: (kind: string) => boolean): readonly string[] =>
    [...STEPS].flatMap(([kind, steps]) => (which(kind) ? steps.filter((step) => !met.has(step)) : []));

  return { besiege, attackForm, unmet };
}
