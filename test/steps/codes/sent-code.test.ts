import { expect } from 'chai';
import { wayOut } from '../../../src/steps/codes/code-page.ts';
import { emailCode } from '../../../src/steps/codes/email-code.ts';
import { newAddress } from '../../support/people.ts';
import { type AnyVisit, answerOf, commit, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('steps/sent-code', () => {
  const step = emailCode<{ address: string }>({
    recipient: async (_deps, { journeyId, answers }) => ({ address: answers.address, person: journeyId }),
    skipFor: ({ answers }) => ('another' in answers ? 'this choice' : undefined),
    changeStep: () => 'delivery',
  });

  /** Arrives: the code that was mailed, and the visit with what the step keeps. */
  async function arrive(address = newAddress(), former?: AnyVisit) {
    const { deps, newest } = await sharedServer();
    const visit = former ?? visitOf({ address });
    const { keep, writes = [] } = await step.arrive!(deps, visit);
    await commit(writes);
    return {
      address,
      writes,
      visit: { ...visit, kept: keep } as AnyVisit,
      code: writes.length ? (await newest(address)).codes[0]! : '',
    };
  }
  async function resend(visit: AnyVisit) {
    const outcome = await press(step, visit, {}, 'resend');
    if (outcome.kind !== 'notice') throw new Error(outcome.kind);
    const made = await outcome.make();
    await commit(made.writes);
    return { ...made, visit: 'keep' in made ? ({ ...visit, kept: made.keep } as AnyVisit) : visit };
  }
  const wrong = (code: string) => (code === '111111' ? '222222' : '111111');

  it('takes the code that was sent, once', async () => {
    const { visit, code, address } = await arrive();
    const outcome = await press(step, visit, { code: ` ${code.slice(0, 3)} ${code.slice(3)} ` });
    expect(answerOf(outcome)).to.include({ address, person: visit.journeyId });
    await commit(outcome.kind === 'advance' ? outcome.writes : []);
    expect(problemAt(await press(step, visit, { code }), 'code')).to.equal('problems.code_used');
  });

  it('says what is wrong with what was typed', async () => {
    const { visit, code } = await arrive();
    for (const [typed, key] of [
      ['', 'code_required'],
      ['12345', 'code_format'],
      ['abcdef', 'code_format'],
      [wrong(code), 'code_wrong'],
    ] as const)
      expect(problemAt(await press(step, visit, { code: typed }), 'code')).to.equal(`problems.${key}`);
    expect(problemAt(await press(step, visitOf({ address: newAddress() }), { code: '123456' }), 'code')).to.equal('problems.code_none');
  });

  it('sends nothing on coming back while the code still works, and again once it does not', async () => {
    const { clock } = await sharedServer();
    const { visit, address } = await arrive();
    expect((await arrive(address, visit)).writes).to.deep.equal([]);
    clock.advance(31 * 60);
    expect((await arrive(address, visit)).writes).to.have.length(2);
  });

  it('sends again after 30 seconds; a second click is the same request', async () => {
    const { clock, received, newest } = await sharedServer();
    const { visit, code, address } = await arrive();
    expect((await resend(visit)).notice.key, 'too soon').to.equal('notices.wait_before_sending');
    clock.advance(31);
    const again = await resend(visit);
    expect([again.notice.key, again.writes?.length]).to.deep.equal(['notices.code_sent', 2]);
    const click = await resend(again.visit);
    expect([click.notice.key, click.writes]).to.deep.equal(['notices.code_sent', undefined]);
    await newest(address, 2);
    expect(await received(address)).to.have.length(2);
    expect(problemAt(await press(step, again.visit, { code }), 'code')).to.equal('problems.code_replaced');
  });

  it('is left out only where another method is proven', async () => {
    const { visit } = await arrive();
    expect(problemAt(await press(step, visit, {}, 'skip'), 'code')).to.equal('problems.cannot_skip');
    const another = { ...visit, answers: { address: newAddress(), another: true } as never };
    expect(answerOf(await press(step, another, {}, 'skip'))).to.deep.equal({ skipped: 'this choice' });
  });

  it('shows where the code went, masked, and since when', async () => {
    const { deps } = await sharedServer();
    const { visit, address } = await arrive('maria@people.test');
    const shown = (await step.show(deps, visit)) as Record<string, unknown>;
    expect(shown.sentTo).to.be.a('string').and.not.equal(address);
    expect(shown).to.include({ sent: true, slow: false, canSkip: false, changeStep: 'delivery' });
    expect(shown.sentAt).to.be.instanceOf(Date);
  });

  it('words the way out by where it leads', () => {
    expect(wayOut('choose-method')).to.deep.equal({ others: true });
    expect(wayOut('delivery')).to.deep.equal({ changeStep: 'delivery' });
  });
});
