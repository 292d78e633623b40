import { expect } from 'chai';
import { resume } from '../../src/sign-up/resume.ts';
import { newAddress, PASSWORD } from '../support/people.ts';
import { answerOf, commit, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-up/resume', () => {
  /** A sign-up that has a password, and another one with the same address that came upon it. */
  async function begin(now?: string) {
    const { deps } = await sharedServer();
    const address = newAddress();
    const uid = deps.newId();
    const journey = await deps.journeys.open({ kind: 'sign-up', uid, browser: uid, authorization: {}, language: 'en', keptMinutes: 60 });
    const answers = { email: { address, canonical: now ?? address }, 'new-password': { hash: await deps.passwords.hash(PASSWORD) } };
    await commit([deps.journeys.save(journey, { ...journey.content, answers }, { address: undefined, keptMinutes: 60 })]);
    const confirm = { canonical: address, at: 'then', earlier: journey.id };
    return { id: journey.id, visit: visitOf({ email: { address, canonical: address }, confirm }), address };
  }

  it('goes on there with its password, bringing the proof along', async () => {
    const { id, visit, address } = await begin();
    expect(problemAt(await press(resume, visit, { password: 'Wrong-Harbor 71!' }), 'password')).to.equal('problems.password_wrong');
    expect(problemAt(await press(resume, visit), 'password')).to.equal('problems.password_required');
    expect(await press(resume, visit, { password: PASSWORD })).to.deep.equal({
      kind: 'follow',
      journeyId: id,
      answers: { confirm: { canonical: address, at: 'then' } },
    });
  });

  it('starts over, and the earlier one is gone', async () => {
    const { deps } = await sharedServer();
    const { id, visit } = await begin();
    const outcome = await press(resume, visit, {}, 'start-over');
    expect(answerOf(outcome)).to.deep.equal({ startedOver: id });
    await commit(outcome.kind === 'advance' ? outcome.writes : []);
    expect(await deps.journeys.find(id)).to.equal(undefined);
  });

  it('leaves one alone that was turned to another address meanwhile', async () => {
    const { deps } = await sharedServer();
    const { id, visit } = await begin('elsewhere@people.test');
    expect(answerOf(await press(resume, visit, { password: PASSWORD }))).to.deep.equal({ startedOver: id });
    const outcome = await press(resume, visit, {}, 'start-over');
    await commit(outcome.kind === 'advance' ? outcome.writes : []);
    expect((await deps.journeys.find(id))?.id).to.equal(id);
  });

  it('asks again when there is another earlier one', () => {
    const answers = { email: { address: 'a', canonical: 'a' }, confirm: { canonical: 'a', at: '', earlier: 'two' } };
    expect([resume.holds!({ startedOver: 'one' }, answers), resume.holds!({ startedOver: 'two' }, answers)]).to.deep.equal([false, true]);
  });

  it('shows whose sign-up it is', async () => {
    const { deps } = await sharedServer();
    const { visit, address } = await begin();
    expect(await resume.show(deps, visit)).to.deep.equal({ address });
  });
});
