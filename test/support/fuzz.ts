/**
 * Requests in which one parameter is anything at all, and all others are right; and what every answer to one must be like. The same seed
 * gives the same requests; another is taken from `FUZZ_SEED`.
 */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';

export const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);
/** For each parameter. */
const TIMES = Number(process.env.FUZZ_TIMES ?? 200);
const AT_ONCE = 4;
/** Stands in every address that is not of anybody here. */
const FOREIGN = 'evil.example';
const MARKUP = '"><script>alert(1)</script><svg onload=alert(2)>\'';
const INJECTION = 'x\r\nX-Evil: 1\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>';

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request that is right. */
export interface Good {
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  /** Where the parameters are; `path`: the one parameter is what the path ends with. */
  readonly place: 'query' | 'form' | 'json' | 'path';
  /** Asked for again when the last one was used up, by the request that got this answer. */
  readonly good: (answer?: Got) => Good | Promise<Good>;
  /** These parameters alone, where another endpoint is tried with all. */
  readonly only?: readonly string[];
  /** What it knows besides, with a value that is nearly right. */
  readonly optional?: Readonly<Record<string, string>>;
  /** Headers that are parameters, too. */
  readonly headers?: readonly string[];
}

/** Sends one request as it is: nothing is made right, no redirect is followed. */
export function createAsk(port: number, host: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const ask = ({ method, path, headers, body }: Sent) =>
    new Promise<Got>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, headers: { host, ...headers }, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject).once('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      });
      sent.once('error', reject);
      sent.end(body);
    });
  return Object.assign(ask, { close: () => agent.destroy() });
}

const fromList = (...values: string[]) => fc.constantFrom(...values);
/** One bit of one character is another; of what is not plain, a character more. */
const nearly = (good: string) =>
  fc.tuple(fc.nat(Math.max(0, good.length - 1)), fc.nat(5)).map(([at, bit]) => {
    const changed = String.fromCharCode((good.charCodeAt(at) || 0x20) ^ (1 << bit));
    return good.slice(0, at) + changed + good.slice(at + 1);
  });

/** Any text in place of this one. `longest`: characters that its place holds. */
const text = (good: string, longest: number): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(''),
    nearly(good),
    nearly(good),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.stringMatching(/^[\x00-\x1f\x7f-\x9f]{1,9}$/),
    fc.json({ maxDepth: 3 }),
    fc.oneof(fc.integer(), fc.double(), fc.bigInt()).map(String),
    fromList('-1', '0', '1.5', '1e309', '9007199254740993', '99999999999999999999999', 'NaN', 'Infinity', '0x10', '١٢', 'true', 'null'),
    fromList(
      'a'.repeat(7000),
      `${good}${'b'.repeat(7000)}`,
      '['.repeat(5000),
      ' '.repeat(2000),
      longest > 8000 ? 'c'.repeat(longest) : 'd',
    ),
    fromList(
      INJECTION,
      MARKUP,
      `${good}${MARKUP}`,
      `${good}\r\nX-Evil: 1`,
      'x\0y',
      `${good}\0`,
      '\u202ex',
      '\ufeff',
      '\u2028',
      `\u{1f600}`,
    ),
    fromList(
      `https://${FOREIGN}/`,
      `//${FOREIGN}`,
      `/\\${FOREIGN}`,
      `https:${FOREIGN}`,
      `javascript:alert(1)//${FOREIGN}`,
      `data:text/html,${MARKUP}`,
    ),
    fromList(
      `${good}/`,
      `${good}#x`,
      `${good}?x=1`,
      `${good}/../x`,
      ` ${good}`,
      `${good} `,
      good.toUpperCase(),
      `${good}@${FOREIGN}`,
      `${good}.${FOREIGN}`,
    ),
    fromList(
      'none',
      'login',
      'none login',
      'create',
      'consent',
      'select_account',
      'code',
      'none',
      'token',
      'code id_token',
      'form_post',
      'fragment',
    ),
    fromList(
      'query',
      'jwt',
      'web_message',
      'plain',
      'S256',
      'openid',
      'openid admin',
      'offline_access',
      'authorization_code',
      'refresh_token',
    ),
    fromList(
      'client_credentials',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
      'access_token',
      'id_token',
      '*',
      '.',
      '..',
      '%',
    ),
    fromList(
      'service',
      'open',
      'shop.example',
      'public',
      'account-pages',
      'nobody',
      '__proto__',
      'constructor',
      'toString',
      '{"$ne":""}',
      '$where',
    ),
    fromList(
      'https://open.example/callback',
      'https://shop.example/callback',
      'https://service.example/other',
      'urn:ietf:params:oauth:request_uri:x',
    ),
    fromList(
      '{"id_token":{"acr":{"essential":true,"value":"x"}}}',
      '{"userinfo":[]}',
      '{"id_token":null}',
      '{"id_token":{"sub":{"value":"x"}}}',
    ),
    fromList('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.', 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA', 'e30.e30.x', 'a.b.c', 'a.b.c.d.e', '..'),
  );

/** What stands for the parameter in a form or a query, however it may be said. */
const said = (name: string, good: string, longest: number): fc.Arbitrary<string> => {
  const is = (value: string) => `${name}=${value}`;
  const encode = (value: string) => encodeURIComponent(value.toWellFormed());
  const [plain, key] = [encode(good), encode(name)];
  return fc.oneof(
    {
      weight: 12,
      arbitrary: text(good, longest).map((value) =>
        is(
          encode(value)
            .slice(0, longest + 8000)
            .replace(/%.?$/, ''),
        ),
      ),
    },
    {
      weight: 3,
      arbitrary: fc.oneof(
        fromList('%', '%zz', '%c3', '%ff%fe', '%ed%a0%80', '%ed%a0%bd%ed%b8%80', '%00', '%0d%0aX-Evil:%201', '%u0041', '+', '%25').map(is),
        fromList('', name, `${is(plain)}&${is(plain)}`, `${is(plain)}&${is('x')}`, `${is('')}&${is(plain)}`, `${is(plain)}&${is('')}`),
        fromList(
          `${key}[]=${plain}`,
          `${key}[0]=${plain}`,
          `${key}[$ne]=`,
          `${key}.x=${plain}`,
          `${key}%00=${plain}`,
          `${name.toUpperCase()}=${plain}`,
        ),
      ),
    },
  );
};

const json = (good: string): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: text(good, 8000) },
    fc.jsonValue({ maxDepth: 3 }),
    fc.array(text(good, 100), { maxLength: 4 }),
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      [],
      {},
      [[]],
      [null],
      { keys: [] },
      { keys: [{}] },
      { keys: [{ kty: 'RSA' }] },
      { $ne: '' },
    ),
  );

const headerValue = (good: string) =>
  fc
    .oneof(
      text(good, 4000),
      text(good.replace(/^\S+ /, ''), 4000).map((value) => `${good.split(' ')[0]} ${value}`),
      text('service:secret', 2000).map((value) => `Basic ${Buffer.from(value).toString('base64')}`),
      fromList('Basic', 'Bearer', 'DPoP', 'Basic =', 'Basic Og==', 'Bearer  x', 'Basic a b', 'Digest x', `basic ${good}`),
    )
    .filter((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value));

const CONTENT_TYPES = [
  'application/json',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/x-www-form-urlencoded; charset=utf-16',
  '',
];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];

/** The parameters that are tried, by name; the last two are of the request itself. */
const namesOf = ({ parameters }: Good, { optional = {}, headers = [], place, only }: Endpoint): readonly string[] =>
  (only ?? place === 'path')
    ? (only ?? Object.keys(parameters))
    : [...new Set([...Object.keys(parameters), ...Object.keys(optional)]), ...headers, 'content-type', 'method'];

type Change = (good: Good) => Sent;

/** So many requests, each with another value of this parameter. */
function changes(name: string, first: Good, endpoint: Endpoint): readonly Change[] {
  const { method, path, place, optional = {}, headers: headerNames = [] } = endpoint;
  const sample = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: TIMES, seed: SEED });
  const build = (
    good: Good,
    changed: { piece?: string; value?: { readonly is: unknown }; header?: string; type?: string; by?: string },
  ): Sent => {
    const { [name]: _, ...rest } = good.parameters;
    const kept = changed.piece === undefined && changed.value === undefined ? good.parameters : rest;
    const given = changed.header === undefined ? {} : { [name]: changed.header };
    const headers = { accept: place === 'query' || place === 'path' ? 'text/html' : 'application/json', ...good.headers, ...given };
    const form = [new URLSearchParams(kept).toString(), changed.piece].filter(Boolean).join('&');
    const by = changed.by ?? method;
    if (place === 'path') return { method: by, path: path + (changed.piece ?? '').slice(name.length + 1), headers };
    if (place === 'query') return { method: by, path: `${path}?${form}`, headers };
    const body = place === 'form' ? form : JSON.stringify(changed.value ? { ...kept, [name]: changed.value.is } : kept);
    const type = changed.type ?? (place === 'form' ? 'application/x-www-form-urlencoded' : 'application/json');
    return {
      method: by,
      path,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), ...(type && { 'content-type': type }) },
      body,
    };
  };

  if (headerNames.includes(name))
    return sample(headerValue(first.headers?.[name] ?? 'x')).map((header) => (good: Good) => build(good, { header }));
  if (name === 'content-type') {
    const types = fc.oneof(fc.constantFrom(...CONTENT_TYPES), fc.stringMatching(/^[\x20-\x7e]{0,30}$/));
    return sample(types).map((type) => (good: Good) => build(good, { type }));
  }
  if (name === 'method') return sample(fc.constantFrom(...METHODS)).map((by) => (good: Good) => build(good, { by }));
  const usual = String(first.parameters[name] ?? optional[name] ?? 'x');
  if (place === 'json') return sample(json(usual)).map((is) => (good: Good) => build(good, { value: { is } }));
  // A request line holds less than a body.
  const longest = place === 'form' ? 100_000 : 7000;
  return sample(said(name, usual, longest)).map((piece) => (good: Good) => build(good, { piece }));
}

/** Sends all requests for each of its parameters, several at a time, and hands each answer on to be judged. */
export async function fuzz(
  ask: (sent: Sent) => Promise<Got>,
  endpoint: Endpoint,
  judge: (sent: Sent, got: Got, at: { readonly name: string; readonly good: Good }) => void,
): Promise<void> {
  const first = await endpoint.good();
  const rest = namesOf(first, endpoint).flatMap((name) => changes(name, first, endpoint).map((change) => ({ name, change })));
  const lane = async () => {
    let good = await endpoint.good();
    for (let next = rest.pop(); next; next = rest.pop()) {
      const { name, change } = next;
      const sent = change(good);
      const got = await ask(sent);
      try {
        judge(sent, got, { name, good });
      } catch (error) {
        rest.length = 0;
        const answer = `${got.status} ${JSON.stringify(got.headers)}\n${got.text.slice(0, 1500)}`;
        throw new Error(`${(error as Error).message}\nFUZZ_SEED=${SEED} ${name}: ${JSON.stringify(sent).slice(0, 3000)}\n${answer}`);
      }
      if (got.status < 300) good = await endpoint.good(got);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** RFC 6749, 6750, 7009, 7591, 8707, 9126, 9449, 9470, OpenID Connect Core, Registration and "Unmet Authentication Requirements". */
const REGISTERED = new Set(
  `invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope access_denied unsupported_response_type
  server_error temporarily_unavailable invalid_token insufficient_scope unsupported_token_type invalid_redirect_uri invalid_client_metadata
  invalid_target invalid_request_uri invalid_request_object request_not_supported request_uri_not_supported registration_not_supported
  interaction_required login_required account_selection_required consent_required invalid_dpop_proof use_dpop_nonce
  insufficient_user_authentication unmet_authentication_requirements unsupported_response_mode`.split(/\s+/),
);
/** RFC 6749 5.2; in answers to registrations it may be any printable ASCII (RFC 7591 3.2.2). */
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const STACK = /node_modules|\bat \S+ \(|\.[jt]s:\d+|MongoServer|TypeError|RangeError|SyntaxError/;
const RAW_MARKUP = /<script>alert|<svg onload/i;

interface Judging {
  readonly issuer: string;
  /** The registered addresses that an answer may be sent to. */
  readonly redirects: ReadonlySet<string>;
}

/** Judges answers, and collects the error codes that were seen. */
export function createJudge({ issuer, redirects }: Judging) {
  const codes = new Set<string>();

  function judgeError(error: unknown, description: unknown, allowed = DESCRIPTION): void {
    expect(REGISTERED.has(String(error)), `registered: ${String(error)}`).to.equal(true);
    expect(error).not.to.equal('server_error');
    codes.add(String(error));
    if (description === undefined || description === null) return;
    expect(description).to.be.a('string').and.match(allowed).and.not.match(STACK).and.not.match(RAW_MARKUP);
  }

  function judgeRedirect(location: string, state: string | undefined): void {
    expect(location).to.match(/^[\x21-\x7e]+$/);
    const to = new URL(location, issuer);
    if (to.origin === issuer) {
      expect(location.startsWith('/') || location.startsWith(`${issuer}/`), location).to.equal(true);
      expect(to.pathname).to.match(/^\/(?:authorize|interaction|logout)(?:\/[\w-]+)?$/);
      return;
    }
    expect(redirects.has(to.origin + to.pathname), `registered: ${location.slice(0, 200)}`).to.equal(true);
    const answer = to.hash ? new URLSearchParams(to.hash.slice(1)) : to.searchParams;
    if (answer.has('error')) judgeError(answer.get('error'), answer.get('error_description'));
    if (!answer.has('error') && !answer.has('code')) return;
    expect(answer.get('iss')).to.equal(issuer);
    if (state !== undefined) expect(answer.get('state')).to.equal(state);
  }

  function judgePage(text: string): void {
    expect(text).to.include('<main').and.not.match(RAW_MARKUP).and.not.match(STACK);
    for (const [, address = ''] of text.matchAll(/(?:href|src|action)="([^"]*)"/g))
      expect(address)
        .not.to.match(/^\s*(?:javascript|data):/i)
        .and.not.to.include(FOREIGN);
    const form = /<form id="op\.form"[^>]* action="([^"]*)"/.exec(text)?.[1];
    if (form !== undefined && !form.startsWith(issuer)) expect(redirects.has(form), form).to.equal(true);
    const [, error, description] = /<code lang="en">(\w+)(?:: ([^<]*))?<\/code>/.exec(text) ?? [];
    if (error !== undefined) judgeError(error, description?.replace(/&#?\w+;/g, ''));
  }

  interface Of {
    readonly method: string;
    /** What an answer must come back with. */
    readonly state?: string | undefined;
    readonly registration?: boolean;
  }

  function judge({ status, headers, text }: Got, { state, method, registration = false }: Of): void {
    expect(status).to.be.within(200, 499);
    expect(headers).not.to.have.property('x-evil');
    expect(headers['set-cookie']?.join() ?? '').not.to.include('evil');
    // Refused by Node, before anything of ours sees it.
    if (status === 431) return;
    expect(headers['x-content-type-options']).to.equal('nosniff');
    if (headers.location !== undefined) {
      judgeRedirect(headers.location, state);
      return;
    }
    expect(status).not.to.be.within(300, 399);
    if (text === '' && (method === 'HEAD' || status < 300)) return;
    const type = headers['content-type'] ?? '';
    if (type.startsWith('text/html')) {
      judgePage(text);
      return;
    }
    expect(type).to.match(/^application\/(?:json|jwk-set\+json|jwt)/);
    expect(text).not.to.match(STACK);
    if (status < 400) return;
    const { error, error_description: description, ...more } = JSON.parse(text);
    judgeError(error, description, registration ? /^[\x20-\x7e]*$/ : DESCRIPTION);
    expect(Object.keys(more).filter((name) => !['state', 'iss', 'scope'].includes(name))).to.deep.equal([]);
  }
  return { judge, codes };
}
