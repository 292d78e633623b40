import { expect } from 'chai';
import { addPasskey, addPhone, enterService, type Member, newMember, otherDevice, toldOf } from '../support/member.ts';
import { appCode, codeAfter, enterCode } from '../support/people.ts';
import { rawRequest } from '../support/raw-request.ts';
import { sharedServer } from '../support/shared-server.ts';
import type { Visitor } from '../support/visitor.ts';

/** Every form whose address has an id, and what a good one posts. */
const FORMS: readonly (readonly [path: (ids: Ids) => string, body: string])[] = [
  [({ method }) => `/account/methods/${method}/remove`, ''],
  [({ method }) => `/account/methods/${method}/rename`, 'name=Stolen'],
  [({ passkey }) => `/account/passkeys/${passkey}/remove`, ''],
  [({ passkey }) => `/account/passkeys/${passkey}/rename`, 'name=Stolen'],
  [({ session }) => `/account/sessions/${session}/end`, ''],
  [({ service }) => `/account/services/${service}/withdraw`, ''],
  [({ service }) => `/account/services/${service}/account-type`, 'account_type=applicant'],
];

interface Ids {
  readonly method: string;
  readonly passkey: string;
  readonly session: string;
  readonly service: string;
}

describe('account-pages/account-form', function () {
  this.timeout(60_000);

  const idsOf = async (member: Member): Promise<Ids> => {
    const { deps } = await sharedServer();
    const { id } = await member.account();
    const [session] = await deps.sessions.of(id);
    return { method: await addPhone(member), passkey: await addPasskey(member), session: session!.id, service: 'myuscis' };
  };
  const wholeOf = async (member: Member) => {
    const { deps } = await sharedServer();
    const account = await member.account();
    return {
      account,
      sessions: (await deps.sessions.of(account.id)).map(({ id }) => id),
      services: await deps.sessions.services(account.id),
      history: await member.history(),
    };
  };

  const postOnce = async (visitor: Visitor, path: string) => {
    const { origin } = await sharedServer();
    const cookie = await visitor.jar.getCookieString(origin);
    const form = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
    const { status, headers } = await fetch(origin + path, { method: 'POST', redirect: 'manual', headers: form, body: '' });
    return { status, location: headers.get('location') };
  };

  it('knows nothing of another account: attorneys and applicants alike, by any id in any address', async () => {
    const applicant = await newMember({ app: true });
    await enterService(applicant);
    const attorney = await newMember({ app: true });
    await enterService(attorney, 'I am an attorney or accredited representative');
    const stranger = await newMember({ app: true });
    const [own, others] = [await idsOf(applicant), await idsOf(attorney)];
    const { origin } = await sharedServer();
    for (const [owner, ids, intruder] of [
      [attorney, others, applicant],
      [applicant, own, attorney],
      [applicant, own, stranger],
    ] as const) {
      const before = await wholeOf(owner);
      const untouched = await wholeOf(intruder);
      for (const [path, body] of FORMS) {
        // A service has the same name for all: whoever is no guest there finds nothing, whoever is finds their own.
        if (path(ids).includes('/services/') && intruder !== stranger) continue;
        expect((await intruder.visitor.open(origin + path(ids))).status, `GET ${path(ids)}`).to.equal(404);
        expect((await intruder.visitor.post(origin + path(ids), body)).status, `POST ${path(ids)}`).to.equal(404);
      }
      expect(await wholeOf(owner)).to.deep.equal(before);
      expect(await wholeOf(intruder)).to.deep.equal(untouched);
    }
  });

  it('finds nothing where nothing is, and no name of the language as one', async () => {
    const member = await newMember();
    for (const [path, body] of FORMS)
      for (const id of ['nobody', '__proto__', 'constructor', '%00', '%ff', '..%2f..', 'a'.repeat(3000)]) {
        const url = path({ method: id, passkey: id, session: id, service: id });
        for (const answer of [await rawRequest(member.visitor, (await sharedServer()).origin + url)])
          expect(answer.status, url).to.be.oneOf([400, 404]);
        expect((await member.visitor.post(url, body)).status, url).to.be.oneOf([400, 404]);
      }
    expect(await member.history()).to.deep.equal(['account.created']);
  });

  it('leads whoever is not signed in to the sign-in, and from there to the page that was asked for', async () => {
    const member = await newMember();
    const server = await sharedServer();
    const elsewhere = server.visitor();
    for (const open of [() => elsewhere.open('/account/language'), () => elsewhere.post('/account/language', 'language=es')]) {
      await open();
      expect(elsewhere.page().url).to.match(/sign-in\/password$/);
    }
    const { email, password } = member.person;
    const signIn = () => elsewhere.press('Sign In', { 'Email address': email, Password: password });
    await enterCode(elsewhere, await codeAfter(server, email, signIn));
    expect(new URL(elsewhere.page().url).pathname).to.equal('/account/language');
    expect((await member.account()).language).to.equal('en');
  });

  it('asks a stale session for both factors again, before the page and before the change, and does nothing until then', async () => {
    const member = await newMember();
    const { visitor, person } = member;
    const server = await sharedServer();
    await visitor.open('/account/language');
    expect(visitor.page().heading).to.equal('In which language should we write to you?');
    server.clock.advance(301);
    await visitor.press('Save', { Spanish: true });
    expect(visitor.page().url).to.match(/sign-in\/password$/);
    expect((await member.account()).language).to.equal('en');
    const before = (await server.received(person.email)).length;
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await visitor.open('/account/language');
    expect(visitor.page().url, 'the password alone').to.match(/sign-in\/password$/);
    server.clock.advance(60);
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await enterCode(visitor, (await server.newest(person.email, before + 2)).codes[0]!);
    expect(new URL(visitor.page().url).pathname).to.equal('/account/language');
    expect((await member.account()).language).to.equal('en');
    await visitor.press('Save', { Spanish: true });
    expect((await member.account()).language).to.equal('es');
  });

  it('wants the stronger method of an account that has one', async () => {
    const server = await sharedServer();
    const member = await newMember({ email: true, app: true });
    const { visitor, person } = member;
    await visitor.press('Sign out');
    const before = (await server.received(person.email)).length;
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await visitor.press('Continue', { Email: true });
    await enterCode(visitor, (await server.newest(person.email, before + 1)).codes[0]!);
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
    await visitor.open('/account/questions');
    expect(visitor.page().url).to.match(/sign-in\/password$/);
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    server.clock.advance(60);
    await enterCode(visitor, await appCode(server, person.secret!));
    expect(new URL(visitor.page().url).pathname).to.equal('/account/questions');
  });

  it('leaves one method when each is removed at the same moment, and says so to whoever came late', async () => {
    const member = await newMember({ app: true });
    const { origin } = await sharedServer();
    const [app] = (await member.account()).methods;
    const ids = [app!.id, await addPhone(member)];
    const cookie = await member.visitor.jar.getCookieString(origin);
    const remove = (id: string) =>
      fetch(`${origin}/account/methods/${id}/remove`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
        body: '',
      });
    const answers = await Promise.all([...ids, ...ids, ...ids, ...ids].map(remove));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => ![303, 409].includes(status))).to.deep.equal([]);
    const led = answers.flatMap(({ headers }) => headers.get('location') ?? []);
    expect(led.filter((location) => location === '/account?changed=remove-method')).to.have.length(1);
    expect(led.filter((location) => !/^\/account\?(changed|already)=remove-method$/.test(location))).to.deep.equal([]);
    expect((await member.account()).methods).to.have.length(1);
    expect((await member.history()).filter((type) => type === 'method.removed')).to.have.length(1);
  });

  it('leads the second of two clicks, and whoever comes back, to where the first was led, with a word', async () => {
    // What happened: the second POST of a double click without scripts, and the back button, were answered with "page not found".
    const member = await newMember({ app: true });
    const { visitor } = member;
    const { deps, origin, clock } = await sharedServer();
    const { id } = await member.account();
    const [here] = await deps.sessions.of(id);
    // Another code of the app than the one that was used.
    clock.advance(60);
    await otherDevice(member);
    await enterService(member);
    const ids = await idsOf(member);
    const other = (await deps.sessions.of(id)).find((session) => session.id !== here!.id)!;
    await visitor.open(`${origin}/account`);
    for (const [path, back] of [
      [`/account/methods/${ids.method}/remove`, '/account'],
      [`/account/passkeys/${ids.passkey}/remove`, '/account'],
      [`/account/sessions/${other.id}/end`, '/account/security'],
      ['/account/services/myuscis/withdraw', '/account/security'],
    ] as const) {
      const before = (await member.history()).length;
      const clicks = await Promise.all([0, 1, 2].map(() => postOnce(visitor, path)));
      expect(clicks.map(({ status }) => status)).to.deep.equal([303, 303, 303]);
      expect(clicks.filter(({ location }) => location?.startsWith(`${back}?changed=`))).to.have.length(1);
      for (const act of [() => visitor.open(path), () => visitor.post(path, '')]) {
        await act();
        const { status, url, text } = visitor.page();
        expect([status, new URL(url).pathname], path).to.deep.equal([200, back]);
        expect(text).to.include('That was done already. Nothing was changed now.');
      }
      expect((await member.history()).length, path).to.equal(before + 1);
    }
    const told = (await toldOf(member)).filter((subject) => !subject.includes('sign-in'));
    expect(told).to.have.length(4);
  });

  it('takes no form of another site', async () => {
    const member = await newMember();
    const page = await member.visitor.post('/account/language', 'language=es', { 'sec-fetch-site': 'cross-site' });
    expect(page.status).to.equal(403);
    expect((await member.account()).language).to.equal('en');
  });

  it('does nothing for a session that was ended from elsewhere, however fresh it was', async () => {
    const member = await newMember();
    const elsewhere = await otherDevice(member);
    await elsewhere.open('/account/sessions/end-others');
    await elsewhere.press('Sign out other devices');
    expect((await member.visitor.post('/account/language', 'language=es')).url).to.match(/sign-in\/password$/);
    expect((await member.account()).language).to.equal('en');
  });
});
