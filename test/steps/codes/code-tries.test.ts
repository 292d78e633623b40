/** What wrong codes cost, by any method: tries of one code, a pause after a row of them, a method that is off; and what costs nothing. */
import { expect } from 'chai';
import type { Step } from '../../../src/journey/journey.ts';
import { LANGUAGES } from '../../../src/language.ts';
import { authenticator } from '../../../src/steps/codes/authenticator.ts';
import { emailCode } from '../../../src/steps/codes/email-code.ts';
import type { Proven } from '../../../src/steps/codes/sent-code.ts';
import { textCode } from '../../../src/steps/codes/text-code.ts';
import { appCode, newAddress, newPhone } from '../../support/people.ts';
import { type AnyVisit, answerOf, commit, type Decided, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

type Needs = { readonly to: string };

describe('steps: wrong codes', () => {
  const options = {
    recipient: async (_deps: unknown, { journeyId, answers }: { journeyId: string; answers: Needs }) => ({
      address: answers.to,
      person: journeyId,
    }),
    changeStep: () => undefined,
  };
  const byMail = emailCode<Needs>(options);
  const byText = textCode<Needs>(options);
  const byApp = authenticator<Needs>({
    person: ({ journeyId }) => journeyId,
    apps: async () => undefined,
    changeStep: () => undefined,
  });

  async function arrive(step: Step<'email-code' | 'text-code', Needs, Proven>, journeyId?: string, to = newAddress()) {
    const { deps, newest, received } = await sharedServer();
    const visit = visitOf({ to }, { ...(journeyId && { journeyId }) });
    const before = (await received(to)).length;
    const { keep, writes } = await step.arrive!(deps, visit);
    await commit(writes);
    return { visit: { ...visit, kept: keep } as AnyVisit, code: (await newest(to, before + 1)).codes[0]!, to };
  }
  const wrong = (code: string) => (code === '111111' ? '222222' : '111111');
  const left = async (limit: 'code-account' | 'code-method' | 'send-account', key: string) =>
    (await (await sharedServer()).deps.attempts.peek(limit, key)).left;
  /** The sentence at the field in every language; fails for words or parameters that are missing. */
  const said = async (outcome: Decided): Promise<string[]> => {
    const { deps } = await sharedServer();
    if (outcome.kind !== 'stay') throw new Error(outcome.kind);
    const { key, ...params } = outcome.problems.code!;
    return LANGUAGES.map((language) => deps.texts.in(language).t(key, params));
  };
  const save = async (outcome: Decided) => {
    if (outcome.kind !== 'advance') throw new Error(outcome.kind);
    await commit(outcome.writes);
    await outcome.after?.();
  };

  for (const [step, to] of [
    [byMail, newAddress],
    [byText, newPhone],
  ] as const)
    it(`are five for each ${step.name}; the page counts them down, and then wants another code`, async () => {
      const { visit, code } = await arrive(step, undefined, to());
      const words: string[] = [];
      for (let tries = 5; tries > 0; tries--) words.push((await said(await press(step, visit, { code: wrong(code) })))[0]!);
      expect(words.map((sentence) => /\d+ (try|tries) left/.exec(sentence)?.[0])).to.deep.equal([
        '4 tries left',
        '3 tries left',
        '2 tries left',
        '1 try left',
        undefined,
      ]);
      // What happened: the last one said "try again. You have 0 tries left".
      expect(words[4])
        .to.contain('the last try')
        .and.not.match(/try again|\b0\b/);
      expect(problemAt(await press(step, visit, { code }), 'code')).to.equal('problems.code_exhausted');
    });

  it('are judged no more often than there are tries, however many come at once', async () => {
    const { visit, code } = await arrive(byMail);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => press(byMail, visit, { code: wrong(code) })));
    expect(outcomes.filter((outcome) => problemAt(outcome, 'code') === 'problems.code_wrong')).to.have.length(5);
  });

  it('cost the person one each, and codes that are no guess cost nothing', async () => {
    const { clock, deps } = await sharedServer();
    const { visit, code, to } = await arrive(byMail);
    const key = visit.journeyId;
    const all = await left('code-account', key);
    await press(byMail, visit, { code: wrong(code) });
    expect(await left('code-account', key), 'wrong').to.equal(all - 1);
    for (const typed of ['', '12345', 'abcdef']) await press(byMail, visit, { code: typed });
    expect(await left('code-account', key), 'not a code').to.equal(all - 1);
    clock.advance(31);
    const again = await byMail.arrive!(deps, { ...visit, kept: undefined });
    await commit(again.writes);
    expect(problemAt(await press(byMail, visit, { code }), 'code')).to.equal('problems.code_replaced');
    expect(await left('code-account', key), 'replaced').to.equal(all - 1);
    clock.advance(31 * 60);
    expect(problemAt(await press(byMail, visit, { code }), 'code')).to.equal('problems.code_expired');
    expect(await left('code-account', key), 'expired').to.equal(all - 1);
    const never = visitOf({ to: `${to}.test` }, { journeyId: key });
    expect(problemAt(await press(byMail, never, { code }), 'code')).to.equal('problems.code_none');
    expect(await left('code-account', key), 'none').to.equal(all - 1);
    expect(await left('code-method', `${key}|email-code`)).to.equal(100 - 1);
  });

  it('are forgotten after a right one, whose sending is given back', async () => {
    const { visit, code } = await arrive(byMail);
    const key = visit.journeyId;
    const [tries, sends] = [10, 5];
    for (let time = 0; time < 3; time++) await press(byMail, visit, { code: wrong(code) });
    expect([await left('code-account', key), await left('send-account', key)]).to.deep.equal([tries - 3, sends - 1]);
    const outcome = await press(byMail, visit, { code });
    expect(await left('code-account', key), 'not before it is saved').to.equal(tries - 4);
    await save(outcome);
    expect([await left('code-account', key), await left('send-account', key)]).to.deep.equal([tries, sends]);
    expect(await left('code-method', `${key}|email-code`)).to.equal(100);
  });

  it('in a row of ten, by any method, name the time until which none is judged', async () => {
    const { clock } = await sharedServer();
    const mailed = await arrive(byMail);
    const key = mailed.visit.journeyId;
    const texted = await arrive(byText, key, newPhone());
    for (let time = 0; time < 5; time++) {
      await press(byMail, mailed.visit, { code: wrong(mailed.code) });
      await press(byText, texted.visit, { code: wrong(texted.code) });
    }
    clock.advance(10);
    const fresh = { ...visitOf({ to: 'x' }, { journeyId: key }), kept: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } } as AnyVisit;
    const refused = await press(byApp, fresh, { code: '123456' });
    expect(problemAt(refused, 'code')).to.equal('problems.wait');
    const until = refused.kind === 'stay' ? (refused.problems.code!.until as Date) : undefined;
    expect(until!.getTime() - clock().getTime()).to.be.within(14 * 60_000, 15 * 60_000);
    expect(await said(refused)).to.have.length(LANGUAGES.length);
    clock.advance(15 * 60);
    expect(problemAt(await press(byApp, fresh, { code: '123456' }), 'code')).to.equal('problems.code_wrong_app');
  });

  it('a hundred of one method put it off for good, and no other', async () => {
    const { deps, clock } = await sharedServer();
    const { visit, code } = await arrive(byMail);
    const key = visit.journeyId;
    for (let time = 0; time < 100; time++) await deps.attempts.spend('code-method', `${key}|email-code`);
    clock.advance(20 * 60);
    const refused = await press(byMail, visit, { code });
    expect(problemAt(refused, 'code')).to.equal('problems.method_off');
    expect(await said(refused)).to.have.length(LANGUAGES.length);
    expect(await left('code-account', key), 'not counted besides').to.equal(10);
    const texted = await arrive(byText, key, newPhone());
    expect(answerOf(await press(byText, texted.visit, { code: texted.code }))).to.include({ address: texted.to });
  });

  it('of an app are counted alike, and forgotten after a right one', async () => {
    const server = await sharedServer();
    const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
    const visit = { ...visitOf({ to: 'x' }), kept: { secret } } as AnyVisit;
    const right = await appCode(server, secret);
    for (let time = 0; time < 4; time++) await press(byApp, visit, { code: wrong(right) });
    expect(await left('code-account', visit.journeyId)).to.equal(6);
    await save(await press(byApp, visit, { code: await appCode(server, secret) }));
    expect(await left('code-account', visit.journeyId)).to.equal(10);
    for (let time = 0; time < 100; time++) await server.deps.attempts.spend('code-method', `${visit.journeyId}|authenticator`);
    expect(problemAt(await press(byApp, visit, { code: right }), 'code')).to.equal('problems.method_off');
  });

  it('do not become right for another address or by another method', async () => {
    const { visit, code } = await arrive(byMail);
    expect(problemAt(await press(byText, visit, { code }), 'code')).to.equal('problems.code_none');
    const elsewhere = await arrive(byMail, visit.journeyId);
    if (elsewhere.code === code) return;
    expect(problemAt(await press(byMail, elsewhere.visit, { code }), 'code')).to.equal('problems.code_wrong');
  });
});
