import { expect } from 'chai';
import { confirmed } from '../../src/sign-up/confirm.ts';
import { codeKeyOf, sendConfirmation, spendConfirmation } from '../../src/sign-up/confirmation.ts';
import { newAddress } from '../support/people.ts';
import { commit, makeAccount, sharedServer, visitOf } from '../support/shared-server.ts';
import { failure } from '../support/store-parts.ts';

describe('sign-up/confirmation', () => {
  const send = async (address: string, journeyId = visitOf().journeyId) => {
    const { deps } = await sharedServer();
    const email = { address, canonical: address };
    const sent = await sendConfirmation(deps, { journeyId, email, language: 'en', keptUntil: new Date(), ip: '192.0.2.9' });
    await commit(sent.writes);
    return { ...sent, journeyId };
  };

  it('mails a link and a code that belong to this sign-up and address', async () => {
    const { deps, newest } = await sharedServer();
    const address = newAddress();
    const { journeyId } = await send(address);
    const mail = await newest(address);
    const token = new URL(mail.links.find((link) => link.includes('confirmation_token'))!).searchParams.get('confirmation_token')!;
    const link = await deps.mailedLinks.find(token, 'confirm-sign-up');
    expect([link!.about, link!.expired, link!.isFor(address), link!.isFor('other@people.test')]).to.deep.equal([
      journeyId,
      false,
      true,
      false,
    ]);
    expect(await deps.codes.judge(codeKeyOf(journeyId, address), mail.codes[0]!)).to.include({ verdict: 'right' });
    expect(await deps.codes.judge(codeKeyOf(visitOf().journeyId, address), mail.codes[0]!)).to.include({ verdict: 'none' });
  });

  it('tells the owner of an account, and gives no way in; the page keeps the same', async () => {
    const { newest } = await sharedServer();
    const { email } = await makeAccount();
    const { keep } = await send(email);
    const mail = await newest(email);
    expect([mail.codes, mail.links.filter((link) => link.includes('token'))]).to.deep.equal([[], []]);
    const { keep: other } = await send(newAddress());
    expect(Object.keys(keep)).to.deep.equal(Object.keys(other));
  });

  it('begins none at an address that an account may be taken back to, and says so there alone', async () => {
    // What happened: a thief moved the account away and signed up anew at its address, and every recovery from there led to the new one.
    const { deps, newest } = await sharedServer();
    const { id, email } = await makeAccount();
    const to = newAddress();
    await commit([deps.accounts.changeEmail(id, { address: email, canonical: email }, { address: to, canonical: to })]);
    const { keep, journeyId } = await send(email);
    const mail = await newest(email);
    expect([mail.subject, mail.codes, mail.links.filter((link) => link.includes('token'))]).to.deep.equal([
      'Your email address cannot be used for another account now',
      [],
      [],
    ]);
    const { keep: other } = await send(newAddress());
    expect(Object.keys(keep)).to.deep.equal(Object.keys(other));
    const error = await failure(confirmed(deps, email, journeyId));
    expect(error).to.have.property('code', 'account_exists');
  });

  it('sends a minute apart, and says when the next may be asked for', async () => {
    const { deps, clock } = await sharedServer();
    const address = newAddress();
    await send(address);
    const { keep, writes } = await send(address);
    expect(writes).to.deep.equal([]);
    expect(Date.parse(keep.until!) - deps.clock().getTime()).to.be.within(50_000, 60_000);
    clock.advance(61);
    expect((await spendConfirmation(deps, '192.0.2.9', address)).ok).to.equal(true);
  });
});
