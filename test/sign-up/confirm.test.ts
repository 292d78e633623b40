import { expect } from 'chai';
import { confirm, confirmed } from '../../src/sign-up/confirm.ts';
import { newAddress } from '../support/people.ts';
import { type AnyVisit, answerOf, commit, makeAccount, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-up/confirm', () => {
  async function arrive(address = newAddress()) {
    const { deps, newest } = await sharedServer();
    const visit = visitOf({ email: { address, canonical: address } });
    const { keep, writes } = await confirm.arrive!(deps, visit);
    await commit(writes);
    return { address, visit: { ...visit, kept: keep } as AnyVisit, code: (await newest(address)).codes[0] ?? '' };
  }

  it('takes the code that was mailed, once', async () => {
    const { visit, code, address } = await arrive();
    const outcome = await press(confirm, visit, { code });
    expect(answerOf(outcome)).to.include({ canonical: address }).and.not.have.property('earlier');
    await commit(outcome.kind === 'advance' ? outcome.writes : []);
    expect(problemAt(await press(confirm, visit, { code }), 'code')).to.equal('problems.code_used');
  });

  it('takes back a try that was none: a replaced code, an expired one', async () => {
    const { clock, deps, newest } = await sharedServer();
    const { visit, code, address } = await arrive();
    clock.advance(61);
    await commit((await confirm.arrive!(deps, { ...visit, kept: undefined })).writes);
    const fresh = (await newest(address, 2)).codes[0]!;
    for (let time = 0; time < 12; time++)
      expect(problemAt(await press(confirm, visit, { code }), 'code')).to.equal('problems.code_replaced');
    clock.advance(31 * 60);
    for (let time = 0; time < 12; time++)
      expect(problemAt(await press(confirm, visit, { code: fresh }), 'code')).to.equal('problems.code_expired');
  });

  it('sends nothing on coming back with the same address', async () => {
    const { deps } = await sharedServer();
    const { visit } = await arrive();
    expect(await confirm.arrive!(deps, visit)).to.deep.equal({ keep: visit.kept });
    expect(confirm.holds!({ canonical: 'a', at: '' }, { email: { address: 'b', canonical: 'b' } })).to.equal(false);
  });

  it('shows the same for an address with an account, which no code confirms', async () => {
    const { deps } = await sharedServer();
    const { email } = await makeAccount();
    const [known, fresh] = [await arrive(email), await arrive()];
    const shown = async ({ visit, address }: { visit: AnyVisit; address: string }) =>
      JSON.stringify(await confirm.show(deps, { ...visit, keptUntil: new Date(0) })).replace(address, '');
    expect(await shown(known)).to.equal(await shown(fresh));
    expect(problemAt(await press(confirm, known.visit, { code: '123456' }), 'code')).to.equal('problems.code_wrong');
  });

  it('is refused once the address has an account', async () => {
    const { deps } = await sharedServer();
    const { email } = await makeAccount();
    const refused = await confirmed(deps, email, 'a-journey').catch((error: { code: string }) => error.code);
    expect(refused).to.equal('account_exists');
  });
});
