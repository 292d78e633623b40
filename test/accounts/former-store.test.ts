import { expect } from 'chai';
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { type EmailAddress, parseEmailAddress } from '../../src/accounts/email-address.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { AlreadyUsed } from '../../src/second-factor/code-store.ts';
import { type AccountParts, APP, accountParts } from '../support/account-parts.ts';
import { atOnce, codeOf, failure } from '../support/store-parts.ts';

const DAY = 24 * 3600;

describe('accounts/former-store', () => {
  let parts: AccountParts;
  let accounts: AccountStore;

  before(async () => {
    parts = await accountParts();
    ({ accounts } = parts);
  });

  const run = (...writes: readonly Write[]) => parts.run(...writes);
  const address = (name: string) => parts.address(name);
  const created = (email?: EmailAddress) => parts.created({}, email);

  describe('the addresses it was moved from', () => {
    it('are free for nobody else while they may take it back, the one between included', async () => {
      const { id, email } = await created();
      const [mine, theirs] = [address('mine'), address('theirs')];
      await run(accounts.changeEmail(id, email, mine), accounts.changeEmail(id, mine, theirs));
      const other = await created();
      for (const { canonical, address: whole } of [email, mine]) {
        const wanted = { address: whole, canonical };
        expect(await accounts.holderOf(canonical)).to.deep.include({ reserved: true });
        expect(codeOf(await failure(run(accounts.changeEmail(other.id, other.email, wanted))))).to.equal('account_exists');
        expect(codeOf(await failure(created(wanted)))).to.equal('account_exists');
      }
      expect(await accounts.holderOf(theirs.canonical)).to.deep.include({ reserved: false });
      expect(await accounts.holderOf(address('nobody').canonical)).to.equal(undefined);
      await run(accounts.changeEmail(id, theirs, mine));
      expect((await accounts.findByEmail(mine.canonical))?.id, 'for itself').to.equal(id);
      parts.later(7 * DAY);
      expect(await accounts.holderOf(email.canonical)).to.equal(undefined);
      expect((await created(email)).email).to.deep.equal(email);
    });

    it('stay so until it is settled, where they objected', async () => {
      const { id, email } = await created();
      await run(accounts.changeEmail(id, email, address('theirs')), accounts.freeze(id, email.canonical));
      parts.later(30 * DAY);
      expect(codeOf(await failure(created(email)))).to.equal('account_exists');
      await run(accounts.confirmEmail(id, email));
      expect((await created(email)).id).not.to.equal(id);
    });

    it('are not taken by a sign-up at the moment of the change', async () => {
      for (let round = 0; round < 16; round++) {
        const { id, email } = await created();
        const { won, failures } = await atOnce(2, (index) =>
          index ? run(accounts.changeEmail(id, email, address('away'))) : created(email),
        );
        expect([won, failures.map(codeOf)]).to.deep.equal([1, ['account_exists']]);
        expect(await accounts.findByEmail(email.canonical)).to.equal(undefined);
      }
    });
  });

  describe('settling it', () => {
    const moved = async () => {
      const account = await created();
      await run(accounts.changeEmail(account.id, account.email, address('to')));
      return account;
    };

    it('happens once: whoever comes second is told', async () => {
      const { id, email } = await moved();
      const { won, failures } = await atOnce(6, (index) =>
        run(index % 2 ? accounts.confirmEmail(id, email) : accounts.restoreEmail(id, email)),
      );
      expect([won, new Set(failures.map(codeOf))]).to.deep.equal([1, new Set(['changed_elsewhere'])]);
    });

    it('does not restore an address that somebody else has by now', async () => {
      const { id, email } = await moved();
      const other = await created();
      parts.later(7 * DAY);
      await run(accounts.changeEmail(other.id, other.email, email));
      expect(codeOf(await failure(run(accounts.restoreEmail(id, email))))).to.equal('account_exists');
    });

    it('gives an address to its former owner or to somebody who wants it at the same moment, never to both', async () => {
      for (let round = 0; round < 16; round++) {
        const [mine, other] = [await moved(), await created()];
        parts.later(7 * DAY);
        const { won, failures } = await atOnce(2, (index) =>
          run(index ? accounts.restoreEmail(mine.id, mine.email) : accounts.changeEmail(other.id, other.email, mine.email)),
        );
        expect([won, failures.map(codeOf)]).to.deep.equal([1, ['account_exists']]);
        expect((await accounts.findByEmail(mine.email.canonical))?.id).to.be.oneOf([mine.id, other.id]);
        // Whoever came too late has what they had before.
        const restored = (await accounts.findByEmail(mine.email.canonical))!.id === mine.id;
        expect((await mine.find()).former === null).to.equal(restored);
        expect((await other.find()).email === other.email.address).to.equal(restored);
      }
    });

    it('needs the address that the account had, and lets nobody else object', async () => {
      const { id, find } = await moved();
      const before = await find();
      const stranger = address('stranger');
      for (const write of [
        accounts.restoreEmail(id, stranger),
        accounts.confirmEmail(id, stranger),
        accounts.freeze(id, stranger.canonical),
        accounts.freeze('nobody', stranger.canonical),
      ])
        expect(codeOf(await failure(run(write)))).to.equal('changed_elsewhere');
      expect(await find()).to.deep.equal(before);
    });

    it('keeps what is new where the change was right, and lets the next one be made', async () => {
      const { id, email, find } = await moved();
      await run(accounts.freeze(id, email.canonical));
      const { former: _, ...before } = await find();
      await run(accounts.confirmEmail(id, email));
      expect(await find()).to.deep.equal({ ...before, former: null });
      expect(await accounts.findByFormerEmail(email.canonical)).to.equal(undefined);
      await run(accounts.changeEmail(id, parseEmailAddress(before.email)!, address('more')));
    });

    it('brings back what was there, without the passkeys of meanwhile, and opens what was closed since', async () => {
      // A thief had closed it: what its owner had just got back was erased within the hour.
      const { id, email, find } = await moved();
      const passkey = { id: `passkey of ${id}`, publicKey: 'a key', counter: 0, transports: [], name: 'Theirs' };
      await run(accounts.addPasskey(id, passkey), accounts.close(id, 14), accounts.freeze(id, email.canonical));
      parts.later(15 * DAY);
      await run(accounts.restoreEmail(id, email));
      expect(await find()).to.deep.include({ email: email.address, passkeys: [], former: null, closesAt: null });
      expect(await accounts.due(100)).not.to.include(id);
    });

    it('counts a code of the app once, before the change and after it is taken back', async () => {
      // A code that had signed in counted a second time when the app of before was restored.
      const { id, email, find } = await moved();
      await run(accounts.useAuthenticatorStep(id, APP.id, 105));
      for (const step of [104, 105])
        expect(await failure(run(accounts.useFormerAuthenticatorStep(id, APP.id, step)))).to.be.instanceOf(AlreadyUsed);
      await run(accounts.useFormerAuthenticatorStep(id, APP.id, 106));
      expect(await failure(run(accounts.useAuthenticatorStep(id, APP.id, 106)))).to.be.instanceOf(AlreadyUsed);
      await run(accounts.useAuthenticatorStep(id, APP.id, 107), accounts.restoreEmail(id, email));
      expect((await find()).methods).to.deep.include({ ...APP, lastStep: 107 });
    });

    it('counts a code of the app once in both places at once', async () => {
      const { id } = await moved();
      const { won, failures } = await atOnce(8, (index) =>
        run(index % 2 ? accounts.useFormerAuthenticatorStep(id, APP.id, 101) : accounts.useAuthenticatorStep(id, APP.id, 101)),
      );
      expect(won).to.equal(1);
      for (const error of failures) expect(error).to.be.instanceOf(AlreadyUsed);
    });

    it('spends the backup code from before once, and with it the same one of today', async () => {
      const { id, find } = await moved();
      const { won, failures } = await atOnce(8, (index) =>
        run(index % 2 ? accounts.useFormerBackupCode(id, 'backup') : accounts.useBackupCode(id, 'backup')),
      );
      expect(won).to.equal(1);
      for (const error of failures) expect(error).to.be.instanceOf(AlreadyUsed);
      expect(await find()).to.include({ backupCodeHash: null });
      expect((await find()).former!.backupCodeHash).to.equal(null);
    });

    it('counts a code of the app from before once', async () => {
      const { id } = await moved();
      const { won, failures } = await atOnce(6, () => run(accounts.useFormerAuthenticatorStep(id, APP.id, 101)));
      expect(won).to.equal(1);
      for (const error of failures) expect(error).to.be.instanceOf(AlreadyUsed);
    });

    it('takes no backup code that was spent since', async () => {
      const { id, find } = await moved();
      await run(accounts.useBackupCode(id, 'backup'));
      expect((await find()).former!.backupCodeHash).to.equal(null);
    });
  });
});
