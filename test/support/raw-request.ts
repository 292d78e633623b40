/** One request exactly as a test wants it, with a visitor's cookies: nothing added, no redirect followed, no cookie kept. */
import type { Visitor } from './visitor.ts';

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: NonNullable<RequestInit['body']>;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly ms: number;
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** What a browser sends with a form of the provider's own page. */
export const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

export async function rawRequest(
  visitor: Visitor,
  url: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<RawAnswer> {
  const started = performance.now();
  const cookie = await visitor.jar.getCookieString(url);
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: { accept: 'text/html', 'accept-encoding': 'identity', ...(cookie && { cookie }), ...headers },
    ...(body !== undefined && { body, duplex: 'half' }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text, ms: performance.now() - started };
}
