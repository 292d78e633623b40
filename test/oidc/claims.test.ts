import { expect } from 'chai';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { accountTypeOf, createFindAccount, findActive, type TokenAccount } from '../../src/oidc/claims.ts';
import { SERVICES } from '../support/provider.ts';

describe('oidc/claims', () => {
  const ann: TokenAccount = { id: 'ann', email: 'ann@example.org', memberships: { service: 'applicant', other: 'x' } };
  const accounts = { find: async (id: string) => (id === 'ann' ? ann : id === 'off' ? { ...ann, id, active: false } : undefined) };
  const at = (clientId: string) => ({ oidc: { client: { clientId } } }) as unknown as KoaContextWithOIDC;
  const claimsAt = async (clientId: string, use: string, scope: string) => {
    const account = (await createFindAccount({ accounts, services: SERVICES })(at(clientId), 'ann'))!;
    return account.claims(use, scope, {}, []);
  };

  it('know no account that is gone or disabled', async () => {
    const find = createFindAccount({ accounts, services: SERVICES });
    expect(await find(at('service'), 'nobody')).to.equal(undefined);
    expect(await find(at('service'), 'off')).to.equal(undefined);
    expect(await findActive(accounts, 'ann')).to.equal(ann);
  });

  it('tell the account type to the service it was chosen for, by its scope', async () => {
    expect(await claimsAt('service', 'userinfo', 'openid account_type')).to.include({ account_type: 'applicant' });
    expect(await claimsAt('service', 'userinfo', 'openid')).not.to.have.property('account_type');
    expect(await claimsAt('shop', 'userinfo', 'openid account_type')).not.to.have.property('account_type');
  });

  it('give an ID token, and nothing else, an identifier of its own', async () => {
    const [one, two] = [await claimsAt('service', 'id_token', 'openid'), await claimsAt('service', 'id_token', 'openid')];
    expect(one.jti).to.be.a('string').and.not.to.equal(two.jti);
    expect(await claimsAt('service', 'userinfo', 'openid')).not.to.have.property('jti');
  });

  it('do not tell a type that the service has no more', () => {
    expect(accountTypeOf(ann, SERVICES[0])).to.equal('applicant');
    expect(accountTypeOf({ ...ann, memberships: { service: 'dropped' } }, SERVICES[0])).to.equal(undefined);
    expect(accountTypeOf(ann, undefined)).to.equal(undefined);
  });
});
