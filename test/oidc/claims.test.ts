import { expect } from 'chai';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { accountTypeOf, createFindAccount, findActive, isEnded, type TokenAccount } from '../../src/oidc/claims.ts';
import { SERVICES } from '../support/provider.ts';

describe('oidc/claims', () => {
  const ann: TokenAccount = { id: 'ann', email: 'ann@example.org', memberships: { service: 'applicant', other: 'x' } };
  const since = new Date('2026-11-22T12:00:00.900Z');
  const second = Math.floor(since.getTime() / 1000);
  const people: Readonly<Record<string, TokenAccount>> = {
    ann,
    locked: { ...ann, id: 'locked', locked: { at: since } },
    closing: { ...ann, id: 'closing', closesAt: since },
    kept: { ...ann, id: 'kept', closesAt: null, locked: null },
    recovered: { ...ann, id: 'recovered', sessionsSince: since },
    'signed-out': { ...ann, id: 'signed-out', endedSessions: [{ id: 'listed as uid', at: since }] },
  };
  const accounts = { find: async (id: string) => people[id] };
  const sessionId = (uid: string) => `listed as ${uid}`;
  const at = (clientId: string) => ({ oidc: { client: { clientId } } }) as unknown as KoaContextWithOIDC;
  const claimsAt = async (clientId: string, use: string, scope: string) => {
    const account = (await createFindAccount({ accounts, services: SERVICES, sessionId })(at(clientId), 'ann'))!;
    return account.claims(use, scope, {}, []);
  };

  it('know no account that is gone, locked, or to be erased', async () => {
    const find = createFindAccount({ accounts, services: SERVICES, sessionId });
    for (const id of ['nobody', 'locked', 'closing']) {
      expect(await find(at('service'), id), id).to.equal(undefined);
      expect(await findActive(accounts, id), id).to.equal(undefined);
    }
    for (const id of ['ann', 'kept']) expect(await findActive(accounts, id), id).to.equal(people[id]);
  });

  it('know no account for a token of a sign-in that was ended', async () => {
    const find = createFindAccount({ accounts, services: SERVICES, sessionId });
    const token = (authTime: number | undefined) => ({ authTime }) as never;
    expect(await find(at('service'), 'recovered', token(second - 1))).to.equal(undefined);
    for (const authTime of [second, second + 1, undefined])
      expect(await find(at('service'), 'recovered', token(authTime))).to.include({ accountId: 'recovered' });
  });

  it('nor for one of a session that was ended, unless it outlives that', async () => {
    const find = createFindAccount({ accounts, services: SERVICES, sessionId });
    const token = { authTime: second - 1, expiresWithSession: true, sessionUid: 'uid' };
    expect(await find(at('service'), 'signed-out', token as never)).to.equal(undefined);
    for (const other of [{ expiresWithSession: false }, { sessionUid: 'another' }, { authTime: second + 1 }])
      expect(await find(at('service'), 'signed-out', { ...token, ...other } as never), JSON.stringify(other)).to.include({
        accountId: 'signed-out',
      });
  });

  for (const [title, account, session, ended] of [
    ['nothing', {}, { loginTs: second, id: 'x' }, false],
    ['all, before', { sessionsSince: since }, { loginTs: second - 1, id: 'x' }, true],
    ['all, in the same second', { sessionsSince: since }, { loginTs: second, id: 'x' }, false],
    ['all, but nobody is signed in', { sessionsSince: since }, { loginTs: undefined, id: 'x' }, false],
    ['all others, before', { othersSince: { but: 'y', at: since } }, { loginTs: second - 1, id: 'x' }, true],
    ['all others, in the same second', { othersSince: { but: 'y', at: since } }, { loginTs: second, id: 'x' }, false],
    ['all others, but this is the one', { othersSince: { but: 'x', at: since } }, { loginTs: second - 1, id: 'x' }, false],
    ['all others, of a token', { othersSince: { but: 'y', at: since } }, { loginTs: second - 1 }, false],
    ['this one, before', { endedSessions: [{ id: 'x', at: since }] }, { loginTs: second - 1, id: 'x' }, true],
    ['this one, in the same second', { endedSessions: [{ id: 'x', at: since }] }, { loginTs: second, id: 'x' }, true],
    ['this one, and it was signed in to again', { endedSessions: [{ id: 'x', at: since }] }, { loginTs: second + 1, id: 'x' }, false],
    ['another', { endedSessions: [{ id: 'y', at: since }] }, { loginTs: second - 1, id: 'x' }, false],
    ['another, of a token', { endedSessions: [{ id: 'y', at: since }] }, { loginTs: second - 1 }, false],
  ] as const)
    it(`tell whether a session was ended: ${title}`, () => expect(isEnded({ sessionsSince: null, ...account }, session)).to.equal(ended));

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
