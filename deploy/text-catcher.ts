/**
 * Takes text messages in place of a gateway, for trying things out: `POST /send {"to": "+1…", "text": "…"}`, as SMS_PROVIDER=webhook
 * sends them. `GET /` shows the newest 50. Nothing is kept.
 */
import { createServer, type IncomingMessage } from 'node:http';

interface Caught {
  readonly at: string;
  readonly to: string;
  readonly text: string;
}

const caught: Caught[] = [];
/** The same text may be handed over again; its id stays. */
const seen = new Set<string>();

const server = createServer(async (request, response) => {
  if (request.method === 'POST' && request.url === '/send') {
    const message = await readMessage(request).catch(() => undefined);
    if (!message) return void response.writeHead(400).end();
    const id = String(request.headers['webhook-id'] ?? '');
    if (id === '' || !seen.has(id)) caught.unshift(message);
    if (id !== '') seen.add(id);
    caught.splice(50);
    return void response.writeHead(202).end();
  }
  if (request.method === 'GET' && request.url === '/') {
    const lines = caught.map(({ at, to, text }) => `${at}  ${to}\n${text}\n`);
    return void response
      .writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', refresh: '5' })
      .end(lines.join('\n') || 'No text messages yet.\n');
  }
  response.writeHead(404).end();
});

async function readMessage(request: IncomingMessage): Promise<Caught | undefined> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > 10_000) return undefined;
  }
  const { to, text } = JSON.parse(body);
  return typeof to === 'string' && typeof text === 'string' ? { at: new Date().toISOString(), to, text } : undefined;
}

server.listen(Number(process.env['PORT'] ?? 8080), () =>
  process.send?.({ ready: true, port: (server.address() as { port: number }).port }),
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
