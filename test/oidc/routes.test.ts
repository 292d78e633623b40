import { expect } from 'chai';
import { PROTOCOL_PATHS } from '../../src/http/same-origin.ts';
import { METHODS, ROUTES } from '../../src/oidc/routes.ts';

describe('oidc/routes', () => {
  it('are what other sites may post to, but for the keys, which are only read', () => {
    const { jwks, ...posted } = ROUTES;
    expect(PROTOCOL_PATHS).to.include.members(Object.values(posted)).and.not.include(jwks);
  });

  it('know the methods of each', () => {
    const { registration: _, ...others } = ROUTES;
    expect(Object.keys(METHODS)).to.have.members(Object.values(others));
  });

  it('are one place each', () => {
    expect(new Set(Object.values(ROUTES)).size).to.equal(Object.keys(ROUTES).length);
  });
});
