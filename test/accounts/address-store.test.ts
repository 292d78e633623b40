import { expect } from 'chai';
import type { AccountStore } from '../../src/accounts/account-store.ts';
import { MOST_BETWEEN } from '../../src/accounts/address-store.ts';
import { formerAddresses, formerAddressOf, objecting } from '../../src/accounts/former-store.ts';
import type { Write } from '../../src/mongo/transaction.ts';
import { type AccountParts, APP, accountParts } from '../support/account-parts.ts';
import { atOnce, codeOf, failure } from '../support/store-parts.ts';

const DAY = 24 * 3600;

describe('accounts/address-store', () => {
  let parts: AccountParts;
  let accounts: AccountStore;

  before(async () => {
    parts = await accountParts();
    ({ accounts } = parts);
  });

  const run = (...writes: readonly Write[]) => parts.run(...writes);
  const address = (name: string) => parts.address(name);
  const created = () => parts.created();

  describe('changeEmail', () => {
    it('moves the account, and keeps what was there for a week', async () => {
      const { id, email, find } = await created();
      const to = address('New');
      await run(accounts.changeEmail(id, email, to));
      expect((await accounts.findByEmail(to.canonical))?.id).to.equal(id);
      expect(await accounts.findByEmail(email.canonical)).to.equal(undefined);
      const { former, methods } = await find();
      expect(former).to.deep.include({ email: email.address, methods, backupCodeHash: 'backup', frozenAt: null });
      expect((await accounts.findByFormerEmail(email.canonical))?.id).to.equal(id);
      parts.later(7 * DAY);
      expect(await accounts.findByFormerEmail(email.canonical)).to.equal(undefined);
      expect(objecting(former, parts.clock())).to.equal(undefined);
    });

    it('keeps neither address in clear', async () => {
      const { id, email } = await created();
      await run(accounts.changeEmail(id, email, address('Sealed')));
      expect(await parts.raw('accounts'))
        .not.to.contain(email.canonical.slice(0, 8))
        .and.not.contain('Sealed');
    });

    it('restores without the address for notices, which may be the thief’s', async () => {
      const { id, email, find } = await created();
      await run(accounts.setNoticeEmail(id, { from: null, to: 'thief@people.test' }), accounts.changeEmail(id, email, address('theirs')));
      await run(accounts.freeze(id, email.canonical), accounts.restoreEmail(id, email));
      const { noticeEmail, questions } = await find();
      expect(noticeEmail).to.equal(null);
      expect(questions, 'and the answers may be').to.deep.include({ ids: ['pet', 'street'], forRecovery: false });
    });

    it('keeps the first address and what was proven then through a second change', async () => {
      // An attacker who changed it twice left the owner with nothing to object to: the former address was the attacker's own.
      const { id, email, find } = await created();
      const [theirs, next] = [address('theirs'), address('next')];
      await run(accounts.changeEmail(id, email, theirs));
      await run(accounts.addMethod(id, { id: 'theirs', method: 'text', phone: '+12025550199' }), accounts.removeMethod(id, APP.id));
      await run(accounts.setBackupCode(id, { from: 'backup', to: 'theirs' }));
      parts.later(6 * DAY);
      await run(accounts.changeEmail(id, theirs, next));
      const { former } = await find();
      expect(former).to.deep.include({ email: email.address, backupCodeHash: 'backup', frozenAt: null });
      expect(former!.methods.map((method) => method.id)).to.deep.equal(['email', APP.id]);
      expect(former!.until.getTime() - parts.clock().getTime()).to.equal(7 * DAY * 1000);
      await run(accounts.freeze(id, email.canonical));
      await run(accounts.restoreEmail(id, email));
      const restored = await find();
      expect(restored).to.deep.include({ email: email.address, backupCodeHash: 'backup', former: null });
      expect(restored.methods.map((method) => method.id)).to.deep.equal(['email', APP.id]);
    });

    it('takes nothing that was added in the week before for a proof from before', async () => {
      // Whoever is in for some minutes puts a phone of theirs there, takes the owner's away, and moves the account.
      const { id, email, find } = await created();
      await run(accounts.addMethod(id, { id: 'theirs', method: 'text', phone: '+12025550199' }), accounts.removeMethod(id, 'email'));
      await run(accounts.setBackupCode(id, { from: 'backup', to: 'theirs' }));
      parts.later(6 * DAY);
      await run(accounts.changeEmail(id, email, address('theirs')));
      const { former, methods } = await find();
      expect(methods.map((method) => method.id)).to.deep.equal([APP.id, 'theirs']);
      expect(former).to.deep.include({ methods: [APP], backupCodeHash: null });
      const other = await created();
      await run(accounts.replaceMethods(other.id, { id: 'new', method: 'text', phone: '+12025550199' }));
      await run(accounts.setBackupCode(other.id, { from: null, to: 'new' }));
      parts.later(7 * DAY);
      await run(accounts.changeEmail(other.id, other.email, address('own')));
      expect((await other.find()).former, 'after a week').to.deep.include({ backupCodeHash: 'new', methods: (await other.find()).methods });
    });

    it('lets the address in between stop it, too', async () => {
      // Moved by its owner, and then within the week by somebody else: the owner reads the address in between.
      const { id, email, find } = await created();
      const mine = address('mine');
      await run(accounts.changeEmail(id, email, mine));
      await run(accounts.changeEmail(id, mine, address('theirs')));
      expect(codeOf(await failure(run(accounts.freeze(id, address('stranger').canonical))))).to.equal('changed_elsewhere');
      expect((await find()).former).to.deep.include({ email: email.address, between: [mine.address] });
      await run(accounts.freeze(id, mine.canonical));
      const { former } = await find();
      expect(former!.frozenAt).to.deep.equal(parts.clock());
      expect((await accounts.findByFormerEmail(mine.canonical))?.id).to.equal(id);
      expect(formerAddresses(former)).to.deep.equal([email, mine]);
      expect(formerAddressOf(former!, mine.canonical)).to.deep.equal(mine);
      expect(formerAddressOf(former!, email.canonical)).to.deep.equal(email);
      expect(formerAddressOf(former!, address('stranger').canonical)).to.equal(undefined);
      // And takes it back: its owner may not read the first one any more.
      expect(codeOf(await failure(run(accounts.restoreEmail(id, address('stranger')))))).to.equal('changed_elsewhere');
      await run(accounts.restoreEmail(id, mine));
      expect(await find()).to.deep.include({ email: mine.address, former: null, backupCodeHash: 'backup' });
      expect((await accounts.findByEmail(mine.canonical))?.id).to.equal(id);
    });

    it('moves on from five addresses at most while they may object, or back to the first', async () => {
      const { id, email, find } = await created();
      let at = email;
      for (let moves = 0; moves <= MOST_BETWEEN; moves++) {
        const to = address('on');
        await run(accounts.changeEmail(id, at, to));
        at = to;
      }
      expect((await find()).former!.between).to.have.length(MOST_BETWEEN);
      expect(codeOf(await failure(run(accounts.changeEmail(id, at, address('sixth')))))).to.equal('changed_elsewhere');
      await run(accounts.changeEmail(id, at, email));
      expect((await find()).former).to.deep.include({ email: at.address, between: [] });
    });

    it('begins anew when the week is over, and when the account is back at its first address', async () => {
      const { id, email, find } = await created();
      const second = address('second');
      await run(accounts.changeEmail(id, email, second));
      parts.later(7 * DAY);
      const third = address('third');
      await run(accounts.changeEmail(id, second, third));
      expect((await find()).former!.email).to.equal(second.address);
      await run(accounts.changeEmail(id, third, second));
      expect((await find()).former!.email).to.equal(third.address);
    });

    it('keeps what was proven before the first change when the account comes back to its first address', async () => {
      // What happened: the owner moved it back from a thief's address, and the thief's phone from in between took it again, at once.
      const { id, email, find } = await created();
      const theirs = address('theirs');
      await run(accounts.changeEmail(id, email, theirs));
      await run(accounts.addMethod(id, { id: 'theirs', method: 'text', phone: '+12025550199' }));
      await run(accounts.setBackupCode(id, { from: 'backup', to: 'theirs' }));
      await run(accounts.changeEmail(id, theirs, email));
      const { former } = await find();
      expect(former).to.deep.include({ email: theirs.address, between: [], backupCodeHash: 'backup', frozenAt: null });
      expect(former!.methods.map((method) => method.id)).to.deep.equal(['email', APP.id]);
      expect((await accounts.findByFormerEmail(theirs.canonical))?.id).to.equal(id);
      expect(await accounts.findByFormerEmail(email.canonical)).to.equal(undefined);
    });

    it('is refused while it is frozen, for an address that is taken, and from one that it does not have', async () => {
      const [one, other] = [await created(), await created()];
      const to = address('to');
      expect(codeOf(await failure(run(accounts.changeEmail(one.id, one.email, other.email))))).to.equal('account_exists');
      expect(codeOf(await failure(run(accounts.changeEmail(one.id, other.email, to))))).to.equal('changed_elsewhere');
      await run(accounts.changeEmail(one.id, one.email, to));
      await run(accounts.freeze(one.id, one.email.canonical));
      expect(codeOf(await failure(run(accounts.changeEmail(one.id, to, address('more')))))).to.equal('changed_elsewhere');
      parts.later(30 * DAY);
      expect((await accounts.findByFormerEmail(one.email.canonical))?.id).to.equal(one.id);
      expect(codeOf(await failure(run(accounts.changeEmail(one.id, to, address('more')))))).to.equal('changed_elsewhere');
    });

    it('lets one of many at once win', async () => {
      const { id, email } = await created();
      const { won, failures } = await atOnce(8, () => run(accounts.changeEmail(id, email, address('race'))));
      expect([won, new Set(failures.map(codeOf))]).to.deep.equal([1, new Set(['changed_elsewhere'])]);
    });

    it('refuses one that was under way when the former address objected, or else is objected to itself', async () => {
      for (let round = 0; round < 16; round++) {
        const { id, email, find } = await created();
        const [theirs, next] = [address('theirs'), address('next')];
        await run(accounts.changeEmail(id, email, theirs));
        const { won, failures } = await atOnce(2, (index) =>
          run(index ? accounts.freeze(id, email.canonical) : accounts.changeEmail(id, theirs, next)),
        );
        const now = await find();
        expect(now.former).to.deep.include({ email: email.address, frozenAt: parts.clock() });
        expect(now.email).to.equal(won === 2 ? next.address : theirs.address);
        expect(failures.map(codeOf)).to.deep.equal(won === 2 ? [] : ['changed_elsewhere']);
      }
    });

    it('undoes what came with it where it is refused', async () => {
      const [one, other] = [await created(), await created()];
      const before = await one.find();
      const along = accounts.demandNewPassword(one.id);
      expect(codeOf(await failure(run(along, accounts.changeEmail(one.id, one.email, other.email))))).to.equal('account_exists');
      expect(await one.find()).to.deep.equal(before);
    });

    it('changes nothing but the address and what it leaves behind, and no other account', async () => {
      const [{ id, email, find }, other] = [await created(), await created()];
      const [before, beside] = [await find(), await other.find()];
      const to = address('To');
      await run(accounts.changeEmail(id, email, to));
      const { former, ...now } = await find();
      expect({ ...now, former: null }).to.deep.equal({ ...before, email: to.address });
      expect(former!.until.getTime() - parts.clock().getTime()).to.equal(7 * DAY * 1000);
      expect(await other.find()).to.deep.equal(beside);
    });

    it('lets two accounts change places only when nobody may object any more', async () => {
      const [one, other] = [await created(), await created()];
      const { won, failures } = await atOnce(2, (index) =>
        run(index ? accounts.changeEmail(one.id, one.email, other.email) : accounts.changeEmail(other.id, other.email, one.email)),
      );
      expect([won, failures.map(codeOf)]).to.deep.equal([0, ['account_exists', 'account_exists']]);
      const between = address('between');
      await run(accounts.changeEmail(one.id, one.email, between));
      const early = run(accounts.changeEmail(other.id, other.email, one.email));
      expect(codeOf(await failure(early)), 'one may be taken back there').to.equal('account_exists');
      parts.later(7 * DAY);
      await run(accounts.changeEmail(other.id, other.email, one.email));
      parts.later(7 * DAY);
      await run(accounts.changeEmail(one.id, between, other.email));
      expect([(await one.find()).email, (await other.find()).email]).to.deep.equal([other.email.address, one.email.address]);
    });

    it('gives one address to one of many accounts', async () => {
      const all = await Promise.all(Array.from({ length: 5 }, () => created()));
      const to = address('wanted');
      const { won, failures } = await atOnce(5, (index) => run(accounts.changeEmail(all[index]!.id, all[index]!.email, to)));
      expect([won, new Set(failures.map(codeOf))]).to.deep.equal([1, new Set(['account_exists'])]);
    });
  });

  describe('setNoticeEmail', () => {
    it('adds, changes and removes it, sealed', async () => {
      const { id, find } = await created();
      await run(accounts.setNoticeEmail(id, { from: null, to: 'notices@people.test' }));
      expect((await find()).noticeEmail).to.equal('notices@people.test');
      expect(await parts.raw('accounts')).not.to.contain('notices@');
      await run(accounts.setNoticeEmail(id, { from: 'notices@people.test', to: null }));
      expect((await find()).noticeEmail).to.equal(null);
    });

    it('lets one of many at once win', async () => {
      const { id, find } = await created();
      const { won, failures } = await atOnce(6, (index) =>
        run(accounts.setNoticeEmail(id, { from: null, to: `notices${index}@people.test` })),
      );
      expect([won, new Set(failures.map(codeOf))]).to.deep.equal([1, new Set(['changed_elsewhere'])]);
      expect((await find()).noticeEmail).to.match(/^notices\d@/);
    });
  });
});
