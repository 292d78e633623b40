import { expect } from 'chai';
import type { Step } from '../../src/journey/journey.ts';
import { authenticator } from '../../src/steps/codes/authenticator.ts';
import { emailCode } from '../../src/steps/codes/email-code.ts';
import type { Proven } from '../../src/steps/codes/sent-code.ts';
import { textCode } from '../../src/steps/codes/text-code.ts';
import { appCode, newAddress, newPhone } from '../support/people.ts';
import { type AnyVisit, commit, press, sharedServer, visitOf } from '../support/shared-server.ts';

const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

type Needs = { readonly to: string };

describe('steps/note-failure', () => {
  const options = (proven: boolean) => ({
    recipient: async (_deps: unknown, { journeyId, answers }: { journeyId: string; answers: Needs }) => ({
      address: answers.to,
      person: journeyId,
      proven,
    }),
    changeStep: () => undefined,
  });
  const app = (lastStep: number) =>
    authenticator<Needs>({
      person: ({ journeyId }) => journeyId,
      apps: async () => [{ id: 'app', secret: SECRET, lastStep }],
      use: () => async () => {},
      changeStep: () => undefined,
    });
  const historyOf = async ({ journeyId }: AnyVisit) => {
    const { deps } = await sharedServer();
    await deps.audit.settled();
    return (await deps.audit.of(journeyId)).map(({ at: _, ip: __, browser: ___, device, ...event }) =>
      device ? { ...event, device } : event,
    );
  };
  async function arrive(step: Step<'email-code' | 'text-code', Needs, Proven>, to: string) {
    const { deps, newest } = await sharedServer();
    const visit = visitOf({ to });
    const { keep, writes } = await step.arrive!(deps, visit);
    await commit(writes);
    return { visit: { ...visit, kept: keep } as AnyVisit, code: (await newest(to)).codes[0]! };
  }
  const wrong = (code: string) => (code === '111111' ? '222222' : '111111');

  for (const [make, to, method] of [
    [emailCode<Needs>, newAddress, 'email'],
    [textCode<Needs>, newPhone, 'text'],
  ] as const) {
    it(`tells an account of a wrong code by ${method}, not of one mistyped or right`, async () => {
      const step = make(options(true)) as Step<'email-code' | 'text-code', Needs, Proven>;
      const { visit, code } = await arrive(step, to());
      for (const typed of ['12 34', wrong(code), code]) await press(step, visit, { code: typed });
      const history = await historyOf(visit);
      expect(history).to.deep.equal([{ type: 'code.failed', method }]);
      expect(JSON.stringify(history)).not.to.contain(visit.answers.to);
    });

    it(`tells nobody of a wrong code by ${method} while there is no account`, async () => {
      const step = make(options(false)) as Step<'email-code' | 'text-code', Needs, Proven>;
      const { visit, code } = await arrive(step, to());
      await press(step, visit, { code: wrong(code) });
      expect(await historyOf(visit)).to.deep.equal([]);
    });
  }

  it('tells an account that a method is off, and that no more is sent', async () => {
    const { deps } = await sharedServer();
    const step = emailCode<Needs>(options(true));
    const { visit, code } = await arrive(step, newAddress());
    for (let time = 0; time < 100; time++) await deps.attempts.spend('code-method', `${visit.journeyId}|email-code`);
    for (let time = 0; time < 3; time++) await press(step, visit, { code });
    expect((await historyOf(visit)).map((event) => 'limit' in event && event.limit)).to.deep.equal(['code-method']);
    for (let time = 0; time < 3; time++) await step.arrive!(deps, { ...visit, kept: undefined });
    const limits = (await historyOf(visit)).map((event) => 'limit' in event && event.limit);
    expect(limits).to.have.members(['code-method', limits.find((limit) => String(limit).startsWith('send-'))]);
  });

  it('tells an account of wrong codes of an app, and of one that was used before', async () => {
    const server = await sharedServer();
    const visit = visitOf({ to: 'x' });
    const right = await appCode(server, SECRET);
    await press(app(0), { ...visit, device: 'Firefox (Windows)' }, { code: wrong(right) });
    await press(app(0), visit, { code: right });
    // From what, so that its owner can tell whether it was them.
    expect(await historyOf(visit)).to.deep.equal([{ type: 'code.failed', method: 'app', device: 'Firefox (Windows)' }]);
    await press(app(Number.MAX_SAFE_INTEGER), visit, { code: right });
    expect(await historyOf(visit)).to.have.length(2);
    for (let time = 0; time < 100; time++) await server.deps.attempts.spend('code-method', `${visit.journeyId}|authenticator`);
    await press(app(0), visit, { code: right });
    expect((await historyOf(visit)).filter((event) => 'limit' in event)).to.have.length(1);
  });

  it('tells nobody of an app that is being set up', async () => {
    const visit = { ...visitOf({ to: 'x' }), kept: { secret: SECRET } } as AnyVisit;
    const step = authenticator<Needs>({ person: ({ journeyId }) => journeyId, apps: async () => undefined, changeStep: () => undefined });
    await press(step, visit, { code: wrong(await appCode(await sharedServer(), SECRET)) });
    expect(await historyOf(visit)).to.deep.equal([]);
  });
});
