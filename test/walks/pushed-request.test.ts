/** A service whose requests must be pushed (RFC 9126 4): what it sent is with the provider alone, also when a page has expired meanwhile. */
import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { completeQuickly } from '../support/newcomer.ts';
import { codeAfter, enterCode, newAddress, notNow } from '../support/people.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';
import { expireInteractions } from './edges-walker.ts';

const BANK = {
  client_id: 'bank',
  client_name: 'The Bank',
  client_secret: secretOf(),
  redirect_uris: ['https://bank.example/callback'],
  first_party: true,
  require_pushed_authorization_requests: true,
};

describe('walk: a service whose requests must be pushed', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  before(async () => {
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [BANK] }) } });
    db = await connectMongo(server.config.mongodbUri);
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  it('OA-07: gets its answer also from whoever came back to a page that had expired', async () => {
    const newcomer = server.visitor();
    await newcomer.open('/users/sign_up');
    const person = await completeQuickly(server, newcomer, newAddress(), { email: true });

    const verifier = randomBytes(32).toString('base64url');
    const authorization = `Basic ${Buffer.from(`${BANK.client_id}:${encodeURIComponent(BANK.client_secret)}`).toString('base64')}`;
    const post = async (path: string, form: Record<string, string>) => {
      const response = await fetch(server.origin + path, { method: 'POST', body: new URLSearchParams(form), headers: { authorization } });
      return (await response.json()) as Record<string, string>;
    };
    const { request_uri } = await post('/par', {
      client_id: BANK.client_id,
      redirect_uri: BANK.redirect_uris[0]!,
      response_type: 'code',
      scope: 'openid',
      state: 'a-state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const visitor = server.visitor();
    await visitor.open(`${server.origin}/authorize?${new URLSearchParams({ client_id: BANK.client_id, request_uri: request_uri! })}`);
    const code = await codeAfter(server, person.email, () =>
      visitor.press('Sign In', { 'Email address': person.email, Password: person.password }),
    );
    await expireInteractions(db);
    await visitor.open(visitor.page().url);
    expect(visitor.page().url).to.match(/sign-in\/email-code$/);
    await enterCode(visitor, code);
    await notNow(visitor);

    const answer = new URL(visitor.page().url);
    expect(Object.fromEntries(answer.searchParams)).to.include({ state: 'a-state', iss: server.origin });
    // Nothing of what was pushed has ever stood in an address.
    expect(visitor.requests.filter(({ url }) => url.includes('code_challenge') || url.includes('redirect_uri'))).to.deep.equal([]);
    const tokens = await post('/token', {
      grant_type: 'authorization_code',
      redirect_uri: BANK.redirect_uris[0]!,
      code: answer.searchParams.get('code')!,
      code_verifier: verifier,
    });
    expect(tokens).to.have.property('id_token');
  });
});
