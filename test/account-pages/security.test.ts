import { expect } from 'chai';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createMongoAdapter } from '../../src/oidc-store/mongo-adapter.ts';
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

  it('shows the 20 devices that were used last, this one among them, says how many more, and ends them all without scripts', async () => {
    const { deps, env, clock } = await sharedServer();
    const member = await newMember();
    const { visitor } = member;
    const { id } = await member.account();
    const db = await connectMongo(env.MONGODB_URI);
    const keep = createMongoAdapter({ ...deps, db })('Session');
    clock.advance(60);
    const now = Math.floor(clock().getTime() / 1000);
    for (let n = 0; n < 24; n++)
      await keep.upsert(deps.newId(), { uid: deps.newId(), accountId: id, exp: now + 600, loginTs: now, kind: 'Session' }, 600);
    await db.close();
    await visitor.open('/account/security');
    const shown = () => visitor.page().root.querySelectorAll('a[href^="/account/sessions/"][href$="/end"]').length;
    expect(shown()).to.equal(19);
    expect(visitor.page().text).to.contain('This device').and.contain('And 5 more devices that were used earlier.');
    await visitor.follow('Sign out all other devices');
    await visitor.press('Sign out other devices');
    expect(shown()).to.equal(0);
    expect(visitor.page().text).to.contain('You are not signed in on any other device.').and.not.contain('more device');
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
