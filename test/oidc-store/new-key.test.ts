import { expect } from 'chai';
import { calculateJwkThumbprint } from 'jose';
import { generateKey } from '../../src/oidc-store/new-key.ts';

describe('oidc-store/new-key', () => {
  it('is private, named by its thumbprint, and by nothing that a command would take for an option', async () => {
    // Of as many as these a thumbprint begins with a hyphen in all but one of 2000 runs.
    for (let made = 0; made < 500; made++) {
      const key = await generateKey('EdDSA');
      expect(key).to.include({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' }).and.include.keys('d', 'x');
      expect(key.kid)
        .to.equal(await calculateJwkThumbprint(key))
        .and.match(/^\w[\w-]{42}$/);
    }
  });
});
