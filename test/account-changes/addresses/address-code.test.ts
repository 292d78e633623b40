import { expect } from 'chai';
import { addressCode } from '../../../src/account-changes/addresses/address-code.ts';
import type { Owned } from '../../../src/account-changes/owner.ts';
import type { EmailAddress } from '../../../src/accounts/email-address.ts';
import type { Message } from '../../../src/messages/message.ts';
import { newAddress } from '../../support/people.ts';
import { type AnyVisit, answerOf, commit, makeAccount, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

type Known = Owned & { readonly to: EmailAddress };

describe('account-changes/addresses/address-code', () => {
  let begun: string[];
  let instead: Message | undefined;
  const step = addressCode<Known>({
    address: ({ to }) => to,
    changeStep: 'the-page-before',
    taken: async () => instead,
    begun: (_deps, _visit, _account, { address }) => {
      begun.push(address);
      return [];
    },
  });
  beforeEach(() => {
    begun = [];
    instead = undefined;
  });

  const to = (address = newAddress()) => ({ address, canonical: address });
  const visit = async (address: EmailAddress, change: Partial<AnyVisit> = {}) => {
    const { id } = await makeAccount();
    return visitOf({ from: { accountId: id }, to: address }, change);
  };
  const arrived = async (at: AnyVisit): Promise<AnyVisit> => {
    const { deps } = await sharedServer();
    const { keep, writes } = await step.arrive!(deps, at);
    await commit(writes);
    return { ...at, kept: keep };
  };

  it('proves the address that its code went to', async () => {
    const { newest } = await sharedServer();
    const address = to();
    const at = await arrived(await visit(address));
    const answer = answerOf(await press(step, at, { code: (await newest(address.address)).codes[0]! })) as never;
    expect(step.holds!(answer, at.answers)).to.equal(true);
    expect(step.holds!(answer, { ...at.answers, to: to() })).to.equal(false);
  });

  it('shows the whole address, and the way to another one', async () => {
    const { deps } = await sharedServer();
    const address = to();
    const shown = await step.show(deps, await arrived(await visit(address)));
    expect(shown).to.include({ sentTo: address.address, changeStep: 'the-page-before', sent: true });
  });

  it('says that it was begun once for each address', async () => {
    const { clock } = await sharedServer();
    const [one, other] = [to(), to()];
    let at = await arrived(await visit(one));
    clock.advance(60);
    const again = await press(step, at, {}, 'resend');
    if (again.kind !== 'notice') throw new Error(again.kind);
    const { keep, writes } = await again.make();
    await commit(writes);
    at = { ...at, kept: keep };
    expect(begun).to.deep.equal([one.address]);
    await arrived({ ...at, answers: { ...at.answers, to: other } } as AnyVisit);
    expect(begun).to.deep.equal([one.address, other.address]);
  });

  it('sends something else where there is to be no code, and then takes none', async () => {
    const { newest } = await sharedServer();
    const address = to();
    instead = { kind: 'address-taken', to: address.address, language: 'en' };
    const at = await arrived(await visit(address));
    expect((await newest(address.address)).codes).to.deep.equal([]);
    expect(problemAt(await press(step, at, { code: '000000' }), 'code')).to.equal('problems.code_wrong');
  });

  it('counts wrong codes apart from those of sign-ins', async () => {
    const { deps } = await sharedServer();
    const at = await arrived(await visit(to()));
    const { accountId } = at.answers.from;
    const before = await deps.attempts.peek('code-account', accountId);
    await press(step, at, { code: '000000' });
    expect(await deps.attempts.peek('code-account', accountId)).to.deep.equal(before);
    await deps.audit.settled();
    expect((await deps.audit.of(accountId)).map(({ type }) => type)).to.deep.equal(['code.failed']);
  });
});
