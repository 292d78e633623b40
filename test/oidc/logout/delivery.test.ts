import { expect } from 'chai';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { type Delivery, divertLogout } from '../../../src/oidc/logout/delivery.ts';
import { createFetch } from '../../../src/oidc/outgoing.ts';
import type { Ended } from '../../../src/oidc-store/logout-notice-store.ts';
import { freePort } from '../../support/free-port.ts';
import { openToldService, type ToldService } from '../../support/told-service.ts';

describe('oidc/logout/delivery', function () {
  this.timeout(60_000);
  let service: ToldService;
  let provider: Provider;
  let delivery: Delivery;
  const written: Ended[] = [];

  /** The library with nothing of ours but what is tried. */
  const open = async (production: boolean) => {
    const nobody = await freePort();
    const key = {
      ...(await exportJWK((await generateKeyPair('RS256', { extractable: true })).privateKey)),
      alg: 'RS256',
      use: 'sig',
      kid: 'k',
    };
    const told = (client_id: string, more: Partial<ClientMetadata> = {}) => {
      const { scope: _, first_party: __, ...metadata } = service.client(client_id, more) as unknown as Record<string, unknown>;
      return metadata as unknown as ClientMetadata;
    };
    return new Provider('http://localhost:9', {
      clients: [
        told('told'),
        told('no-sid', { backchannel_logout_session_required: false }),
        told('gone', { backchannel_logout_uri: `http://127.0.0.1:${nobody}/logout` }),
        told('metadata', { backchannel_logout_uri: 'http://169.254.169.254/logout' }),
        { client_id: 'never', client_secret: 'x'.repeat(32), redirect_uris: ['https://never.example/callback'] },
      ],
      jwks: { keys: [key as never] },
      features: { backchannelLogout: { enabled: true }, devInteractions: { enabled: false } },
      fetch: createFetch(production),
    });
  };

  before(async () => {
    service = await openToldService();
    provider = await open(false);
    delivery = divertLogout(provider, { write: async (ended) => void written.push(...ended), end: async () => {} });
  });
  beforeEach(() => {
    service.forget();
    written.length = 0;
  });

  const of = (clientId: string): Ended => ({ accountId: 'ann', clientId, sid: 'the sid' });

  it('LO-05: what the library calls at a sign-out writes a notice, and asks nobody', async () => {
    const client = (await provider.Client.find('told')) as unknown as { backchannelLogout(accountId: string, sid: string): Promise<void> };
    await client.backchannelLogout('ann', 'the sid');
    expect(written).to.deep.equal([of('told')]);
    expect(service.requests).to.deep.equal([]);
  });

  it('LO-04: posts one logout token, as a form', async () => {
    expect(await delivery.tell(of('told'))).to.deep.equal({ outcome: 'told', detail: 'taken' });
    expect(service.requests).to.have.length(1);
    expect(service.requests[0]).to.include({ method: 'POST', path: '/told' });
    expect(service.requests[0]!.type).to.match(/^application\/x-www-form-urlencoded/);
    const [, body = ''] = service.tokens[0]!.split('.');
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).to.include({ sid: 'the sid', sub: 'ann', aud: 'told' });
    await delivery.tell({ ...of('told'), sid: undefined });
    expect(JSON.parse(Buffer.from(service.tokens[1]!.split('.')[1]!, 'base64url').toString()))
      .to.include({ sub: 'ann' })
      .and.not.have.property('sid');
  });

  it('LO-04: names the session also to a service that does not demand it: others of the person go on', async () => {
    await delivery.tell(of('no-sid'));
    expect(JSON.parse(Buffer.from(service.tokens[0]!.split('.')[1]!, 'base64url').toString())).to.include({ sid: 'the sid', sub: 'ann' });
    const client = (await provider.Client.find('no-sid')) as unknown as { includeSid(): boolean; metadata(): object };
    expect(client.includeSid()).to.equal(true);
    expect(client.metadata()).to.include({ backchannel_logout_session_required: false });
    expect(((await provider.Client.find('never')) as unknown as typeof client).includeSid()).to.equal(false);
  });

  it('knows who wants to be told', async () => {
    const all = ['told', 'never', 'unknown', 'no-sid', 'told'].map(of);
    expect((await delivery.wanting(all)).map(({ clientId }) => clientId)).to.deep.equal(['told', 'no-sid', 'told']);
    expect(await delivery.tell(of('unknown'))).to.deep.equal({ outcome: 'nobody', detail: 'client gone' });
    expect(await delivery.tell(of('never'))).to.deep.equal({ outcome: 'nobody', detail: 'no address' });
  });

  it('takes 200 and 204 for taken, and every other answer for a try that failed; a redirect is not followed', async () => {
    for (const [answer, told] of [
      [204, { outcome: 'told', detail: 'taken' }],
      [302, { outcome: 'later', detail: '302', rests: true }],
      [400, { outcome: 'later', detail: '400', rests: false }],
      [404, { outcome: 'later', detail: '404', rests: true }],
      [429, { outcome: 'later', detail: '429', rests: true }],
      [503, { outcome: 'later', detail: '503', rests: true }],
    ] as const) {
      service.forget();
      service.state.answer = answer;
      expect(await delivery.tell(of('told')), String(answer)).to.deep.equal(told);
      expect(service.requests.map(({ path }) => path)).to.deep.equal(['/told']);
    }
  });

  it('LO-05: gives up a try after 2.5 seconds, and reads no answer', async () => {
    service.state.answer = 0;
    const began = performance.now();
    expect(await delivery.tell(of('told'))).to.deep.equal({ outcome: 'later', detail: 'no answer in time', rests: true });
    expect(performance.now() - began).to.be.below(3000);
    service.state.answer = 'endless';
    const beganAgain = performance.now();
    expect(await delivery.tell(of('told'))).to.deep.equal({ outcome: 'told', detail: 'taken' });
    expect(performance.now() - beganAgain).to.be.below(1000);
    expect(await delivery.tell(of('gone'))).to.deep.equal({ outcome: 'later', detail: 'ECONNREFUSED', rests: true });
  });

  it('LO-05: reaches no internal address in production', async () => {
    const production = divertLogout(await open(true), { write: async () => {}, end: async () => {} });
    for (const client of ['told', 'metadata']) {
      const { outcome } = await production.tell(of(client));
      expect(outcome, client).to.equal('later');
    }
    expect(service.requests).to.deep.equal([]);
  });

  it('LO-02: compares the address to go back to by the letter alone', async () => {
    const client = (await provider.Client.find('told')) as unknown as { postLogoutRedirectUriAllowed(uri: string): boolean };
    expect(client.postLogoutRedirectUriAllowed('https://told.example/')).to.equal(true);
    for (const uri of ['https://told.example', 'https://told.example/x', 'https://told.example/?', 'HTTPS://told.example/'])
      expect(client.postLogoutRedirectUriAllowed(uri), uri).to.equal(false);
  });
});
