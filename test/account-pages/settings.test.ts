import { expect } from 'chai';
import { newMember, toldOf } from '../support/member.ts';

describe('account-pages/settings', function () {
  this.timeout(60_000);

  it('choose the language of mails, not of the pages', async () => {
    const member = await newMember();
    const { visitor } = member;
    await visitor.open('/account');
    await visitor.follow('Change – language of emails and text messages');
    expect(visitor.fieldOf('English').hasAttribute('checked')).to.equal(true);
    await visitor.press('Save', { Spanish: true });
    expect((await member.account()).language).to.equal('es');
    expect((await member.history())[0]).to.equal('language.changed');
    for (const body of ['', 'language=', 'language=fr', 'language=__proto__'])
      expect((await visitor.post('/account/language', body)).status, body).to.equal(422);
    expect((await member.account()).language).to.equal('es');
  });

  it('switch the questions off and on, and tell the owner each time', async () => {
    const member = await newMember();
    const { visitor } = member;
    await visitor.open('/account');
    await visitor.follow('Switch off – resetting the password with questions');
    await visitor.press('Save', { 'No, switched off': true });
    expect(visitor.page().text).to.contain('Your choice about the questions was saved.').and.contain('you switched them off');
    expect((await member.account()).questions!.forRecovery).to.equal(false);
    expect(await toldOf(member)).to.deep.equal(['Password reset with questions was switched off']);
    await visitor.follow('Switch on – resetting the password with questions');
    await visitor.press('Save', { 'Yes, switched on': true });
    expect((await member.account()).questions!.forRecovery).to.equal(true);
    await visitor.open('/account/questions');
    await visitor.press('Save', { 'Yes, switched on': true });
    expect(await member.history()).to.deep.equal(['questions.switched', 'questions.switched', 'account.created']);
    expect(await toldOf(member)).to.have.members([
      'Password reset with questions was switched off',
      'Password reset with questions was switched on',
    ]);
    for (const body of ['', 'recovery=', 'recovery=maybe'])
      expect((await visitor.post('/account/questions', body)).status, body).to.equal(422);
  });
});
