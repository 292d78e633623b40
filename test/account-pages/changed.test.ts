import { expect } from 'chai';
import { afterChange, CHANGES, newsFor, noticeOf } from '../../src/account-pages/changed.ts';
import type { SignedIn } from '../../src/journey/interaction.ts';
import { LANGUAGES } from '../../src/language.ts';
import { makeAccount, sharedServer } from '../support/shared-server.ts';

describe('account-pages/changed', () => {
  const happened = async (type: 'passkey.added' | 'email.restored') => {
    const { deps } = await sharedServer();
    const { id } = await makeAccount();
    await deps.transaction([deps.audit.record({ type, accountId: id, ip: '192.0.2.7', browser: 'a-browser' })]);
    return { deps, id };
  };

  it('says what happened just now', async () => {
    const { deps, id } = await happened('passkey.added');
    expect(await noticeOf(deps, id, { changed: 'add-passkey' })).to.deep.equal({ key: 'account-pages.changed.passkey.added' });
  });

  it('says which of the ways out was taken', async () => {
    const { deps, id } = await happened('email.restored');
    expect(await noticeOf(deps, id, { changed: 'settle-email' })).to.deep.equal({ key: 'account-pages.changed.email.restored' });
  });

  it('says nothing that did not happen, whatever a link asks for', async () => {
    const { deps, id } = await happened('passkey.added');
    for (const asked of [
      'change-password',
      'remove-method',
      'passkey.added',
      '__proto__',
      'constructor',
      'toString',
      '',
      undefined,
      ['add-passkey'],
      { x: 1 },
    ])
      expect(await noticeOf(deps, id, { changed: asked, already: asked }), String(asked)).to.equal(undefined);
    expect(await noticeOf(deps, (await makeAccount()).id, { changed: 'add-passkey' })).to.equal(undefined);
  });

  it('says that something was done already whenever it was, and only where it was', async () => {
    const { deps, id } = await happened('passkey.added');
    const later = () => new Date(deps.clock().getTime() + 301_000);
    expect(await noticeOf({ ...deps, clock: later }, id, { already: 'add-passkey' })).to.deep.equal({ key: 'account-pages.already_done' });
    expect(await noticeOf(deps, id, { already: 'remove-passkey' })).to.equal(undefined);
  });

  it('is no news after five minutes', async () => {
    const { deps, id } = await happened('passkey.added');
    const later = () => new Date(deps.clock().getTime() + 301_000);
    expect(await noticeOf({ ...deps, clock: later }, id, { changed: 'add-passkey' })).to.equal(undefined);
  });

  it('says by itself that an account was kept by this sign-in, and not by an earlier one', async () => {
    const { deps } = await sharedServer();
    const account = await makeAccount();
    const news = async (authTime: number) =>
      newsFor(deps, { account: (await deps.accounts.find(account.id))!, session: { authTime } as SignedIn }, {});
    const now = Math.floor(deps.clock().getTime() / 1000);
    expect(await news(now)).to.equal(undefined);
    await deps.transaction([deps.accounts.close(account.id, 14), deps.accounts.reopen(account.id)]);
    expect(await news(now)).to.deep.equal({ key: 'account-pages.changed.account.kept' });
    expect(await news(now + 60), 'signed in again').to.equal(undefined);
    expect(await news(now - 301), 'no news any more').to.equal(undefined);
  });

  it('has words for every change, in both languages', async () => {
    const { deps } = await sharedServer();
    for (const type of [...Object.values(CHANGES).flat(), 'account.kept'])
      for (const language of LANGUAGES) expect(deps.texts.has(`account-pages.changed.${type}`, language), type).to.equal(true);
    expect(afterChange('/account', 'add-method')).to.equal('/account?changed=add-method');
  });
});
