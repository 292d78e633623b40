/**
 * The cost of an endpoint is the number of database calls it makes; these may become fewer, not more. Accounts are not counted here, nor is
 * the reading of a client, which each process does once in a second (`clients/two-secrets.test.ts`).
 */
import { expect } from 'chai';
import mongoose from 'mongoose';
import { testDatabaseUri } from '../support/mongo.ts';
import { API, openTestProvider, SECRET, type TestProvider } from '../support/provider.ts';
import { createBrowser, createRelyingParty, type RelyingParty } from '../support/relying-party.ts';
import { afterFile } from '../support/suite.ts';

describe('oidc database round trips', function () {
  this.timeout(60_000);
  let db: mongoose.Connection;
  let op: TestProvider;
  let service: RelyingParty;
  const commands: string[] = [];

  before(async () => {
    db = await mongoose.createConnection(await testDatabaseUri(), { monitorCommands: true, autoIndex: false }).asPromise();
    afterFile(() => db.close());
    db.getClient().on('commandStarted', ({ commandName, command }) => {
      if (command[commandName] !== 'clients') commands.push(`${commandName} ${command[commandName]}`);
    });
    op = await openTestProvider({ db });
    // It looks by itself, whatever is asked of an endpoint.
    await op.logoutQueue.stop();
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
  });

  async function callsOf<T>(work: () => Promise<T>, atMost: number): Promise<T> {
    commands.length = 0;
    const result = await work();
    expect(commands.length, `\n  ${commands.join('\n  ')}\n`).to.be.at.most(atMost);
    return result;
  }

  it('of each endpoint', async () => {
    const browser = createBrowser(op.issuer);
    await service.signIn(browser);
    // Known here already: what the first request of a service in a session makes (its grant) is not counted.
    const { answer, checks } = await callsOf(() => service.authorize(browser), 4);
    const oauth = await import('openid-client');
    const tokens = await callsOf(() => oauth.authorizationCodeGrant(service.config, answer.url, checks), 6);
    await callsOf(() => service.userInfo(tokens.access_token, tokens.claims()!.sub), 3);
    const next = await callsOf(() => service.refresh(tokens.refresh_token!), 6);
    const third = await callsOf(() => service.refresh(next.refresh_token!, { resource: API }), 5);
    await callsOf(() => service.introspect(next.access_token), 4);
    await db.collection<{ exp: number }>('oidc_session').updateMany({}, { $inc: { exp: -60 } });
    await callsOf(() => service.refresh(third.refresh_token!), 7);
    const push = async (client_id: string, headers: Record<string, string>) => {
      const { url } = await service.begin();
      const redirect_uri = `https://${client_id}.example/callback`;
      const body = new URLSearchParams({ ...Object.fromEntries(url.searchParams), client_id, redirect_uri });
      expect((await fetch(`${op.issuer}/par`, { method: 'POST', body, headers })).status).to.equal(201);
    };
    await callsOf(() => push('service', { authorization: `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}` }), 1);
    await callsOf(() => push('public', {}), 2);
    await callsOf(() => fetch(`${op.issuer}/jwks`), 0);
    await callsOf(() => fetch(`${op.issuer}/.well-known/openid-configuration`), 0);
    await callsOf(() => browser.open('/'), 1);
    await callsOf(() => browser.open(op.interactions.startUrl()), 4);
  });
});
