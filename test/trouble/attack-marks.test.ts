/**
 * What happened: thirty thousand combining marks in a password field kept a process busy for more than a second, in which it answered
 * nobody else. Putting marks in order (NFC) takes time that grows with the square of their number.
 */
import { expect } from 'chai';
import { checkNewPassword } from '../../src/passwords/password-rules.ts';
import { newAddress, PASSWORD } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

const MARKS = `a${'\u0316\u0301'.repeat(15_000)}`;

describe('trouble: a password of nothing but marks', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const milliseconds = async (work: () => unknown) => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };

  it('is refused without being put in order', async () => {
    const policy = { profile: 'seed', password: { minLength: 8, maxLength: 128 } } as const;
    const normalised = await milliseconds(() => MARKS.normalize('NFC'));
    const judged = await milliseconds(() => {
      const broken = checkNewPassword(MARKS, { email: 'ana@x.test', serviceWords: [], policy });
      expect(broken).to.deep.equal(['too-long']);
    });
    expect(judged).to.be.below(normalised / 10);
  });

  it('costs no more than another wrong form in either field of the page', async () => {
    const visitor = server.visitor();
    const email = newAddress('marks');
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    await visitor.press('Continue', { 'Confirmation code': (await server.newest(email)).codes[0]! });
    await visitor.press('I Agree');
    const normalised = await milliseconds(() => MARKS.normalize('NFC'));
    const { url } = visitor.formOf('Submit');
    for (const [password, confirmation] of [
      [MARKS, PASSWORD],
      [PASSWORD, MARKS],
    ]) {
      const taken = await milliseconds(() => visitor.post(url, `password=${password}&password_confirmation=${confirmation}`));
      expect(visitor.page().status).to.equal(422);
      expect(taken).to.be.below(normalised);
    }
  });
});
