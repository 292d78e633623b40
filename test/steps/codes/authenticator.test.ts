import { expect } from 'chai';
import { type App, authenticator } from '../../../src/steps/codes/authenticator.ts';
import { appCode } from '../../support/people.ts';
import { answerOf, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('steps/authenticator', () => {
  type Needs = { readonly apps?: readonly App[]; readonly others?: boolean };
  const step = authenticator<Needs>({
    person: ({ journeyId }) => journeyId,
    apps: async (_deps, { answers }) => answers.apps,
    label: () => 'ana@people.test',
    skipFor: ({ answers }) => (answers.others ? 'this choice' : undefined),
    changeStep: () => 'delivery',
  });
  const setUp = async () => {
    const { deps } = await sharedServer();
    const visit = visitOf();
    const { keep } = await step.arrive!(deps, visit);
    return { visit: { ...visit, kept: keep }, secret: (keep as { secret: string }).secret };
  };

  it('keeps one secret until it is proven, and shows it as picture, groups and link', async () => {
    const { deps } = await sharedServer();
    const { visit, secret } = await setUp();
    expect((await step.arrive!(deps, visit)).keep).to.deep.equal({ secret });
    const { setup } = (await step.show(deps, visit)) as { setup: { qr: string; uri: string; groups: string[] } };
    expect(setup.qr).to.match(/^<svg/);
    expect(setup.groups.join('')).to.equal(secret);
    expect(setup.uri).to.contain(secret);
  });

  it('takes a right code, and gives the secret and the step to the account', async () => {
    const server = await sharedServer();
    const { visit, secret } = await setUp();
    const answer = answerOf(await press(step, visit, { code: await appCode(server, secret) }));
    expect(answer).to.include({ secret, step: Math.floor(server.clock().getTime() / 30_000) });
  });

  it('says what is wrong with what was typed', async () => {
    const { visit } = await setUp();
    for (const [code, key] of [
      ['', 'code_required'],
      ['1', 'code_format'],
      ['000000', 'code_wrong_app'],
    ] as const)
      expect(problemAt(await press(step, visit, { code }), 'code')).to.equal(`problems.${key}`);
  });

  it('asks nothing to be set up where an app is, and refuses a step that was used', async () => {
    const server = await sharedServer();
    const { secret } = await setUp();
    const now = Math.floor(server.clock().getTime() / 30_000);
    const visit = visitOf({ apps: [{ id: 'app', secret, lastStep: now + 1 }] });
    expect(await step.arrive!(server.deps, visit)).to.deep.equal({});
    expect((await step.show(server.deps, visit)) as object).not.to.have.property('setup');
    expect(problemAt(await press(step, visit, { code: await appCode(server, secret) }), 'code')).to.equal('problems.code_used_app');
  });

  it('is left out only where another method is proven', async () => {
    expect(problemAt(await press(step, visitOf({}), {}, 'skip'), 'code')).to.equal('problems.cannot_skip');
    expect(answerOf(await press(step, visitOf({ others: true }), {}, 'skip'))).to.deep.equal({ skipped: 'this choice' });
  });
});
