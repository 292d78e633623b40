import { expect } from 'chai';
import { describeChange, differences } from '../../../src/oidc/clients/client-diff.ts';

describe('oidc/clients/client-diff', () => {
  const before = {
    client_id: 'shop',
    client_secret: 'old secret',
    client_name: 'A Shop',
    redirect_uris: ['https://a.example/', 'https://b.example/'],
  };
  const told = (after: object) => differences(before, after as never).flatMap(describeChange);

  it('says nothing where nothing is another, whatever the order of fields', () => {
    const { client_id, ...rest } = before;
    expect(told({ ...rest, client_id, logo_uri: undefined })).to.deep.equal([]);
  });

  it('tells each field, what came and what went', () => {
    const after = { ...before, client_name: 'The Shop', redirect_uris: ['https://b.example/', 'https://c.example/'], first_party: true };
    expect(told(after)).to.deep.equal([
      'client_name: "A Shop" -> "The Shop"',
      'first_party: true',
      'redirect_uris: - "https://a.example/"',
      'redirect_uris: + "https://c.example/"',
    ]);
    const { client_name: _, ...without } = before;
    expect(told(without)).to.deep.equal(['client_name: "A Shop" -> removed']);
  });

  it('tells an order that is another', () => {
    expect(told({ ...before, redirect_uris: [...before.redirect_uris].reverse() })).to.deep.equal([
      'redirect_uris: ["https://a.example/","https://b.example/"] -> ["https://b.example/","https://a.example/"]',
    ]);
  });

  it('never tells a secret', () => {
    const { client_secret: _, ...without } = before;
    expect(told({ ...before, client_secret: 'new secret' })).to.deep.equal(['client_secret: changed']);
    expect(told(without)).to.deep.equal(['client_secret: removed']);
    expect(differences({}, before).flatMap(describeChange)).to.include('client_secret: set');
  });
});
