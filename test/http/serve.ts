import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa, { type Middleware } from 'koa';
import { AppError } from '../../src/errors.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Served {
  readonly port: number;
  /** A request over a real connection; unlike `fetch` it takes any header. */
  ask(path: string, options?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array }): Promise<Answer>;
  close(): Promise<void>;
}

/** A small app of these middlewares on a free port. An AppError becomes its status with its code as the text. `keys` sign its cookies. */
export async function serve(
  make: (port: number) => readonly Middleware[],
  { proxy = false, keys = [] }: { proxy?: boolean; keys?: readonly string[] } = {},
): Promise<Served> {
  const app = new Koa({ proxy, keys: [...keys] });
  app.silent = true;
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      ctx.status = error.status;
      ctx.body = error.code;
    }
  });
  for (const middleware of make(port)) app.use(middleware);
  server.removeAllListeners('request').on('request', app.callback());
  return {
    port,
    ask: (path, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const request = httpRequest(
          { host: '127.0.0.1', port, path, method, headers: { host: `localhost:${port}`, ...headers }, agent: false },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk) => {
              text += chunk;
            });
            response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
          },
        );
        request.once('error', reject);
        request.end(body);
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
