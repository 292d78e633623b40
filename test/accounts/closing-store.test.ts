import { expect } from 'chai';
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { AppError } from '../../src/errors.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { type AccountParts, accountParts } from '../support/account-parts.ts';
import { atOnce, failure } from '../support/store-parts.ts';

const DAY = 24 * 3600;
const PASSKEY = { id: 'a-passkey', publicKey: 'AA', counter: 0, transports: [], name: 'Laptop', createdAt: new Date(0), lastUsedAt: null };

describe('the end of accounts, in their store', () => {
  let parts: AccountParts;
  let accounts: AccountStore;

  before(async () => {
    parts = await accountParts();
    ({ accounts } = parts);
  });

  const made = async () => (await parts.created()).id;
  const close = (id: string, days = 14) => parts.transaction([accounts.close(id, days)]);
  const closesAt = async (id: string) => (await accounts.find(id))?.closesAt;

  it('is due after its days, and closing it again moves nothing', async () => {
    const id = await made();
    await close(id);
    const end = new Date(parts.clock().getTime() + 14 * DAY * 1000);
    expect(await closesAt(id)).to.deep.equal(end);
    parts.later(DAY);
    await close(id);
    expect(await closesAt(id)).to.deep.equal(end);
    parts.later(13 * DAY - 1);
    expect(await accounts.due(10)).to.deep.equal([]);
    parts.later(1);
    expect(await accounts.due(10)).to.deep.equal([id]);
    await parts.transaction([accounts.erase(id)]);
    expect(await accounts.due(10)).to.deep.equal([]);
  });

  it('is kept after all until then, and not afterwards', async () => {
    const id = await made();
    const reopen = () => failure(parts.transaction([accounts.reopen(id)]));
    expect(await reopen(), 'not closed')
      .to.be.instanceOf(AppError)
      .and.include({ code: 'page_expired' });
    await close(id);
    expect(await reopen()).to.equal(undefined);
    expect(await closesAt(id)).to.equal(null);
    await close(id);
    parts.later(14 * DAY);
    expect(await reopen(), 'too late').to.include({ code: 'page_expired' });
    await parts.transaction([accounts.erase(id)]);
  });

  it('can still be kept while a former address objects: its time waits, too', async () => {
    // Nobody could sign in to settle it, and it was neither kept nor erased for ever.
    const { id, email } = await parts.created();
    await parts.run(accounts.changeEmail(id, email, parts.address()), accounts.close(id, 14), accounts.freeze(id, email.canonical));
    parts.later(20 * DAY);
    expect(await accounts.due(10)).not.to.include(id);
    expect(await failure(parts.transaction([accounts.erase(id)]))).to.include({ code: 'changed_elsewhere' });
    await parts.transaction([accounts.reopen(id)]);
    expect(await closesAt(id)).to.equal(null);
    expect(await failure(parts.transaction([accounts.reopen(id)])), 'not closed').to.include({ code: 'page_expired' });
  });

  it('changes nothing but its days, and no other account', async () => {
    const [id, other] = [await made(), await made()];
    const [before, beside] = [await accounts.find(id), await accounts.find(other)];
    await close(id);
    expect(await accounts.find(id)).to.deep.equal({ ...before, closesAt: new Date(parts.clock().getTime() + 14 * DAY * 1000) });
    await parts.transaction([accounts.reopen(id)]);
    expect(await accounts.find(id)).to.deep.equal({ ...before, keptAt: parts.clock() });
    expect(await accounts.find(other)).to.deep.equal(beside);
  });

  it('gives the id of an account that was erased to nobody', async () => {
    const id = await made();
    const account = (await accounts.find(id))!;
    await close(id);
    parts.later(14 * DAY);
    await parts.transaction([accounts.erase(id)]);
    const again = failure(parts.transaction([accounts.create(account, 'somebody-else@people.test')]));
    expect(await again)
      .to.be.instanceOf(AppError)
      .and.include({ code: 'page_expired' });
    expect(await parts.raw('tombstones'))
      .to.include(id)
      .and.not.include('people.test');
  });

  it('is erased when it is due alone, and by one of many', async () => {
    const id = await made();
    const erase = () => parts.transaction([accounts.erase(id)]);
    expect(await failure(erase()), 'open').to.include({ code: 'changed_elsewhere' });
    await close(id);
    expect(await failure(erase()), 'closing').to.include({ code: 'changed_elsewhere' });
    parts.later(14 * DAY);
    const { won, failures } = await atOnce(8, erase);
    expect(won).to.equal(1);
    for (const lost of failures) expect(lost).to.be.instanceOf(AppError).and.include({ code: 'changed_elsewhere' });
    expect(await accounts.find(id)).to.equal(undefined);
  });

  it('is either kept or erased, never both', async () => {
    const ids = [await made(), await made(), await made(), await made()];
    for (const id of ids) await close(id);
    parts.later(14 * DAY);
    const { won } = await atOnce(8, (index) => {
      const id = ids[index >> 1]!;
      return parts.transaction([index % 2 ? accounts.erase(id) : accounts.reopen(id)]);
    });
    expect(won).to.equal(4);
  });

  it('is swept after, once, an hour later', async () => {
    const id = await made();
    await close(id);
    parts.later(14 * DAY);
    await parts.transaction([accounts.erase(id)]);
    expect(await accounts.unswept(100)).not.to.include(id);
    parts.later(3600);
    expect(await accounts.unswept(100)).to.include(id);
    await parts.transaction([accounts.sweep(id)]);
    expect(await accounts.unswept(100)).not.to.include(id);
  });

  describe('locked', () => {
    const REASON = 'Stolen laptop reported by phone.';
    const lock = (id: string) => parts.transaction([accounts.lock(id, { by: 'kim', reason: REASON })]);
    const unlock = async (id: string) => parts.transaction([accounts.unlock(id, (await accounts.find(id))!.locked!.at)]);

    it('says since when, by whom and why, the reason sealed; unlocked it is as before', async () => {
      const id = await made();
      const before = await accounts.find(id);
      await lock(id);
      expect(await accounts.find(id)).to.deep.equal({ ...before, locked: { at: parts.clock(), by: 'kim', reason: REASON } });
      expect(await parts.raw('accounts')).not.to.contain(REASON);
      parts.later(60);
      await unlock(id);
      expect(await accounts.find(id)).to.deep.equal(before);
    });

    it('is so once, by eight at once, and not by who saw an earlier lock', async () => {
      const id = await made();
      expect((await atOnce(8, () => lock(id))).won).to.equal(1);
      const { at } = (await accounts.find(id))!.locked!;
      parts.later(60);
      expect((await atOnce(8, () => parts.transaction([accounts.unlock(id, at)]))).won).to.equal(1);
      await lock(id);
      expect(await failure(parts.transaction([accounts.unlock(id, at)]))).to.include({ code: 'changed_elsewhere' });
    });

    it('is changed by nothing but proofs, which are spent, and the objection of a former address', async () => {
      const { id, email, find } = await parts.created({ passkeys: [{ ...PASSKEY, counter: 0 }] });
      const to = parts.address();
      const next = parts.address();
      await parts.run(accounts.changeEmail(id, email, to));
      await lock(id);
      const before = await find();
      const refused: Readonly<Record<string, Write>> = {
        setPassword: accounts.setPassword(id, { from: 'password', to: 'another' }),
        demandNewPassword: accounts.demandNewPassword(id),
        setBackupCode: accounts.setBackupCode(id, { from: 'backup', to: 'another' }),
        addMethod: accounts.addMethod(id, { id: 'new', method: 'text', phone: '+12025550199' }),
        removeMethod: accounts.removeMethod(id, 'app-1'),
        replaceMethods: accounts.replaceMethods(id, { id: 'new', method: 'text', phone: '+12025550199' }),
        renameMethod: accounts.renameMethod(id, 'app-1', 'Mine'),
        addPasskey: accounts.addPasskey(id, { ...PASSKEY, id: 'new' }),
        removePasskey: accounts.removePasskey(id, PASSKEY.id),
        renamePasskey: accounts.renamePasskey(id, PASSKEY.id, 'Mine'),
        declinePasskey: accounts.declinePasskey(id),
        setQuestions: accounts.setQuestions(id, { from: 'answers', ids: ['pet'], answersHash: 'another' }),
        switchQuestions: accounts.switchQuestions(id, false),
        changeEmail: accounts.changeEmail(id, to, next),
        setNoticeEmail: accounts.setNoticeEmail(id, { from: null, to: next.address }),
        confirmEmail: accounts.confirmEmail(id, email),
        restoreEmail: accounts.restoreEmail(id, email),
        setMembership: accounts.setMembership(id, 'myuscis', 'representative'),
        acceptTerms: accounts.acceptTerms(id, '2'),
        setLanguage: accounts.setLanguage(id, 'es'),
        close: accounts.close(id, 14),
        reopen: accounts.reopen(id),
      };
      for (const [name, write] of Object.entries(refused))
        expect(await failure(parts.transaction([write])), name).to.be.instanceOf(AppError);
      await parts.run(accounts.rememberBrowser(id, 'another'));
      expect(await find()).to.deep.equal(before);
      await parts.run(
        accounts.usePasskey(id, PASSKEY.id, 1),
        accounts.useAuthenticatorStep(id, 'app-1', 101),
        accounts.useBackupCode(id, 'backup'),
      );
      await parts.run(accounts.freeze(id, email.canonical));
      expect((await find()).former?.frozenAt).to.deep.equal(parts.clock());
      expect(await find()).to.include({ backupCodeHash: null, passwordHash: 'password' });
    });

    it('is not erased, and has its days again when it is unlocked', async () => {
      const id = await made();
      await close(id);
      parts.later(4 * DAY);
      await lock(id);
      parts.later(30 * DAY);
      expect(await accounts.due(10)).not.to.include(id);
      expect(await failure(parts.transaction([accounts.erase(id)]))).to.include({ code: 'changed_elsewhere' });
      await unlock(id);
      expect(await closesAt(id)).to.deep.equal(new Date(parts.clock().getTime() + 10 * DAY * 1000));
      expect(await accounts.due(10)).not.to.include(id);
      parts.later(10 * DAY);
      expect(await accounts.due(10)).to.include(id);
      await parts.transaction([accounts.erase(id)]);
    });
  });
});
