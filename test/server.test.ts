import { once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { loadConfig } from '../src/config.ts';
import { connectMongo } from '../src/mongo/connect.ts';
import { openServer } from '../src/server.ts';
import { configDir } from './config/config-dir.ts';
import { newAddress } from './support/people.ts';
import { secretOf, testEnvironment } from './support/server.ts';

describe('server', function () {
  this.timeout(30_000);
  const open = async (env: Record<string, string | undefined>, lines: string[] = []) =>
    openServer({
      config: loadConfig(env),
      clock: () => new Date(),
      log: pino({ level: 'warn' }, { write: (line) => void lines.push(line) }),
    });

  it('listens when it has opened, and lets the port and the database go when it closes', async () => {
    const env = await testEnvironment();
    const server = await open(env);
    expect(server.address.port).to.equal(Number(env.PORT));
    expect((await fetch(`${env.ISSUER}/health/ready`)).status).to.equal(200);
    await server.close();
    expect(await fetch(env.ISSUER).catch((error: Error) => error.message)).to.equal('fetch failed');
    const again = await open(env);
    expect((await fetch(`${env.ISSUER}/health/ready`)).status).to.equal(200);
    await again.close();
  });

  it('keeps its keys and what it derives over a restart', async () => {
    const env = await testEnvironment();
    const keys = async () => (await fetch(`${env.ISSUER}/jwks`)).json();
    const first = await open(env);
    const [before, digest] = [await keys(), first.deps.rootSecret.digest('test', 'x')];
    await first.close();
    const second = await open(env);
    expect([await keys(), second.deps.rootSecret.digest('test', 'x')]).to.deep.equal([before, digest]);
    await second.close();
  });

  it('finishes the requests that are under way before it closes', async () => {
    const env = await testEnvironment();
    const server = await open(env);
    const body = new URLSearchParams({ email: newAddress() }).toString();
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': body.length,
      'sec-fetch-site': 'same-origin',
      expect: '100-continue',
    };
    const asked = request(`${env.ISSUER}/users/confirmation/new`, { method: 'POST', headers, agent: false });
    asked.flushHeaders();
    await once(asked, 'continue');
    const closed = server.close();
    asked.end(body);
    const [answer] = await once(asked, 'response');
    expect(answer.statusCode).to.equal(303);
    answer.resume();
    await closed;
  });

  describe('leaves nothing open', () => {
    /** What opening fails with, and the states of the connections it made. */
    async function failToOpen(env: Record<string, string | undefined>) {
      const connections: Connection[] = [];
      const connect: typeof connectMongo = async (...given) => {
        const connection = await connectMongo(...given);
        connections.push(connection);
        return connection;
      };
      const log = pino({ level: 'silent' });
      const opening = openServer({ config: loadConfig(env), clock: () => new Date(), log, connect });
      const error: NodeJS.ErrnoException = await opening.then(
        () => new Error('it opened'),
        (reason) => reason,
      );
      return { error, states: connections.map(({ readyState }) => readyState) };
    }

    it('when its port is taken', async () => {
      const env = await testEnvironment();
      const server = await open(env);
      const { error, states } = await failToOpen(env);
      expect(error.code).to.equal('EADDRINUSE');
      expect(states).to.deep.equal([0]);
      await server.close();
    });

    it('when the keys are not those of the database', async () => {
      const env = await testEnvironment();
      await (await open(env)).close();
      const { error, states } = await failToOpen({ ...env, ENCRYPTION_KEYS: secretOf() });
      expect(error.message).to.include('ENCRYPTION_KEYS');
      expect(states).to.deep.equal([0]);
    });
  });

  it('says which clients of the configuration it refused, and goes on without them', async () => {
    const lines: string[] = [];
    const bad = { client_id: 'bad', client_secret: 'x'.repeat(40), redirect_uris: ['nowhere'] };
    const env = await testEnvironment({ CONFIG_DIR: configDir({ 'clients.json': [bad] }) });
    const server = await open(env, lines);
    expect(lines.join()).to.contain('a client of clients.json was refused').and.contain('bad').and.contain('redirect_uris');
    expect((await fetch(`${env.ISSUER}/health/ready`)).status).to.equal(200);
    await server.close();
  });
});
