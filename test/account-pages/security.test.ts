import { expect } from 'chai';
import { newMember } from '../support/member.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('account-pages/security', function () {
  this.timeout(60_000);

  it('shows the whole history in pages, from which each event can be denied, without scripts', async () => {
    const { deps } = await sharedServer();
    const member = await newMember();
    const { visitor } = member;
    const { id } = await member.account();
    for (let n = 0; n < 44; n++)
      await deps.transaction([
        deps.audit.record({ type: 'terms.accepted', accountId: id, ip: '192.0.2.7', browser: 'a-browser', version: '1' }),
      ]);
    const shown = () => visitor.page().root.querySelectorAll('a[href="/account/not-me"]').length;
    await visitor.open('/account/security');
    expect(shown()).to.equal(20);
    expect(visitor.page().root.querySelector('a[rel="prev"]')).to.equal(null);
    await visitor.follow('Older');
    expect(shown()).to.equal(20);
    await visitor.follow('Older');
    expect(shown()).to.equal(5);
    expect(visitor.page().text).to.contain('Account created');
    expect(visitor.page().root.querySelector('a[rel="next"]')).to.equal(null);
    await visitor.follow('Newer');
    await visitor.follow('Newer');
    expect(visitor.page().root.querySelector('a[rel="prev"]')).to.equal(null);
    expect(shown()).to.equal(20);
  });

  it('shows its first page for a cursor that is none, or not one', async () => {
    const { visitor } = await newMember();
    for (const query of ['older=x', 'newer=', 'older=a&older=b', 'older[$ne]=', `older=${'a'.repeat(5000)}`]) {
      const page = await visitor.open(`/account/security?${query}`);
      expect(page.status, query).to.equal(200);
      expect(page.text, query).to.contain('Account created');
    }
  });

  it('shows nothing of another account, even with its cursor', async () => {
    const { deps } = await sharedServer();
    const [one, other] = [await newMember(), await newMember()];
    const { id } = await other.account();
    await deps.transaction(
      ['a', 'b'].map((version) => deps.audit.record({ type: 'terms.accepted', accountId: id, ip: '', browser: '', version })),
    );
    const { older } = await deps.audit.page(id, { most: 1 });
    const { text } = await one.visitor.open(`/account/security?older=${older}`);
    expect(text).not.to.contain('Terms of Use accepted').and.not.contain(other.person.email);
  });
});
