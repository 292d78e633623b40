/** Signing in with a passkey alone, from the page of the password. */
import { expect } from 'chai';
import type { AuditLog } from '../../../src/audit/audit-store.ts';
import type { Write } from '../../../src/mongo/transaction.ts';
import { password } from '../../../src/sign-in/password.ts';
import { untilDelivered } from '../../support/delivered.ts';
import { newPasskeyMember, type PasskeyMember } from '../../support/passkey-people.ts';
import { type AnyVisit, answerOf, commit, press, problemAt, sharedServer, visitOf } from '../../support/shared-server.ts';
import { askedOn, type Bent, copyOf, createAuthenticator, useOn } from '../../support/software-authenticator.ts';
import { atOnce } from '../../support/store-parts.ts';
import type { Visitor } from '../../support/visitor.ts';

describe('steps/judge-passkey', () => {
  let member: PasskeyMember;
  before(async () => {
    member = await newPasskeyMember();
  });

  const atSignIn = async (): Promise<Visitor> => {
    const visitor = (await sharedServer()).visitor();
    await visitor.open('/');
    return visitor;
  };
  const isSignedIn = (visitor: Visitor) => visitor.page().heading.startsWith('Welcome');
  /** What the page would ask of the device in this visit, signed. */
  const signed = async (visit: AnyVisit, { device }: PasskeyMember = member, bent: Bent = {}) => {
    const { deps } = await sharedServer();
    return device.get(((await password.show(deps, visit)) as { options: never }).options, bent);
  };
  const give = (visit: AnyVisit, credential: string) => press(password, visit, { credential }, 'passkey');
  const mailsTo = async (to: string) => {
    const { deps, received } = await sharedServer();
    await untilDelivered({ deps });
    return (await received(to)).map(({ subject }) => subject);
  };
  const REFUSED = 'We refused a passkey of your account';

  it('signs in without a password or a code, at the highest level, and says so', async () => {
    const { deps } = await sharedServer();
    const visitor = await atSignIn();
    await useOn(visitor, member.device);
    expect(isSignedIn(visitor), visitor.page().text).to.equal(true);
    const [event] = (await deps.audit.of((await member.account()).id)).filter(({ type }) => type === 'sign-in.succeeded');
    expect(event).to.deep.include({ method: 'passkey', acr: deps.config.policy.acrValues[2] });
    expect((await member.account()).passkeys[0]!.lastUsedAt).to.not.equal(null);
  });

  it('gives the key and the time of the proof, and no method to choose from', async () => {
    const visit = visitOf();
    const answer = answerOf(await give(visit, await signed(visit)));
    expect(answer).to.deep.include({ accountId: (await member.account()).id, methods: [], tooWeak: false, offerAfter: [] });
    expect(answer.passkey).to.include({ key: 'swk' });
  });

  it('is enough where the service demands the highest level, and more than one that demands less', async () => {
    const { config } = await sharedServer();
    for (const acr of config.policy.acrValues) {
      const visit = visitOf();
      const demanding = { ...visit, interaction: { ...visit.interaction, wanted: { acr, essential: true } } };
      expect(answerOf(await give(demanding, await signed(demanding)))).to.include({ tooWeak: false });
    }
  });

  it('asks for terms that have changed all the same', async () => {
    const { deps } = await sharedServer();
    const { id, terms } = await member.account();
    await commit([deps.accounts.acceptTerms(id, '2020-01-01')]);
    const visit = visitOf();
    expect(answerOf(await give(visit, await signed(visit)))).to.include({ termsChanged: true });
    await commit([deps.accounts.acceptTerms(id, terms.version)]);
  });

  describe('refuses, and says in words what to do', () => {
    const WRONG: Readonly<Record<string, Bent>> = {
      'a foreign origin': { origin: 'https://evil.example' },
      'another relying party': { rpId: 'evil.example' },
      'a user who was not verified': { verified: false },
      'a user who was not there': { present: false },
      'a challenge of its own': { challenge: 'AAAA' },
      'no name of an account': { userHandle: null },
      'the name of another account': { userHandle: 'AAAA' },
      'a registration in its place': { type: 'webauthn.create' },
    };
    for (const [what, bent] of Object.entries(WRONG))
      it(what, async () => {
        const visitor = await atSignIn();
        const page = await useOn(visitor, member.device, bent);
        expect([page.status, isSignedIn(visitor)]).to.deep.equal([422, false]);
        expect(page.text).to.include('This passkey did not work here. Try again, or sign in another way.');
        await useOn(visitor, member.device);
        expect(isSignedIn(visitor), 'tried again').to.equal(true);
      });

    it('a passkey that nobody has', async () => {
      const { origin } = await sharedServer();
      const stranger = createAuthenticator(origin);
      stranger.create({ challenge: 'AAAA', rp: { id: 'localhost' }, user: { id: 'AAAA' } });
      const page = await useOn(await atSignIn(), stranger);
      expect(page.text).to.include('We do not know this passkey.');
    });

    it('a passkey that was removed', async () => {
      const { deps } = await sharedServer();
      const other = await newPasskeyMember();
      await commit([deps.accounts.removePasskey((await other.account()).id, other.device.made[0]!.id)]);
      expect((await useOn(await atSignIn(), other.device)).text).to.include('We do not know this passkey.');
    });

    it("somebody's passkey with another one's signature", async () => {
      const other = await newPasskeyMember();
      const visit = visitOf();
      const [mine, theirs] = [JSON.parse(await signed(visit)), JSON.parse(await signed(visit, other))];
      const mixed = JSON.stringify({ ...theirs, response: { ...mine.response, userHandle: theirs.response.userHandle } });
      expect(problemAt(await give(visit, mixed), 'form')).to.equal('problems.passkey_failed');
    });

    it('what was signed on the page of another journey', async () => {
      const [one, two] = [await atSignIn(), await atSignIn()];
      const foreign = member.device.get(askedOn(one));
      const page = await two.press('Sign in with a passkey', { '#credential': foreign });
      expect([page.status, isSignedIn(two)]).to.deep.equal([422, false]);
    });

    it('what is older than five minutes; the page that says so asks anew', async () => {
      const { clock } = await sharedServer();
      const visitor = await atSignIn();
      const late = member.device.get(askedOn(visitor));
      clock.advance(301);
      const page = await visitor.press('Sign in with a passkey', { '#credential': late });
      expect(page.text).to.include('This page was open for too long to use a passkey. Try again now.');
      await useOn(visitor, member.device);
      expect(isSignedIn(visitor)).to.equal(true);
    });

    it('anything that is no answer of a browser, without failing', async () => {
      const visitor = await atSignIn();
      const good = JSON.parse(member.device.get(askedOn(visitor)));
      const bent = [
        ...['', ' ', 'null', '{}', '[]', '"x"', '{', '{"id":{"$ne":""}}', '['.repeat(20_000), 'x'.repeat(60_000)],
        ...Object.keys(good.response).flatMap((field) =>
          ['', 'AA', '!', null, 7, {}, 'A'.repeat(9000)].map((value) =>
            JSON.stringify({ ...good, response: { ...good.response, [field]: value } }),
          ),
        ),
        ...['id', 'rawId', 'type', 'response'].flatMap((field) =>
          ['', 'AA', null, 7, []].map((value) => JSON.stringify({ ...good, [field]: value })),
        ),
      ];
      for (const credential of bent) {
        const page = await visitor.press('Sign in with a passkey', { '#credential': credential });
        expect(page.status, credential.slice(0, 200)).to.equal(422);
        expect(page.root.querySelectorAll('.error-summary li'), credential.slice(0, 200)).to.have.length(1);
      }
    });
  });

  describe('counts', () => {
    it('one use of what was signed, of sixteen at once', async () => {
      const visit = visitOf();
      const credential = await signed(visit);
      const { won, failures } = await atOnce(16, async () => {
        const outcome = await give(visit, credential);
        if (outcome.kind !== 'advance') throw new Error(JSON.stringify(outcome));
        await commit(outcome.writes);
      });
      expect(won).to.equal(1);
      for (const lost of failures) expect((lost as Error).name).to.equal('AlreadyUsed');
    });

    it('one use of what was signed, sent sixteen times to the page: nobody is told anything else than that they are in', async () => {
      const { deps } = await sharedServer();
      const visitor = await atSignIn();
      const { url, body } = visitor.formOf('Sign in with a passkey', { '#credential': member.device.get(askedOn(visitor)) });
      const before = (await deps.audit.of((await member.account()).id)).filter(({ type }) => type === 'sign-in.succeeded').length;
      const pages = await Promise.all(Array.from({ length: 16 }, () => visitor.post(url, body.toString())));
      expect(pages.map(({ status }) => status)).to.deep.equal(pages.map(() => 200));
      const after = (await deps.audit.of((await member.account()).id)).filter(({ type }) => type === 'sign-in.succeeded').length;
      expect(after - before).to.equal(1);
    });

    it('says that it was used already where it comes again in the same journey', async () => {
      const visit = visitOf();
      const credential = await signed(visit);
      const first = await give(visit, credential);
      if (first.kind === 'advance') await commit(first.writes);
      const second = await give(visit, credential);
      expect(password.usedUp).to.deep.equal({ form: { key: 'problems.passkey_used' } });
      const lost = second.kind === 'advance' ? await commit(second.writes).catch((error: Error) => error.name) : second;
      expect(lost).to.equal('AlreadyUsed');
    });
  });

  describe('a passkey with a counter', () => {
    it('must count up; a copy of it is refused, and its owner is told once', async () => {
      const owner = await newPasskeyMember({ email: true }, { backupEligible: false });
      expect((await owner.account()).passkeys[0]!.key).to.equal('hwk');
      const use = async (counter: number) => {
        const visitor = await atSignIn();
        await useOn(visitor, owner.device, { counter }, copyOf(owner.device.made[0]!));
        return visitor;
      };
      expect(isSignedIn(await use(5))).to.equal(true);
      expect(isSignedIn(await use(9))).to.equal(true);
      const refused: Visitor[] = [];
      for (const counter of [9, 8, 1, 0]) refused.push(await use(counter));
      for (const visitor of refused) {
        expect([visitor.page().status, isSignedIn(visitor)]).to.deep.equal([422, false]);
        expect(visitor.page().text).to.include('We refused this passkey: its counter shows that somebody may have copied it.');
      }
      await (await sharedServer()).deps.audit.settled();
      expect((await owner.history()).filter((type) => type === 'passkey.refused')).to.have.length(4);
      expect((await mailsTo(owner.person.email)).filter((subject) => subject === REFUSED)).to.have.length(1);
      expect(isSignedIn(await use(10)), 'the genuine one').to.equal(true);
    });

    it('has a line in the log under the number of the request', async () => {
      const { deps } = await sharedServer();
      const owner = await newPasskeyMember();
      const first = visitOf();
      await commit(((await give(first, await signed(first, owner, { counter: 5 }))) as { writes: readonly Write[] }).writes);
      const lines: unknown[] = [];
      const note: AuditLog['note'] = (noted, reference) => {
        lines.push([noted.type, noted.accountId, reference]);
        deps.audit.note(noted, reference);
      };
      const visit = visitOf({}, { reference: 'BCDF-2345' });
      const credential = await signed(visit, owner, { counter: 4 });
      await password.actions.passkey!.run({ ...deps, audit: { ...deps.audit, note } }, visit, { credential });
      expect(lines).to.deep.equal([['passkey.refused', (await owner.account()).id, 'BCDF-2345']]);
    });

    it('wins once where two have the same count at once', async () => {
      const owner = await newPasskeyMember();
      const visits = Array.from({ length: 8 }, () => visitOf());
      const credentials = await Promise.all(visits.map((visit) => signed(visit, owner, { counter: 3 })));
      const { won, failures } = await atOnce(8, async (index) => {
        const outcome = await give(visits[index]!, credentials[index]!);
        if (outcome.kind !== 'advance') throw new Error(problemAt(outcome, 'form'));
        await commit(outcome.writes);
      });
      expect(won).to.equal(1);
      for (const lost of failures)
        expect([(lost as Error).name, (lost as Error).message]).to.satisfy((told: string[]) =>
          told.some((word) => ['AlreadyUsed', 'problems.passkey_copied'].includes(word)),
        );
      expect((await owner.account()).passkeys[0]!.counter).to.equal(3);
    });

    it('is no copy where it never counts', async () => {
      for (let times = 0; times < 3; times++) {
        const visitor = await atSignIn();
        await useOn(visitor, member.device, { counter: 0 });
        expect(isSignedIn(visitor)).to.equal(true);
      }
    });
  });

  it('is slowed down for a network with many failures, and not by what succeeds', async () => {
    const { deps } = await sharedServer();
    const ip = '198.51.100.77';
    for (let times = 0; times < 3; times++) {
      const visit = visitOf({}, { ip });
      const outcome = await give(visit, await signed(visit));
      if (outcome.kind === 'advance') await outcome.after?.();
    }
    const { left } = await deps.attempts.peek('password-network', ip);
    expect(left).to.equal(100);
    const visit = visitOf({}, { ip });
    const credential = await signed(visit, member, { verified: false });
    for (let times = 0; times < 100; times++) await give(visit, credential);
    expect(problemAt(await give(visit, credential), 'form')).to.equal('problems.wait');
  });
});
