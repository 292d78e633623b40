/**
 * What may stand for a parameter: anything at all, much of it made of what is right. One list of each kind is drawn, by a seed, and each
 * parameter is given a stretch of it: the same seed gives the same values.
 */
import fc from 'fast-check';

/** Stands in every address that is not of anybody here. */
export const FOREIGN = 'evil.example';
const MARKUP = '"><script>alert(1)</script><svg onload=alert(2)>\'';
const INJECTION = 'x\r\nX-Evil: 1\r\nSet-Cookie: evil=1\r\n\r\n<script>alert(1)</script>';

/** Made of what is right, for a place that holds so many characters. */
type Make<Value> = (good: string, longest: number) => Value;

const fixed = <Value>(...values: Value[]): fc.Arbitrary<Make<Value>> => fc.constantFrom(...values.map((value) => () => value));
const made = (...makers: Make<string>[]): fc.Arbitrary<Make<string>> => fc.constantFrom(...makers);
const drawn = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Make<Value>> => arbitrary.map((value) => () => value);

/** One bit of one character is another; of what is not plain, a character more. */
const nearly: fc.Arbitrary<Make<string>> = fc.tuple(fc.nat(), fc.nat(5)).map(([number, bit]) => (good) => {
  const at = number % Math.max(1, good.length);
  return good.slice(0, at) + String.fromCharCode((good.charCodeAt(at) || 0x20) ^ (1 << bit)) + good.slice(at + 1);
});

/** Any text in place of this one. */
const TEXT: fc.Arbitrary<Make<string>> = fc.oneof(
  fixed(''),
  nearly,
  nearly,
  // Half of a surrogate pair, too.
  drawn(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 40 }).map((points) => String.fromCodePoint(...points))),
  drawn(fc.string({ unit: 'grapheme', maxLength: 40 })),
  drawn(fc.stringMatching(/^[\x00-\x1f\x7f-\x9f]{1,9}$/)),
  drawn(fc.json({ maxDepth: 3 })),
  drawn(fc.oneof(fc.integer(), fc.double(), fc.bigInt()).map(String)),
  fixed('-1', '0', '1.5', '1e309', '9007199254740993', '99999999999999999999999', 'NaN', 'Infinity', '0x10', '١٢', 'true', 'null'),
  made(
    () => 'a'.repeat(7000),
    (good) => `${good}${'b'.repeat(7000)}`,
    () => '['.repeat(5000),
    () => ' '.repeat(2000),
    (_, longest) => (longest > 8000 ? 'c'.repeat(longest) : 'd'),
  ),
  made(
    () => INJECTION,
    () => MARKUP,
    (good) => `${good}${MARKUP}`,
    (good) => `${good}\r\nX-Evil: 1`,
    () => 'x\0y',
    (good) => `${good}\0`,
    () => '\u202ex',
    () => '\ufeff',
    () => '\u2028',
    () => `\u{1f600}`,
  ),
  fixed(
    `https://${FOREIGN}/`,
    `//${FOREIGN}`,
    `/\\${FOREIGN}`,
    `https:${FOREIGN}`,
    `javascript:alert(1)//${FOREIGN}`,
    `data:text/html,${MARKUP}`,
  ),
  made(
    (good) => `${good}/`,
    (good) => `${good}#x`,
    (good) => `${good}?x=1`,
    (good) => `${good}/../x`,
    (good) => ` ${good}`,
    (good) => `${good} `,
    (good) => good.toUpperCase(),
    (good) => `${good}@${FOREIGN}`,
    (good) => `${good}.${FOREIGN}`,
  ),
  fixed(
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
  fixed('query', 'jwt', 'web_message', 'plain', 'S256', 'openid', 'openid admin', 'offline_access', 'authorization_code', 'refresh_token'),
  fixed('client_credentials', 'password', 'urn:ietf:params:oauth:grant-type:device_code', 'access_token', 'id_token', '*', '.', '..', '%'),
  fixed(
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
  fixed(
    'https://open.example/callback',
    'https://shop.example/callback',
    'https://service.example/other',
    'urn:ietf:params:oauth:request_uri:x',
  ),
  fixed(
    '{"id_token":{"acr":{"essential":true,"value":"x"}}}',
    '{"userinfo":[]}',
    '{"id_token":null}',
    '{"id_token":{"sub":{"value":"x"}}}',
  ),
  fixed('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.', 'eyJhbGciOiJIUzI1NiJ9.e30.AAAA', 'e30.e30.x', 'a.b.c', 'a.b.c.d.e', '..'),
);

type Say = (name: string, good: string, longest: number) => string;
const encode = (value: string) => encodeURIComponent(value.toWellFormed());
const assigned = (...values: string[]): fc.Arbitrary<Say> =>
  fc.constantFrom(
    ...values.map(
      (value): Say =>
        (name) =>
          `${name}=${value}`,
    ),
  );
const said = (...ways: ((name: string, plain: string) => string)[]): fc.Arbitrary<Say> =>
  fc.constantFrom(
    ...ways.map(
      (way): Say =>
        (name, good) =>
          way(name, encode(good)),
    ),
  );

/** What stands for the parameter in a form or a query, however it may be said. */
const SAID: fc.Arbitrary<Say> = fc.oneof(
  {
    weight: 12,
    arbitrary: TEXT.map(
      (make): Say =>
        (name, good, longest) =>
          `${name}=${encode(make(good, longest))
            .slice(0, longest + 8000)
            .replace(/%.?$/, '')}`,
    ),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(
      assigned('%', '%zz', '%c3', '%ff%fe', '%ed%a0%80', '%ed%a0%bd%ed%b8%80', '%00', '%0d%0aX-Evil:%201', '%u0041', '+', '%25'),
      said(
        () => '',
        (name) => name,
        (name, plain) => `${name}=${plain}&${name}=${plain}`,
        (name, plain) => `${name}=${plain}&${name}=x`,
        (name, plain) => `${name}=&${name}=${plain}`,
        (name, plain) => `${name}=${plain}&${name}=`,
      ),
      said(
        (name, plain) => `${name}[]=${plain}`,
        (name, plain) => `${name}[0]=${plain}`,
        (name) => `${name}[$ne]=`,
        (name, plain) => `${name}.x=${plain}`,
        (name, plain) => `${name}%00=${plain}`,
        (name, plain) => `${name.toUpperCase()}=${plain}`,
      ),
    ),
  },
);

const JSON_VALUES: fc.Arbitrary<Make<unknown>> = fc.oneof(
  { weight: 3, arbitrary: TEXT as fc.Arbitrary<Make<unknown>> },
  drawn(fc.jsonValue({ maxDepth: 3 })),
  fc.array(TEXT, { maxLength: 4 }).map((makers) => (good: string) => makers.map((make) => make(good, 100))),
  fixed<unknown>(null, true, 0, -1, [], {}, [[]], [null], { keys: [] }, { keys: [{}] }, { keys: [{ kty: 'RSA' }] }, { $ne: '' }),
);

const HEADERS: fc.Arbitrary<Make<string>> = fc.oneof(
  TEXT,
  TEXT.map((make) => (good: string, longest: number) => `${good.split(' ')[0]} ${make(good.replace(/^\S+ /, ''), longest)}`),
  TEXT.map((make) => () => `Basic ${Buffer.from(make('service:secret', 2000)).toString('base64')}`),
  fixed('Basic', 'Bearer', 'DPoP', 'Basic =', 'Basic Og==', 'Bearer  x', 'Basic a b', 'Digest x'),
  made((good) => `basic ${good}`),
);
const CAN_BE_A_HEADER = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Longer than one parameter needs, so that each has others. */
const POOL = 5;

/** `times` values for each parameter that is asked for; of two parameters the stretches begin elsewhere. */
export function createValues(seed: number, times: number) {
  const pool = <T>(arbitrary: fc.Arbitrary<T>): (() => readonly T[]) => {
    let values: readonly T[] | undefined;
    return () => {
      values ??= fc.sample(arbitrary, { numRuns: POOL * times, seed });
      return values;
    };
  };
  const [saids, jsons, headers] = [pool(SAID), pool(JSON_VALUES), pool(HEADERS)];

  function take<T, Value>(
    values: readonly T[],
    index: number,
    make: (of: T) => Value,
    fits: (value: Value) => boolean = () => true,
  ): Value[] {
    const taken: Value[] = [];
    for (let at = 0; taken.length < times; at++) {
      const value = make(values[(index * times + at) % values.length]!);
      if (fits(value)) taken.push(value);
    }
    return taken;
  }

  return {
    /** As a piece of a query or a form; `longest`: characters that it holds. */
    said: (index: number, name: string, good: string, longest: number) => take(saids(), index, (say) => say(name, good, longest)),
    json: (index: number, good: string) => take(jsons(), index, (make) => make(good, 8000)),
    header: (index: number, good: string) =>
      take(
        headers(),
        index,
        (make) => make(good, 4000),
        (value) => CAN_BE_A_HEADER.test(value),
      ),
    contentTypes: (count: number) => fc.sample(fc.stringMatching(/^[\x20-\x7e]{0,30}$/), { numRuns: count, seed }),
  };
}
