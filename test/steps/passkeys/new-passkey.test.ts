import { expect } from 'chai';
import { addPasskey } from '../../../src/account-changes/add-passkey.ts';
import type { Passkey } from '../../../src/accounts/account.ts';
import { addPasskey as addPasskeyTo, type Member, newMember } from '../../support/member.ts';
import { newPasskeyMember, toNewPasskey } from '../../support/passkey-people.ts';
import { answerOf, commit, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';
import { askedOn, type Bent, createAuthenticator, createOn } from '../../support/software-authenticator.ts';
import { atOnce, failure } from '../../support/store-parts.ts';

describe('steps/new-passkey', () => {
  const [step] = addPasskey.steps;

  it('makes a passkey and names it after the device', async () => {
    const { visitor, account, device, history } = await newPasskeyMember();
    expect(new URL(visitor.page().url).pathname).to.equal('/account');
    const [passkey] = (await account()).passkeys as [Passkey];
    expect(passkey).to.deep.include({
      id: device.made[0]!.id,
      counter: 0,
      key: 'swk',
      transports: ['hybrid', 'internal'],
      lastUsedAt: null,
    });
    expect(passkey.name).to.not.equal('');
    expect(await history()).to.include('passkey.added');
  });

  it('tells the owner', async () => {
    const { newest } = await sharedServer();
    const { person } = await newPasskeyMember();
    expect((await newest(person.email, 2)).subject).to.equal('A passkey was added to your account');
  });

  it('takes the name that its owner gives it, and offers the device for one', async () => {
    const member = await newMember();
    const visitor = await toNewPasskey(member);
    expect(visitor.fieldOf('Name of the passkey').getAttribute('value')).to.equal('');
    const device = createAuthenticator((await sharedServer()).origin);
    const credential = device.create(askedOn(visitor));
    await visitor.press('Create a passkey', { '#credential': credential, 'Name of the passkey': '  Mi teléfono 📱 ' });
    expect((await member.account()).passkeys.map(({ name }) => name)).to.deep.equal(['Mi teléfono 📱']);
  });

  it('makes none beside twenty, and the pages offer none', async () => {
    const member = await newMember();
    for (let index = 0; index < 19; index++) await addPasskeyTo(member);
    const visitor = await toNewPasskey(member);
    await addPasskeyTo(member);
    await createOn(visitor, createAuthenticator((await sharedServer()).origin));
    expect(visitor.page().status).to.equal(422);
    expect(visitor.page().text).to.include('Your account can have 20 passkeys, and has them all already.');
    expect((await member.account()).passkeys).to.have.length(20);
    for (const path of ['/account', '/account/security']) {
      await visitor.open(path);
      expect(visitor.page().text, path).to.include('You have 20 passkeys, and there can be no more.');
      expect(visitor.page().root.querySelector('a[href="/account/change/add-passkey"]'), path).to.equal(null);
    }
  });

  it('says what a name may not be, and keeps what was typed', async () => {
    const visitor = await toNewPasskey(await newMember());
    const device = createAuthenticator((await sharedServer()).origin);
    for (const [name, said] of [
      ['x'.repeat(41), 'It can be up to 40 characters long.'],
      ['turned \u202e around', 'The name has characters that cannot be shown. Use letters, numbers and spaces.'],
    ] as const) {
      const page = await visitor.press('Create a passkey', {
        '#credential': device.create(askedOn(visitor)),
        'Name of the passkey': name,
      });
      expect(page.status).to.equal(422);
      expect(page.text).to.include(said);
      expect(visitor.fieldOf('Name of the passkey').getAttribute('value')).to.equal(name);
    }
  });

  it('asks the browser for none that the account has', async () => {
    const member = await newPasskeyMember();
    const asked = askedOn(await toNewPasskey(member)) as { excludeCredentials: { id: string }[]; user: { id: string } };
    expect(asked.excludeCredentials.map(({ id }) => id)).to.deep.equal([member.device.made[0]!.id]);
    expect(Buffer.from(asked.user.id, 'base64url').toString()).to.equal((await member.account()).id);
  });

  const WRONG: Readonly<Record<string, Bent>> = {
    'a foreign origin': { origin: 'https://evil.example' },
    'another relying party': { rpId: 'evil.example' },
    'a user who was not verified': { verified: false },
    'a challenge of its own': { challenge: 'AAAA' },
  };
  for (const [what, bent] of Object.entries(WRONG))
    it(`refuses ${what}, and says so`, async () => {
      const member = await newMember();
      const page = await createOn(await toNewPasskey(member), createAuthenticator((await sharedServer()).origin), bent);
      expect(page.status).to.equal(422);
      expect(page.text).to.include('The passkey could not be added. Try again.');
      expect((await member.account()).passkeys).to.deep.equal([]);
    });

  it('refuses a challenge that is older than five minutes, and gives another', async () => {
    const { clock, origin } = await sharedServer();
    const member = await newMember();
    const visitor = await toNewPasskey(member);
    const device = createAuthenticator(origin);
    clock.advance(301);
    expect((await createOn(visitor, device)).text).to.include('This page was open for too long to use a passkey.');
    await createOn(visitor, device);
    expect((await member.account()).passkeys).to.have.length(1);
  });

  it('refuses what was made on the page of another journey, or for another person', async () => {
    const [one, two] = [await newMember(), await newMember()];
    const device = createAuthenticator((await sharedServer()).origin);
    const foreign = device.create(askedOn(await toNewPasskey(one)));
    const page = await (await toNewPasskey(two)).press('Create a passkey', { '#credential': foreign });
    expect([page.status, (await two.account()).passkeys.length]).to.deep.equal([422, 0]);
    const { deps } = await sharedServer();
    const visit = visitOf({ from: { accountId: (await one.account()).id } });
    const { options } = (await step!.show(deps, visit)) as { options: never };
    const made = device.create(options);
    const other = { ...visit, answers: { from: { accountId: (await two.account()).id } } };
    expect(problemAt(await press(step!, other, { credential: made }), 'form')).to.equal('problems.passkey_not_made');
    expect(answerOf(await press(step!, visit, { credential: made }))).to.include({ person: (await one.account()).id });
  });

  it('refuses a passkey that somebody has, whoever it is', async () => {
    const { device } = await newPasskeyMember();
    const member = await newMember();
    const visitor = await toNewPasskey(member);
    const { deps } = await sharedServer();
    const visit = visitOf({ from: { accountId: (await member.account()).id } });
    const { options } = (await step!.show(deps, visit)) as { options: never };
    const made = JSON.parse(device.create(options)) as { id: string };
    // Its id is in what the device signed for; that it is known is found before anything is kept.
    const known = await newMember();
    await commit([
      deps.accounts.addPasskey((await known.account()).id, { id: made.id, publicKey: 'AA', counter: 0, transports: [], name: 'x' }),
    ]);
    expect(problemAt(await press(step!, visit, { credential: JSON.stringify(made) }), 'form')).to.equal('problems.passkey_taken');
    expect(visitor.page().status).to.equal(200);
  });

  it('uses each challenge once, however many send it at once', async () => {
    const { deps } = await sharedServer();
    const member: Member = await newMember();
    const visit = visitOf({ from: { accountId: (await member.account()).id } });
    const { options } = (await step!.show(deps, visit)) as { options: never };
    const credential = createAuthenticator((await sharedServer()).origin).create(options);
    const { won, failures } = await atOnce(16, async () => {
      const outcome = await press(step!, visit, { credential });
      if (outcome.kind === 'advance') await commit(outcome.writes);
    });
    expect(won).to.equal(1);
    for (const lost of failures) expect((lost as Error).name).to.equal('AlreadyUsed');
  });

  it('is no 500 for anything that a script may send', async () => {
    const visitor = await toNewPasskey(await newMember());
    for (const credential of ['', ' ', 'null', '{}', '[]', '"x"', '{"id":1}', '['.repeat(20_000), 'x'.repeat(60_000), '{"response":{}}']) {
      const page = await visitor.press('Create a passkey', { '#credential': credential });
      expect(page.status, credential.slice(0, 20)).to.equal(422);
      expect(page.root.querySelectorAll('.error-summary li')).to.have.length(1);
    }
  });

  it('adds one of two that are sent for the same account at once, or both, but none twice', async () => {
    const { deps, origin } = await sharedServer();
    const member = await newMember();
    const visit = visitOf({ from: { accountId: (await member.account()).id } });
    const { options } = (await step!.show(deps, visit)) as { options: never };
    const answer = answerOf(await press(step!, visit, { credential: createAuthenticator(origin).create(options) })) as never as {
      passkey: Passkey;
    };
    const { id } = await member.account();
    await commit([deps.accounts.addPasskey(id, answer.passkey)]);
    expect(await failure(commit([deps.accounts.addPasskey(id, answer.passkey)]))).to.include({ code: 'changed_elsewhere' });
    expect((await member.account()).passkeys).to.have.length(1);
  });
});
