import { expect } from 'chai';
import { split } from '../../src/oidc-store/kept-client.ts';

describe('oidc-store/kept-client', () => {
  it('takes the secret out of the metadata, and fields that have no value', () => {
    const metadata = { client_id: 'shop', client_secret: 'a secret', logo_uri: undefined, redirect_uris: ['https://shop.example/cb'] };
    expect(split(metadata)).to.deep.equal({
      payload: { client_id: 'shop', redirect_uris: ['https://shop.example/cb'] },
      secret: 'a secret',
    });
    expect(split({ client_id: 'public' })).to.deep.equal({ payload: { client_id: 'public' }, secret: undefined });
  });
});
