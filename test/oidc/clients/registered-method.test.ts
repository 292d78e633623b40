import { expect } from 'chai';
import * as oauth from 'openid-client';
import { testDatabase } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';

describe('oidc/clients/registered-method', function () {
  this.timeout(60_000);
  let op: TestProvider;
  before(async () => {
    const { publicKey } = await oauth.randomDPoPKeyPair('ES256');
    const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), alg: 'ES256', use: 'sig' };
    const signer = { client_id: 'signer', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } };
    op = await openTestProvider({
      db: await testDatabase(),
      clients: [...CLIENTS, { ...signer, redirect_uris: ['https://signer.example/cb'] }],
    });
  });

  const basic = (id: string, secret = SECRET) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
  const inForm = (client_id: string, client_secret = SECRET) => ({ client_id, client_secret });
  const assertion = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: 'e30.e30.x' };
  const wants: Record<string, Record<string, string>> = {
    '/token': { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://x.example', code_verifier: 'x'.repeat(43) },
    '/par': {},
    '/introspect': { token: 'x' },
    '/revoke': { token: 'x' },
  };

  const rows: [string, Record<string, string>, Record<string, string>, number][] = [
    ['the form instead of the header', inForm('open'), {}, 401],
    ['the header instead of the form', {}, basic('shop.example'), 401],
    ['a wrong secret in the header', {}, basic('open', 'x'.repeat(40)), 401],
    ['a wrong secret in the form', inForm('shop.example', 'x'.repeat(40)), {}, 401],
    ['a client nobody knows', {}, basic('nobody'), 401],
    ['no secret at all', { client_id: 'open' }, {}, 401],
    ['a secret for a client that has none', inForm('public'), {}, 401],
    ['a secret for one that signs', inForm('signer'), {}, 401],
    ['two ways at once', inForm('open'), basic('open'), 400],
    ['a secret and an assertion', { ...inForm('shop.example'), ...assertion }, {}, 400],
    ['another id beside the header', { client_id: 'shop.example' }, basic('open'), 400],
    ['nothing', {}, {}, 400],
  ];
  for (const [title, form, headers, status] of rows)
    it(`OA-05: every endpoint refuses ${title}, and does not say why`, async () => {
      for (const [path, parameters] of Object.entries(wants)) {
        const body = new URLSearchParams({ ...parameters, ...form });
        const response = await fetch(op.issuer + path, { method: 'POST', body, headers });
        expect(response.status, path).to.equal(status);
        const { error, error_description } = (await response.json()) as Record<string, string>;
        expect(error, path).to.equal(status === 401 ? 'invalid_client' : 'invalid_request');
        if (status === 401) expect(error_description, path).to.equal('client authentication failed');
        expect(response.headers.get('www-authenticate') ?? '', path).to.match(status === 401 && headers.authorization ? /^Basic / : /^$/);
      }
    });

  it('OA-05: every endpoint takes the registered one', async () => {
    for (const [path, parameters] of Object.entries(wants)) {
      for (const [form, headers] of [
        [inForm('shop.example'), {}],
        [{}, basic('open')],
      ] as const) {
        const response = await fetch(op.issuer + path, { method: 'POST', body: new URLSearchParams({ ...parameters, ...form }), headers });
        expect(response.status, path).not.to.equal(401);
      }
    }
  });
});
