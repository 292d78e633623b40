import { expect } from 'chai';
import { PROTOCOL_PATHS } from '../../src/http/same-origin.ts';
import { ROUTES } from '../../src/oidc/routes.ts';

describe('oidc/routes', () => {
  it('are what other sites may post to, but for the keys, which are only read', () => {
    const { jwks, ...posted } = ROUTES;
    expect(PROTOCOL_PATHS).to.include.members(Object.values(posted)).and.not.include(jwks);
  });

  it('are one place each', () => {
    expect(new Set(Object.values(ROUTES)).size).to.equal(Object.keys(ROUTES).length);
  });
});
