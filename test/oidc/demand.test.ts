import { expect } from 'chai';
import fc from 'fast-check';
import { demandOf, faultOfClaims } from '../../src/oidc/demand.ts';

const claims = (acr: unknown) => JSON.stringify({ id_token: { acr } });

describe('oidc/demand', () => {
  it('is read from acr_values or from the claims parameter', () => {
    expect(demandOf({})).to.equal(undefined);
    expect(demandOf({ acr_values: 'a b' })).to.deep.equal({ values: ['a', 'b'], essential: false });
    expect(demandOf({ claims: claims({ value: 'a' }) })).to.deep.equal({ values: ['a'], essential: false });
    expect(demandOf({ claims: claims({ essential: true, values: ['a', 'b'] }) })).to.deep.equal({ values: ['a', 'b'], essential: true });
    expect(demandOf({ claims: claims(null) })).to.equal(undefined);
    expect(demandOf({ claims: claims({ essential: true }) })).to.equal(undefined);
  });

  it('that is essential is not hidden by acr_values', () => {
    expect(demandOf({ acr_values: 'a', claims: claims({ essential: true, value: 'b' }) })).to.deep.equal({
      values: ['b'],
      essential: true,
    });
    expect(demandOf({ acr_values: 'a', claims: claims({ value: 'b' }) })).to.deep.equal({ values: ['a'], essential: false });
  });

  it('of a wrong shape is named', () => {
    expect(faultOfClaims({ id_token: { acr: { value: 1 } } })).to.include('acr.value');
    expect(faultOfClaims({ userinfo: { email: 'x' } })).to.include('userinfo.email');
    expect(faultOfClaims({ id_token: { acr: { values: [1] } } })).to.include('values');
    expect(faultOfClaims({ id_token: { acr: null, email: { essential: true } } })).to.equal(undefined);
  });

  it('that the database could not keep is refused', () => {
    for (const member of ['{"a\\u0000":1}', `${'['.repeat(3000)}${']'.repeat(3000)}`])
      expect(faultOfClaims(JSON.parse(`{"id_token":{"email":{"x":${member}}}}`))).to.match(/^claims must not be nested/);
  });

  it('can be read from every claims parameter that has no fault', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (acr) => {
        if (faultOfClaims({ id_token: { acr } }) === undefined) demandOf({ claims: claims(acr) });
      }),
    );
  });
});
