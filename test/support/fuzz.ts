/**
 * Requests in which one parameter is anything at all, and all others are right. The same seed gives the same requests; another is taken
 * from `FUZZ_SEED`.
 */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { createValues } from './fuzz-values.ts';

export const SEED = Number(process.env.FUZZ_SEED ?? 20_260_101);
/** For each parameter. */
const TIMES = Number(process.env.FUZZ_TIMES ?? 200);
const AT_ONCE = 4;

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

/** A request that is right. Values that are no text are for JSON. */
export interface Good {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly method: string;
  /** May end with a parameter, as in `/register/:client`. */
  readonly path: string;
  /** Where the other parameters are. */
  readonly place: 'query' | 'form' | 'json';
  /** Asked for again when the last one was used up, by the request that got this answer. */
  readonly good: (answer?: Got) => Good | Promise<Good>;
  /** What the answer to what is right looks like: status, address and text. Looked at last, so nothing before has spoiled it. */
  readonly right: RegExp;
  /** Whether this request has used up what was good; if not said, when it succeeds. */
  readonly usedUp?: (got: Got, at: At) => boolean;
  /** These parameters alone, where another endpoint is tried with all. */
  readonly only?: readonly string[];
  /** What it knows besides, with a value that is nearly right. */
  readonly optional?: Readonly<Record<string, string>>;
  /** Headers that are parameters, too. */
  readonly headers?: readonly string[];
  /** It sends browsers on to itself; where to is opened, too. */
  readonly follows?: boolean;
}

/** `name`: of what is not right. */
export interface At {
  readonly name: string;
  readonly good: Good;
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

const CONTENT_TYPES = [
  'application/json',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/x-www-form-urlencoded; charset=utf-16',
  '',
];
const OTHER_TYPES = 20;
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];
const values = createValues(SEED, TIMES);

/** What is not right in a request. `piece`: of a query, a form or a path, as it is sent. */
interface Changed {
  readonly piece?: string;
  readonly value?: { readonly is: unknown };
  readonly header?: string;
  readonly type?: string;
  readonly method?: string;
}

const parameterOf = (path: string): string | undefined => /:(\w+)$/.exec(path)?.[1];

/** The request that is right but for this. */
function build({ method: usual, path: pattern, place }: Endpoint, good: Good, name: string, changed: Changed): Sent {
  const { piece, value, header, type, method = usual } = changed;
  const inPath = parameterOf(pattern);
  const { [inPath ?? '']: id, ...parameters } = good.parameters;
  const last = inPath === name && piece !== undefined ? piece.slice(name.length + 1) : encodeURIComponent(String(id));
  const path = inPath === undefined ? pattern : pattern.slice(0, -inPath.length - 1) + last;
  const given = header === undefined ? {} : { [name]: header };
  const headers = { accept: place === 'query' ? 'text/html' : 'application/json', ...good.headers, ...given };
  if (place === 'json') {
    const body = JSON.stringify(value ? { ...parameters, [name]: value.is } : parameters);
    return { method, path, headers: { ...headers, ...ofBody(body, type ?? 'application/json') }, body };
  }
  const { [name]: _, ...others } = parameters;
  const form = [
    new URLSearchParams((piece === undefined ? parameters : others) as Record<string, string>).toString(),
    name === inPath ? '' : piece,
  ]
    .filter(Boolean)
    .join('&');
  if (place === 'query') return { method, path: form === '' ? path : `${path}?${form}`, headers };
  return { method, path, headers: { ...headers, ...ofBody(form, type ?? 'application/x-www-form-urlencoded') }, body: form };
}

const ofBody = (body: string, type: string) => ({
  'content-length': String(Buffer.byteLength(body)),
  ...(type && { 'content-type': type }),
});

/** Everything that is to be not right, one at a time. */
function allChanges(first: Good, endpoint: Endpoint): { readonly name: string; readonly changed: Changed }[] {
  const { path, place, optional = {}, headers = [], only } = endpoint;
  const inPath = parameterOf(path);
  // A request line holds less than a body.
  const longest = place === 'form' ? 100_000 : 7000;
  const ofParameter = (name: string, index: number): readonly Changed[] => {
    const usual = first.parameters[name] ?? optional[name] ?? 'x';
    const good = typeof usual === 'string' ? usual : JSON.stringify(usual);
    if (place === 'json' && name !== inPath) return values.json(index, good).map((is) => ({ value: { is } }));
    return values.said(index, name, good, name === inPath ? 7000 : longest).map((piece) => ({ piece }));
  };
  const named = (name: string, all: readonly Changed[]) => all.map((changed) => ({ name, changed }));
  const names = only ?? [...new Set([...Object.keys(first.parameters), ...Object.keys(optional)])];
  const parameters = names.flatMap((name, index) => named(name, ofParameter(name, index)));
  if (only) return parameters;
  const ofHeaders = headers.flatMap((name, index) =>
    named(
      name,
      values.header(names.length + index, first.headers?.[name] ?? 'x').map((header) => ({ header })),
    ),
  );
  const types = place === 'query' ? [] : [...CONTENT_TYPES, ...values.contentTypes(OTHER_TYPES)].map((type) => ({ type }));
  const methods = METHODS.map((method) => ({ method }));
  return [...parameters, ...ofHeaders, ...named('content-type', types), ...named('method', methods)];
}

/** Sends all requests for each of its parameters, several at a time, and hands each answer on to be judged. */
export async function fuzz(
  ask: (sent: Sent) => Promise<Got>,
  endpoint: Endpoint,
  judge: (sent: Sent, got: Got, at: At) => void,
): Promise<void> {
  const rest = allChanges(await endpoint.good(), endpoint);
  const { follows = false, path, right, usedUp = ({ status }) => status < 300 } = endpoint;

  async function tried(sent: Sent, at: At, look = judge): Promise<Got> {
    const got = await ask(sent);
    try {
      look(sent, got, at);
    } catch (error) {
      rest.length = 0;
      const answer = `${got.status} ${JSON.stringify(got.headers)}\n${got.text.slice(0, 1500)}`;
      throw new Error(`${(error as Error).message}\nFUZZ_SEED=${SEED} ${at.name}: ${JSON.stringify(sent).slice(0, 3000)}\n${answer}`);
    }
    const { location } = got.headers;
    if (!follows || !location?.startsWith(`${path}?`)) return got;
    return tried({ method: 'GET', path: location, headers: { accept: 'text/html', ...at.good.headers } }, at, look);
  }
  const isRight = (_: Sent, { status, headers, text }: Got) => {
    const seen = `${status} ${headers.location ?? ''} ${text}`;
    if (!right.test(seen) && !(follows && headers.location?.startsWith(`${path}?`))) throw new Error(`no longer ${right}`);
  };
  const lane = async () => {
    let good = await endpoint.good();
    for (let next = rest.pop(); next; next = rest.pop()) {
      const at = { name: next.name, good };
      const got = await tried(build(endpoint, good, next.name, next.changed), at);
      if (usedUp(got, at)) good = await endpoint.good(got);
    }
    await tried(build(endpoint, good, '', {}), { name: '(right)', good }, isRight);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
