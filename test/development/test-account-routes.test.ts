import { expect } from 'chai';
import { appCode, enterCode } from '../support/people.ts';
import { sharedServer } from '../support/shared-server.ts';

describe('development/test-account-routes', function () {
  this.timeout(60_000);

  const make = async (body: unknown = {}, type = 'application/json') => {
    const { origin } = await sharedServer();
    const response = await fetch(`${origin}/dev/accounts.json`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, made: (await response.json().catch(() => ({}))) as Record<string, string> };
  };

  it('makes an account that signs in with what is answered', async () => {
    const server = await sharedServer();
    const { status, made } = await make({ methods: ['app'] });
    expect(status).to.equal(201);
    expect(made).to.have.all.keys('email', 'password', 'secret', 'otpauth', 'backupCode', 'answers');
    expect(made.email).to.match(/^test-\d{8}@example\.org$/);
    const visitor = server.visitor();
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': made.email!, Password: made.password! });
    await enterCode(visitor, await appCode(server, made.secret!));
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
  });

  it('makes it as it is asked for, once for an address', async () => {
    const { deps } = await sharedServer();
    const asked = {
      email: 'Ana.Test@People.test',
      password: 'Another&Word9',
      phone: '(202) 555-0177',
      methods: ['text', 'email', 'text'],
      language: 'es',
      memberships: { myuscis: 'applicant' },
    };
    const { made } = await make(asked);
    expect(made)
      .to.include({ email: 'Ana.Test@people.test', password: asked.password, phone: '+12025550177' })
      .and.not.have.property('secret');
    const account = (await deps.accounts.findByEmail('ana.test@people.test'))!;
    expect(account.methods.map(({ method }) => method)).to.deep.equal(['text', 'email']);
    expect(account).to.deep.include({ language: 'es', memberships: asked.memberships });
    expect(await deps.passwords.verify(asked.password, account.passwordHash)).to.equal(true);
    expect(await make(asked)).to.deep.equal({ status: 409, made: { error: 'email: Ana.Test@people.test has an account already' } });
  });

  it('says in words what is wrong', async () => {
    const wrong: [unknown, string][] = [
      [{ email: 'nobody' }, 'email: must be an e-mail address'],
      [{ phone: '911' }, 'phone: must be a U.S. phone number'],
      [{ methods: [] }, 'methods: '],
      [{ methods: ['pigeon'] }, 'methods.0: '],
      [{ role: 'admin' }, 'the body: '],
      ['{', 'the body: '],
      ['[]', 'the body: '],
    ];
    for (const [body, error] of wrong) {
      const { status, made } = await make(body);
      expect([status, made.error?.slice(0, error.length)], JSON.stringify(body)).to.deep.equal([400, error]);
    }
  });

  it('takes JSON alone, which no page of another site can send', async () => {
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'])
      expect((await make('{}', type)).status, type).to.equal(400);
    expect((await make('x'.repeat(20_000))).status).to.equal(413);
  });
});
