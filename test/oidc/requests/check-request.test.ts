import { expect } from 'chai';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty, type RelyingParty } from '../../support/relying-party.ts';

describe('oidc/requests/check-request', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let service: RelyingParty;
  const authorization = `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}`;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase(), limits: { 'push-network': { units: 2, seconds: 3600 } } });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
  });

  const push = async (client: 'public' | 'service', changes: Readonly<Record<string, string>> = {}) => {
    const { url } = await service.begin();
    url.searchParams.delete('nonce');
    const redirect_uri = `https://${client}.example/callback`;
    const body = new URLSearchParams({ ...Object.fromEntries(url.searchParams), client_id: client, redirect_uri, ...changes });
    const response = await fetch(`${op.issuer}/par`, { method: 'POST', body, headers: client === 'service' ? { authorization } : {} });
    const { error } = (await response.json()) as { readonly error?: string };
    return { status: response.status, error, after: Number(response.headers.get('retry-after')) };
  };
  const pushed = () => op.db.collection('oidc_pushed_authorization_request').countDocuments();

  it('refuses a scope that names nothing known, wherever a request comes in', async () => {
    const { url } = await service.begin({ scope: 'made-up' });
    // With a nonce the library itself asks for `openid`.
    url.searchParams.delete('nonce');
    const { url: back } = await createBrowser(op.issuer).open(url);
    expect(back.searchParams.get('error')).to.equal('invalid_scope');
    for (const client of ['public', 'service'] as const)
      expect(await push(client, { scope: 'made-up' })).to.include({ status: 400, error: 'invalid_scope' });
  });

  it('takes so many from a network of those who prove nothing, of what would be kept; of all others as many as they like', async () => {
    for (const state of ['x'.repeat(9000), 'y'.repeat(9000), 'z'.repeat(9000)])
      expect(await push('public', { state })).to.include({ status: 400, error: 'invalid_request' });
    const before = await pushed();
    const tried = await Promise.all(Array.from({ length: 10 }, () => push('public')));
    expect(tried.filter(({ status }) => status === 201)).to.have.length(2);
    for (const { error, after } of tried.filter(({ status }) => status === 429)) {
      expect(error).to.equal('temporarily_unavailable');
      expect(after).to.be.within(1, 3600);
    }
    expect(tried.filter(({ status }) => status === 429)).to.have.length(8);
    expect(await pushed()).to.equal(before + 2);
    for (let time = 0; time < 3; time++) expect((await push('service', { state: 'x'.repeat(9000) })).status).to.equal(201);
    // Nor is anybody counted who sends a browser with the same.
    expect(
      (await service.authorize(createBrowser(op.issuer), { client_id: 'public', redirect_uri: 'https://public.example/callback' })).error,
    ).to.equal(null);
  });
});
