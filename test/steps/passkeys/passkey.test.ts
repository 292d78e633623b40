/** A passkey after the password, in place of a code. */
import { expect } from 'chai';
import { signIn } from '../../../src/sign-in/journey.ts';
import { password } from '../../../src/sign-in/password.ts';
import { untilDelivered } from '../../support/delivered.ts';
import { newPasskeyMember, type PasskeyMember } from '../../support/passkey-people.ts';
import { PASSWORD } from '../../support/people.ts';
import { answerOf, commit, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';
import { askedOn, type Bent, useOn } from '../../support/software-authenticator.ts';
import { atOnce } from '../../support/store-parts.ts';
import { authorizeUrl, MYUSCIS } from '../../support/tour.ts';
import type { Visitor } from '../../support/visitor.ts';

describe('steps/passkey', () => {
  const step = signIn.steps.find(({ name }) => name === 'passkey')!;
  let member: PasskeyMember;
  before(async () => {
    member = await newPasskeyMember();
  });

  /** On the page of the passkey: the password is given, and it is chosen. */
  async function toPasskey(who: PasskeyMember, to = '/'): Promise<Visitor> {
    const visitor = (await sharedServer()).visitor();
    await visitor.open(to);
    await visitor.press('Sign In', { 'Email address': who.person.email, Password: PASSWORD });
    if (visitor.page().url.endsWith('/choose-method')) await visitor.press('Continue', { Passkey: true });
    expect(visitor.page().url).to.match(/sign-in\/passkey$/);
    return visitor;
  }
  const isSignedIn = (visitor: Visitor) => visitor.page().heading.startsWith('Welcome');
  /** With the password of this member given. */
  const given = async (who: PasskeyMember) => {
    const visit = visitOf();
    const answer = answerOf(await press(password, visit, { email: who.person.email, password: PASSWORD }));
    return { ...visit, answers: { password: answer, 'choose-method': { id: 'passkey', method: 'passkey', at: '' } } };
  };
  const signed = async (visit: Awaited<ReturnType<typeof given>>, who: PasskeyMember, bent: Bent = {}) => {
    const { deps } = await sharedServer();
    return who.device.get(((await step.show(deps, visit)) as { options: never }).options, bent);
  };

  it('is one of the methods to choose from, names the passkeys that would do, and signs in at the highest level', async () => {
    const { deps } = await sharedServer();
    const visitor = await toPasskey(member);
    const asked = askedOn(visitor) as { allowCredentials: { id: string }[]; userVerification: string };
    expect(asked.allowCredentials.map(({ id }) => id)).to.deep.equal([member.device.made[0]!.id]);
    expect(asked.userVerification).to.equal('required');
    await useOn(visitor, member.device, { userHandle: null });
    expect(isSignedIn(visitor), visitor.page().text).to.equal(true);
    const [event] = (await deps.audit.of((await member.account()).id)).filter(({ type }) => type === 'sign-in.succeeded');
    expect(event).to.deep.include({ method: 'passkey', acr: deps.config.policy.acrValues[2] });
  });

  it('tells the service of the password and of the key', async () => {
    const { deps } = await sharedServer();
    const visit = await given(member);
    const outcome = await press(step, visit, { credential: await signed(visit, member) });
    const answers = { ...visit.answers, passkey: answerOf(outcome) };
    const { result } = await signIn.finish(deps, { ...visit, answers });
    expect(result).to.deep.nested.include({
      'login.acr': deps.config.policy.acrValues[2],
      'login.amr': ['pwd', 'pop', 'mfa', 'swk'],
    });
  });

  it('leads to another method', async () => {
    const visitor = await toPasskey(member);
    await visitor.follow('Get the code another way');
    expect(visitor.page().url).to.match(/choose-method$/);
    await visitor.press('Continue', { Email: true });
    expect(visitor.page().url).to.match(/email-code$/);
  });

  it('says where scripts do not run that it needs them', async () => {
    const visitor = await toPasskey(member);
    expect(visitor.page().html).to.match(/<noscript>.*Passkeys need JavaScript/s);
    const page = await visitor.press('Use passkey');
    expect([page.status, page.text.includes('Your browser sent no passkey.')]).to.deep.equal([422, true]);
  });

  const WRONG: Readonly<Record<string, Bent>> = {
    'a foreign origin': { origin: 'https://evil.example' },
    'another relying party': { rpId: 'evil.example' },
    'a user who was not verified': { verified: false },
    'a challenge of its own': { challenge: 'AAAA' },
    'the name of another account': { userHandle: 'AAAA' },
  };
  for (const [what, bent] of Object.entries(WRONG))
    it(`refuses ${what}, says so, and notes it in the history`, async () => {
      const before = (await member.history()).filter((type) => type === 'code.failed').length;
      const page = await useOn(await toPasskey(member), member.device, bent);
      expect(page.status).to.equal(422);
      expect(page.text).to.include('This passkey did not work here.');
      const { deps } = await sharedServer();
      await deps.audit.settled();
      expect((await member.history()).filter((type) => type === 'code.failed').length - before).to.equal(1);
    });

  it('tells the owner, whose password was right, once an hour', async () => {
    const { received, deps } = await sharedServer();
    const owner = await newPasskeyMember();
    const count = async () => {
      await untilDelivered({ deps });
      return (await received(owner.person.email)).length;
    };
    const visitor = await toPasskey(owner);
    const before = await count();
    await visitor.press('Use passkey');
    expect(await count(), 'nothing was tried').to.equal(before);
    for (let times = 0; times < 3; times++) await useOn(visitor, owner.device, { verified: false });
    expect(await count()).to.equal(before + 1);
  });

  it("refuses somebody else's passkey, whose password it is not", async () => {
    const other = await newPasskeyMember();
    const visit = await given(member);
    const theirs = other.device.get(((await step.show((await sharedServer()).deps, visit)) as { options: never }).options);
    expect(problemAt(await press(step, visit, { credential: theirs }), 'form')).to.equal('problems.passkey_failed');
  });

  it('refuses what was signed to sign in with the passkey alone, and the other way round', async () => {
    const { deps } = await sharedServer();
    const visit = await given(member);
    const alone = ((await password.show(deps, visit)) as { options: never }).options;
    expect(problemAt(await press(step, visit, { credential: member.device.get(alone) }), 'form')).to.equal('problems.passkey_failed');
    const second = await signed(visit, member);
    expect(problemAt(await press(password, visit, { credential: second }, 'passkey'), 'form')).to.equal('problems.passkey_failed');
  });

  it('does not count for the account whose password is given next', async () => {
    const other = await newPasskeyMember();
    const visit = await given(member);
    const answers = { ...visit.answers, passkey: answerOf(await press(step, visit, { credential: await signed(visit, member) })) };
    expect(signIn.answered('passkey', answers)).to.equal(true);
    const theirs = (await given(other)).answers.password;
    expect(signIn.answered('passkey', { ...answers, password: theirs })).to.equal(false);
  });

  it('uses one challenge once, of sixteen at once', async () => {
    const visit = await given(member);
    const credential = await signed(visit, member);
    const { won, failures } = await atOnce(16, async () => {
      const outcome = await press(step, visit, { credential });
      if (outcome.kind !== 'advance') throw new Error(problemAt(outcome, 'form'));
      await commit(outcome.writes);
    });
    expect(won).to.equal(1);
    for (const lost of failures) expect((lost as Error).name).to.equal('AlreadyUsed');
  });

  it('refuses a counter that has fallen', async () => {
    const owner = await newPasskeyMember();
    await useOn(await toPasskey(owner), owner.device, { counter: 20 });
    const page = await useOn(await toPasskey(owner), owner.device, { counter: 20 });
    expect(page.text).to.include('We refused this passkey: its counter shows that somebody may have copied it.');
  });

  describe('where a service demands a level', () => {
    const demand = async (place: 1 | 2, essential = true) => {
      const acr = (await sharedServer()).config.policy.acrValues[place]!;
      return (
        (await sharedServer()).origin + authorizeUrl(MYUSCIS, { claims: JSON.stringify({ id_token: { acr: { essential, value: acr } } }) })
      );
    };
    const methodsFor = async (who: PasskeyMember, to: string) => {
      const visitor = (await sharedServer()).visitor();
      await visitor.open(to);
      await visitor.press('Sign In', { 'Email address': who.person.email, Password: PASSWORD });
      return visitor;
    };

    it('offers the passkey alone where nothing else is phishing-resistant', async () => {
      const visitor = await methodsFor(member, await demand(2));
      expect(visitor.page().url).to.match(/sign-in\/passkey$/);
      expect(visitor.page().text).not.to.include('Get the code another way');
      await useOn(visitor, member.device);
      expect(new URL(visitor.page().url).pathname).to.match(/^\/(callback|interaction\/[\w-]+\/service-entry\/account-type)$/);
    });

    it('turns away who has no passkey', async () => {
      const { deps } = await sharedServer();
      const without = await newPasskeyMember({ email: true });
      await commit([deps.accounts.removePasskey((await without.account()).id, without.device.made[0]!.id)]);
      expect((await methodsFor(without, await demand(2))).page().url).to.match(/too-weak$/);
    });

    it('leaves the other methods where it is but a wish that the passkey alone could fulfil', async () => {
      const visitor = await methodsFor(member, await demand(2, false));
      expect(visitor.page().url).to.match(/choose-method$/);
      expect(visitor.page().text).to.include('Passkey').and.include('Email');
    });
  });
});
