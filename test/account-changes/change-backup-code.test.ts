import { expect } from 'chai';
import { readBackupCode } from '../../src/second-factor/backup-code.ts';
import { begin, expectDone, expectTold, subjectsTo } from '../support/changing.ts';
import { newMember, otherDevice } from '../support/member.ts';
import { backupCodeOn } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('account-changes/change-backup-code', function () {
  this.timeout(60_000);

  it('makes a new one, after which the old one is dead, and says so', async () => {
    const { deps } = await sharedServer();
    const member = await newMember();
    const { visitor, person } = member;
    await begin(visitor, 'change-backup-code');
    const works = async (code: string) => deps.passwords.verify(readBackupCode(code)!, (await member.account()).backupCodeHash!);
    await visitor.press('Show me a new backup code');
    const code = backupCodeOn(visitor);
    await visitor.open(visitor.page().url);
    expect(backupCodeOn(visitor)).to.equal(code);
    expect([await works(person.backupCode), await works(code)]).to.deep.equal([true, false]);
    const { url } = visitor.page();
    await visitor.press('Proceed');
    expectDone(visitor);
    expect([await works(person.backupCode), await works(code)]).to.deep.equal([false, true]);
    expect(await member.history()).to.include('backup-code.replaced');
    expect((await subjectsTo(person.email)).join()).to.contain('backup code');
    await visitor.open(url);
    expect(visitor.page().text).not.to.contain(code.slice(0, 4));
  });

  it('makes none when its page is merely opened', async () => {
    const member = await newMember();
    const { backupCodeHash } = await member.account();
    await begin(member.visitor, 'change-backup-code');
    await member.visitor.open(member.visitor.page().url.replace('replace-backup-code', 'new-backup-code'));
    expect(member.visitor.page().url).to.match(/replace-backup-code$/);
    expect((await member.account()).backupCodeHash).to.equal(backupCodeHash);
  });

  it('says where there is none to be replaced', async () => {
    const { deps } = await sharedServer();
    const member = await newMember();
    const { id, backupCodeHash } = await member.account();
    await deps.transaction([deps.accounts.useBackupCode(id, backupCodeHash!)]);
    await begin(member.visitor, 'change-backup-code');
    expect(member.visitor.page().text).to.contain('has no backup code at the moment');
    await member.visitor.press('Show me a new backup code');
    await member.visitor.press('Proceed');
    expectDone(member.visitor);
    expect((await member.account()).backupCodeHash).to.match(/^\$argon2id/);
  });

  it('lets one of two devices win: the code that the other one showed never works', async () => {
    const server = await sharedServer();
    const member = await newMember();
    server.clock.advance(60);
    const both = [member.visitor, await otherDevice(member)];
    const codes: string[] = [];
    for (const visitor of both) {
      await begin(visitor, 'change-backup-code');
      await visitor.press('Show me a new backup code');
      codes.push(backupCodeOn(visitor));
    }
    const pages = await Promise.all(both.map((visitor) => visitor.press('Proceed')));
    expect(pages.map(({ status }) => status).toSorted()).to.deep.equal([200, 409]);
    expectTold(pages.find(({ status }) => status === 409)!);
    const { backupCodeHash } = await member.account();
    const works = await Promise.all(codes.map((code) => server.deps.passwords.verify(readBackupCode(code)!, backupCodeHash!)));
    expect(works).to.deep.equal(pages.map(({ status }) => status === 200));
  });
});
