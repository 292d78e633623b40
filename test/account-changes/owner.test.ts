import { expect } from 'chai';
import { mark, ownerOf, trailOf, unchanged } from '../../src/account-changes/owner.ts';
import { makeAccount, sharedServer, visitOf } from '../support/shared-server.ts';
import { codeOf, failure } from '../support/store-parts.ts';

describe('account-changes/owner', () => {
  it('finds the account that the change was begun for, until it is closed', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    const visit = (accountId: string) => visitOf({ from: { accountId } });
    expect((await ownerOf(deps, visit(account.id))).email).to.equal(account.email);
    expect(codeOf(await failure(ownerOf(deps, visit('gone'))))).to.equal('page_expired');
  });

  it('tells whether something is as it was, and keeps nothing of it', async () => {
    const { deps } = await sharedServer();
    const was = mark(deps, '$argon2id$a-hash');
    expect(was).not.to.contain('hash');
    unchanged(deps, was, '$argon2id$a-hash');
    unchanged(deps, mark(deps, null), null);
    for (const now of ['$argon2id$another', null, 'null', ''])
      expect(() => unchanged(deps, was, now), String(now))
        .to.throw()
        .with.property('code', 'changed_elsewhere');
    expect(() => unchanged(deps, mark(deps, null), 'null'))
      .to.throw()
      .with.property('code', 'changed_elsewhere');
  });

  it('says who did it, from where and when', async () => {
    const { deps } = await sharedServer();
    const { event, told } = trailOf(deps, visitOf({ from: { accountId: 'a' } }, { browser: 'b', device: 'Firefox (Linux)' }));
    expect(event).to.deep.equal({ accountId: 'a', ip: '192.0.2.7', browser: 'b', device: 'Firefox (Linux)' });
    expect(told).to.include({ device: 'Firefox (Linux)' });
    expect(Math.abs(told.at.getTime() - deps.clock().getTime())).to.be.below(5000);
  });
});
