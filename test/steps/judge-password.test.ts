import { expect } from 'chai';
import { judgePassword } from '../../src/steps/judge-password.ts';
import { newAddress, PASSWORD } from '../support/people.ts';
import { sharedServer, visitOf } from '../support/shared-server.ts';

describe('steps/judge-password', () => {
  let hash: string;
  before(async () => {
    hash = await (await sharedServer()).deps.passwords.hash(PASSWORD);
  });
  const judge = async (
    key: string,
    password: string,
    more: { hash?: string | undefined; knownBrowser?: string; accountId?: string } = {},
  ) => {
    const { deps } = await sharedServer();
    return judgePassword(deps, visitOf({}, { ip: '198.51.100.8' }), { password, hash, key, ...more });
  };

  it('says the same of a wrong password and of an unknown address', async () => {
    const wrong = await judge(newAddress(), 'Wrong-Harbor 71!');
    expect(wrong).to.deep.equal({ right: false, problem: { key: 'problems.sign_in_failed' } });
    expect(await judge(newAddress(), PASSWORD, { hash: undefined })).to.deep.equal(wrong);
  });

  it('judges a few at once, then names the time; a success forgets the failures', async () => {
    const key = newAddress();
    const many = await Promise.all(Array.from({ length: 12 }, () => judge(key, 'Wrong-Harbor 71!')));
    const { units } = (await sharedServer()).config.policy.limits['password-account'];
    expect(many.filter(({ problem }) => problem.key === 'problems.sign_in_failed').length).to.be.within(1, units + 1);
    const refused = await judge(key, PASSWORD);
    expect([refused.right, refused.problem.key]).to.deep.equal([false, 'problems.wait']);
    expect(refused.problem.until).to.be.instanceOf(Date);
    (await sharedServer()).clock.advance(3601);
    expect((await judge(key, PASSWORD)).right).to.equal(true);
    expect((await judge(key, 'Wrong-Harbor 71!')).problem.key).to.equal('problems.sign_in_failed');
  });

  it('counts a known browser by itself', async () => {
    const key = newAddress();
    await Promise.all(Array.from({ length: 12 }, () => judge(key, 'Wrong-Harbor 71!')));
    expect((await judge(key, PASSWORD)).right).to.equal(false);
    expect((await judge(key, PASSWORD, { knownBrowser: 'mine' })).right).to.equal(true);
  });

  it('tells the history of the account what failed, and that the limit shut, once for each time', async () => {
    const { deps } = await sharedServer();
    const [key, accountId] = [newAddress(), deps.newId()];
    await judge(key, PASSWORD, { accountId });
    const outcomes = [];
    for (let time = 0; time < 20; time++) outcomes.push(await judge(key, 'Wrong-Harbor 71!', { accountId }));
    await deps.audit.settled();
    const events = await deps.audit.of(accountId);
    const failed = outcomes.filter((outcome) => outcome.problem.key === 'problems.sign_in_failed');
    expect(events.filter(({ type }) => type === 'sign-in.failed')).to.have.length(failed.length);
    const shut = events.flatMap((event) => ('limit' in event ? [event] : []));
    const times = new Set(outcomes.flatMap(({ problem }) => (problem.until instanceof Date ? [problem.until.getTime()] : [])));
    expect(shut.map(({ limit }) => limit)).to.deep.equal([...times].map(() => 'password-account'));
    expect(new Set(shut.map(({ until }) => until.getTime()))).to.deep.equal(times);
    expect(shut[0]).to.include({ ip: '198.51.100.8' });
    expect(JSON.stringify(events)).not.to.contain('Harbor').and.not.contain(key);
  });
});
