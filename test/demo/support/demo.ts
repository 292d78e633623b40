/** The demonstration in this process, beside a real provider; and a browser without a window. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createDemo } from '../../../demo/app.ts';
import type { Session } from '../../../demo/sessions.ts';
import { readSettings, type Settings } from '../../../demo/settings.ts';
import { closeServer, startProvider, type TestProvider } from './provider.ts';

export interface TestDemo {
  readonly url: string;
  readonly settings: Settings;
  readonly provider: TestProvider;
  readonly parts: ReturnType<typeof createDemo>;
  /** Moves the demonstration's clock forward. */
  later(milliseconds: number): void;
  stop(): Promise<void>;
}

export const startDemo = async (): Promise<TestDemo> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const url = `http://localhost:${port}`;
  const provider = await startProvider(url);
  const settings = readSettings({
    DEMO_URL: url,
    ISSUER: provider.issuer,
    DEMO_CLIENT_ID: 'myuscis',
    DEMO_CLIENT_SECRET: 'a secret of the tests',
    LOG_LEVEL: 'silent',
  });
  let ahead = 0;
  const parts = createDemo(settings, {
    logger: pino({ level: process.env['DEMO_TEST_LOG'] ?? 'silent' }),
    ownAddress: () => `http://127.0.0.1:${port}`,
    clock: () => new Date(Date.now() + ahead),
  });
  server.on('request', parts.app.callback());
  await parts.relyingParty.start();
  return {
    url,
    settings,
    provider,
    parts,
    later: (milliseconds) => {
      ahead += milliseconds;
    },
    stop: async () => {
      parts.relyingParty.stop();
      await Promise.all([closeServer(server), provider.stop()]);
    },
  };
};

interface Cookie {
  readonly value: string;
  readonly path: string;
  readonly line: string;
}

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly headers: Headers;
  readonly text: string;
}

/** Keeps cookies by host and path, follows redirects as a browser does. */
export class Browser {
  readonly cookies = new Map<string, Cookie>();
  readonly language: string;

  constructor(language = 'en') {
    this.language = language;
  }

  /** One request, redirects not followed. */
  async request(url: string, form?: Record<string, string>): Promise<Response> {
    const { hostname, pathname } = new URL(url);
    const sent = [...this.cookies].filter(([key, { path }]) => {
      return key.startsWith(`${hostname} `) && (path === '/' || pathname === path || pathname.startsWith(`${path}/`));
    });
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: sent.map(([key, { value }]) => `${key.split(' ')[1]}=${value}`).join('; '), 'accept-language': this.language },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      const key = `${hostname} ${name}`;
      const expires = /expires=([^;]+)/i.exec(line)?.[1];
      if (!value || (expires && Date.parse(expires) < Date.now())) this.cookies.delete(key);
      else this.cookies.set(key, { value, path: /path=([^;]+)/i.exec(line)?.[1] ?? '/', line });
    }
    return response;
  }

  /** Follows redirects until a page, or until an address for which `stopAt` is true: that one is not requested. */
  async open(url: string, options: { form?: Record<string, string>; stopAt?: (url: string) => boolean } = {}): Promise<Page> {
    let response = await this.request(url, options.form);
    for (let hops = 0; response.status >= 300 && response.status < 400; hops += 1) {
      if (hops > 15) throw new Error(`redirected in circles: ${url}`);
      url = new URL(response.headers.get('location')!, url).href;
      if (options.stopAt?.(url)) break;
      response = await this.request(url);
    }
    return { status: response.status, url, headers: response.headers, text: await response.text() };
  }

  /** The address of the callback with its answer, not opened yet. */
  async callbackOf(demoUrl: string, query: Record<string, string>): Promise<string> {
    const isCallback = (url: string) => url.startsWith(`${demoUrl}/callback`);
    return (await this.open(`${demoUrl}/login?${new URLSearchParams(query)}`, { stopAt: isCallback })).url;
  }
}

/** A browser in which `account` is signed in at the demonstration. */
export const signedIn = async (demo: TestDemo, account: string, language = 'en'): Promise<Browser> => {
  const browser = new Browser(language);
  const page = await browser.open(`${demo.url}/login?${new URLSearchParams({ login_hint: account })}`);
  if (page.url !== `${demo.url}/my-account` || page.status !== 200)
    throw new Error(`not signed in: ${page.status} ${page.url} ${page.text}`);
  return browser;
};

/** What the demonstration keeps of this browser's session on its side. */
export const sessionOf = (demo: TestDemo, browser: Browser): Session =>
  demo.parts.sessions.find({ cookies: { get: () => browser.cookies.get('localhost myuscis_session')?.value } } as never)!;

/** The case ids a page shows. */
export const caseIds = (text: string): string[] => [...new Set(text.match(/DEMO-\w{10}/g))];
