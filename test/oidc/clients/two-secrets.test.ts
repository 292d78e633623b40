/** Secrets and clients that end, in this process and in another one, which shares nothing but the database. */
import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { expect } from 'chai';
import mongoose, { type Connection } from 'mongoose';
import { createSeal } from '../../../src/crypto/seal.ts';
import { type ClientStore, createClientStore } from '../../../src/oidc-store/client-store.ts';
import { freePort } from '../../support/free-port.ts';
import { testDatabaseUri } from '../../support/mongo.ts';
import { openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { afterFile } from '../../support/suite.ts';

describe('oidc/clients/two-secrets', function () {
  this.timeout(60_000);
  let db: Connection;
  let op: TestProvider;
  /** The operator's command: a process besides those that serve. */
  let command: ClientStore;
  let now = Date.now();
  const commands: string[] = [];

  /** Of a request for tokens by this secret: a code that is none is what is refused after the client was believed. */
  async function ask(origin: string, clientId: string, secret: string): Promise<'believed' | 'refused'> {
    const answer = await fetch(`${origin}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'of-nobody' }),
    });
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, error]).to.deep.equal(answer.status === 401 ? [401, 'invalid_client'] : [400, 'invalid_grant']);
    return answer.status === 401 ? 'refused' : 'believed';
  }
  const record = (clientId: string) => ({
    client_id: clientId,
    client_secret: SECRET,
    redirect_uris: ['https://x.example/cb'],
    grant_types: ['authorization_code', 'refresh_token'],
  });

  before(async () => {
    const uri = await testDatabaseUri();
    db = await mongoose.createConnection(uri, { monitorCommands: true, autoIndex: false }).asPromise();
    afterFile(() => db.close());
    db.getClient().on('commandStarted', ({ commandName, command }) => commands.push(`${commandName} ${command[commandName]}`));
    op = await openTestProvider({ db, clients: ['first', 'second', 'third', 'gone', 'often'].map(record), clock: () => new Date(now) });
    const seal = createSeal(['an encryption key of more than thirty-two characters']);
    command = createClientStore({ db, seal, clock: () => new Date(now) });
  });

  it('CR-03: believes the former secret until its end, and no other; tells the operator who still uses it', async () => {
    await command.rotateSecret('first', 'x'.repeat(43), new Date(now + 3600_000));
    op.logged.length = 0;
    const [current, former] = ['x'.repeat(43), SECRET];
    expect([await ask(op.issuer, 'first', current), await ask(op.issuer, 'first', former)]).to.deep.equal(['believed', 'believed']);
    for (const wrong of ['y'.repeat(43), `${former}x`, former.slice(1)])
      expect(await ask(op.issuer, 'first', wrong), wrong).to.equal('refused');
    const noted = op.logged.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('the secret before'));
    expect(noted.map(({ client }) => client)).to.deep.equal(['first']);
    expect(op.logged.join()).not.to.contain(former);
    now += 3600_000;
    expect([await ask(op.issuer, 'first', current), await ask(op.issuer, 'first', former)]).to.deep.equal(['believed', 'refused']);
  });

  it('shows neither secret where the library shows metadata', async () => {
    await command.rotateSecret('second', 'x'.repeat(43), new Date(now + 3600_000));
    const client = (await op.provider.Client.find('second'))!;
    expect(JSON.stringify([client.metadata(), client])).not.to.contain(SECRET);
    expect(Object.keys(client.metadata())).not.to.include('former');
  });

  it('reads a client once in a second, however many requests there are', async () => {
    await ask(op.issuer, 'often', SECRET);
    commands.length = 0;
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => ask(op.issuer, 'often', SECRET)));
    const seconds = 1 + Math.floor((performance.now() - began) / 1000);
    expect(commands.filter((one) => one === 'find clients').length).to.be.at.most(seconds);
  });

  describe('in another process', () => {
    let child: ChildProcess;
    let origin: string;

    before(async () => {
      const port = await freePort();
      origin = `http://localhost:${port}`;
      const uri = `${(db.getClient() as unknown as { s: { url: string } }).s.url}`;
      child = spawn(process.execPath, [path.join(import.meta.dirname, '../../support/provider-process.ts')], {
        env: { ...process.env, MONGODB_URI: uri, PORT: String(port), ISSUER: origin },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const _ of child.stdout!) break;
    });
    after(() => void child.kill('SIGKILL'));

    /** Asks without a pause; when it was last believed, in milliseconds after `since`: by the moment at which it was asked. */
    async function lastBelieved(clientId: string, since: number): Promise<number> {
      let last = Number.NEGATIVE_INFINITY;
      for (;;) {
        const asked = performance.now();
        if ((await ask(origin, clientId, SECRET)) === 'refused') return last - since;
        last = asked;
      }
    }

    for (const [what, clientId, end] of [
      ['a secret that was rotated without a rest', 'third', () => command.rotateSecret('third', 'x'.repeat(43), undefined)],
      ['a client that was removed', 'gone', () => command.remove('gone')],
    ] as const)
      it(`${what} is good for less than a second more`, async () => {
        expect(await ask(origin, clientId, SECRET)).to.equal('believed');
        expect(await end()).to.equal(true);
        expect(await lastBelieved(clientId, performance.now())).to.be.lessThan(1000);
        for (let i = 0; i < 5; i++) expect(await ask(origin, clientId, SECRET)).to.equal('refused');
      });
  });
});
