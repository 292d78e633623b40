import { expect } from 'chai';
import { newMember } from '../support/member.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('account-pages/owner', function () {
  this.timeout(60_000);

  it('is nobody once the account is gone, and then signs in', async () => {
    const { deps } = await sharedServer();
    const member = await newMember();
    const { id } = await member.account();
    await deps.transaction([deps.accounts.endEarlierSessions(id)]);
    const ended = await deps.sessions.endAll(id);
    await deps.transaction(ended.writes);
    for (const path of ['/', '/account', '/account/security', '/account/language', '/account/not-me'])
      expect((await member.visitor.open(path)).url, path).to.match(/sign-in\/password$/);
  });

  it('comes back to the very page, with what its address asked for', async () => {
    const { visitor } = await sharedServer();
    const stranger = visitor();
    await stranger.open('/account/security?older=abc');
    const request = new URL(stranger.requests.find(({ url }) => url.includes('/authorize?'))!.url);
    expect(request.searchParams.get('state')).to.equal('/account/security?older=abc');
    for (const path of ['//evil.test/account', '/\\evil.test']) {
      await stranger.open(`/account?x=${encodeURIComponent(path)}`);
      expect(new URL(stranger.page().url).hostname).to.equal('localhost');
    }
  });

  it('keeps no page of an account in a cache', async () => {
    const { visitor } = await newMember();
    for (const path of ['/account', '/account/security', '/account/language'])
      expect((await visitor.open(path)).headers.get('cache-control'), path).to.equal('no-store');
  });
});
