/** The demonstration service in this process, where a test can read how it took what it was told. By the real time, as the tokens are that it gets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { createDemo } from '../../demo/app.ts';
import { readSettings } from '../../demo/settings.ts';
import type { Person } from './people.ts';
import { signInHere, stepOf } from './recovering.ts';
import { secretOf, startServer } from './server.ts';
import { afterFile } from './suite.ts';
import type { Visitor } from './visitor.ts';

export type DemoHere = Awaited<ReturnType<typeof startDemoHere>>;

/** A provider and the demonstration service that trusts it. `close` ends both. */
export async function startDemoHere() {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const demoUrl = `http://localhost:${port}`;
  const secret = secretOf();
  const server = await startServer({ env: { DEMO_URL: demoUrl, DEMO_CLIENT_SECRET: secret } });
  const { app, relyingParty } = createDemo(
    readSettings({ DEMO_URL: demoUrl, ISSUER: server.origin, DEMO_CLIENT_ID: 'myuscis', DEMO_CLIENT_SECRET: secret }),
    { logger: pino({ level: 'silent' }), ownAddress: () => `http://127.0.0.1:${port}` },
  );
  /** How it answered each logout token: 200 is one that it has verified. */
  const logouts: number[] = [];
  listener.on('request', (req, res) => {
    if (req.url === '/backchannel-logout') res.once('finish', () => logouts.push(res.statusCode));
  });
  listener.on('request', app.callback());
  await relyingParty.start();

  let open = true;
  const close = async () => {
    if (!open) return;
    open = false;
    relyingParty.stop();
    listener.close();
    listener.closeAllConnections();
    await server.close();
  };
  afterFile(close);

  return {
    server,
    demoUrl,
    logouts,
    /** Waits until it has answered so many logout tokens. */
    async untilTold(count: number): Promise<void> {
      for (const until = Date.now() + 10_000; logouts.length < count; await new Promise((resolve) => setTimeout(resolve, 10)))
        if (Date.now() > until) throw new Error(`${logouts.length} of ${count} logout tokens within 10 seconds`);
    },
    close,
    /** Somebody who is signed in there, in a browser of their own; for an account with one method. */
    async signedIn(person: Person): Promise<Visitor> {
      const visitor = server.visitor({}, [demoUrl]);
      await visitor.open(`${demoUrl}/login`);
      await signInHere(server, visitor, person);
      if (stepOf(visitor) === 'service-entry/account-type') {
        const [type] = visitor.page().root.querySelectorAll('form label');
        await visitor.press(visitor.page().root.querySelector('form .button')!.text.trim(), { [type!.text.trim()]: true });
      }
      expect(visitor.page().url).to.equal(`${demoUrl}/my-account`);
      return visitor;
    },
    /** Whether it still knows this person, who is sent nowhere else to be asked. */
    knows: async (visitor: Visitor) => (await visitor.open(`${demoUrl}/signout`)).url === `${demoUrl}/signout`,
  };
}
