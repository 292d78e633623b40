import { expect } from 'chai';
import { judgePassword } from '../../src/steps/judge-password.ts';
import { newAddress, PASSWORD } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('steps/judge-password', () => {
  let hash: string;
  before(async () => {
    hash = await (await sharedServer()).deps.passwords.hash(PASSWORD);
  });
  const judge = async (key: string, password: string, more: { hash?: string | undefined; knownBrowser?: string } = {}) => {
    const { deps } = await sharedServer();
    return judgePassword(deps, { password, hash, key, ip: '198.51.100.8', ...more });
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
});
