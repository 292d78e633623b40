import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Config } from '../../src/config.ts';
import { randomToken } from '../../src/crypto/random.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import {
  type Credential,
  readAssertion,
  registrationOptions,
  requestOptions,
  verifyAssertion,
  verifyRegistration,
} from '../../src/second-factor/passkey.ts';
import type { ChallengeFor } from '../../src/second-factor/passkey-challenge.ts';
import { type Bent, createAuthenticator } from '../support/software-authenticator.ts';

const ISSUER = 'https://account.example.org';
const HANDLE = 'an-account-id';
const REGISTER: ChallengeFor = { purpose: 'new-passkey', journeyId: 'a-journey', person: HANDLE };
const SIGN_IN: ChallengeFor = { purpose: 'sign-in', journeyId: 'a-journey' };

describe('passkeys', () => {
  let now: Date;
  const means = {
    config: { issuer: ISSUER } as Config,
    seal: createSeal(['a key of more than thirty-two characters, say']),
    clock: () => now,
    newId: () => randomToken(16),
  };
  const device = createAuthenticator(ISSUER);
  const person = { handle: HANDLE, address: 'ana@people.test', has: [] };

  beforeEach(() => {
    now = new Date();
  });

  const register = async (bent: Parameters<typeof device.create>[1] = {}, about = REGISTER) =>
    verifyRegistration(means, about, device.create(await registrationOptions(means, REGISTER, person, 'USCIS Account'), bent));

  async function registered(bent: Bent = {}): Promise<Credential> {
    const result = await register(bent);
    if (!result.ok) throw new Error(result.reason);
    return result.credential;
  }

  async function assert(credential: Credential, bent: Bent = {}, about = SIGN_IN) {
    const assertion = readAssertion(device.get(await requestOptions(means, SIGN_IN), bent))!;
    return verifyAssertion(means, about, assertion, credential);
  }

  describe('made', () => {
    it('asks for one that can be found by itself, with its user verified, and for no attestation', async () => {
      const has = [{ id: 'AQID', transports: ['usb', 'carrier pigeon'] }];
      const options = await registrationOptions(means, REGISTER, { ...person, has }, 'USCIS Account');
      expect(options).to.deep.include({
        attestation: 'none',
        rp: { name: 'USCIS Account', id: 'account.example.org' },
        user: { id: Buffer.from(HANDLE).toString('base64url'), name: 'ana@people.test', displayName: 'ana@people.test' },
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        timeout: 300_000,
      });
      expect(options.pubKeyCredParams.map(({ alg }) => alg)).to.deep.equal([-8, -7, -257]);
      expect(options.excludeCredentials).to.deep.equal([{ id: 'AQID', transports: ['usb'], type: 'public-key' }]);
      expect(Buffer.from(options.challenge, 'base64url').length).to.be.greaterThan(16);
    });

    it('keeps the key, the counter, the ways to it, and where the key stays', async () => {
      const credential = await registered({ counter: 7 });
      expect(credential).to.deep.include({ id: device.made.at(-1)!.id, counter: 7, transports: ['hybrid', 'internal'], key: 'swk' });
      expect(credential.publicKey).to.match(/^[\w-]+$/);
      expect((await registered({ backupEligible: false })).key).to.equal('hwk');
    });

    it('takes an attestation by the key itself', async () => expect((await register({ format: 'packed' })).ok).to.equal(true));

    it('refuses an attestation that was not asked for, before its certificates are looked at', async () => {
      for (const format of ['apple', 'android-safetynet', 'android-key', 'tpm', 'fido-u2f', 'nonsense'])
        expect(await register({ format })).to.include({ ok: false, reason: 'an attestation that was not asked for' });
      expect(await register({ format: 'packed', x5c: true })).to.include({ reason: 'an attestation that was not asked for' });
    });

    const WRONG: Readonly<Record<string, Parameters<typeof device.create>[1]>> = {
      'a foreign origin': { origin: 'https://account.example.net' },
      'another port': { origin: `${ISSUER}:8443` },
      'another relying party': { rpId: 'example.org' },
      'a user who was not verified': { verified: false },
      'a user who was not there': { present: false },
      'an assertion in its place': { type: 'webauthn.get' },
      'a challenge of its own': { challenge: 'AAAA' },
      'a key that is backed up and cannot be': { backupEligible: false, backedUp: true },
    };
    for (const [what, bent] of Object.entries(WRONG))
      it(`refuses ${what}`, async () => expect(await register(bent)).to.include({ ok: false, why: 'refused' }));

    it('refuses a challenge of another journey, person or purpose, and one that is too old', async () => {
      for (const other of [{ journeyId: 'another' }, { person: 'somebody else' }, { purpose: 'sign-in' } as const])
        expect(await register({}, { ...REGISTER, ...other })).to.include({ ok: false, why: 'refused' });
      const made = device.create(await registrationOptions(means, REGISTER, person, 'USCIS Account'));
      now = new Date(now.getTime() + 301_000);
      expect(await verifyRegistration(means, REGISTER, made)).to.include({ ok: false, why: 'expired' });
    });
  });

  describe('used', () => {
    it('asks for its user to be verified, and names the passkeys that would do where they are known', async () => {
      expect(await requestOptions(means, SIGN_IN)).to.deep.include({
        rpId: 'account.example.org',
        userVerification: 'required',
        allowCredentials: [],
      });
      const { allowCredentials } = await requestOptions(means, SIGN_IN, [{ id: 'AQID', transports: ['nfc'] }]);
      expect(allowCredentials).to.deep.equal([{ id: 'AQID', transports: ['nfc'], type: 'public-key' }]);
    });

    it('tells its counter, its account, and the challenge to use up', async () => {
      const credential = await registered();
      const options = await requestOptions(means, SIGN_IN);
      const assertion = readAssertion(device.get(options, { counter: 12 }))!;
      expect(assertion).to.include({ id: credential.id, handle: HANDLE });
      expect(await verifyAssertion(means, SIGN_IN, assertion, credential)).to.deep.equal({
        ok: true,
        counter: 12,
        challenge: options.challenge,
      });
      expect(readAssertion(device.get(options, { userHandle: null }))!.handle).to.equal(undefined);
    });

    const WRONG: Readonly<Record<string, Bent>> = {
      'a foreign origin': { origin: 'https://account.example.net' },
      'a page without encryption': { origin: 'http://account.example.org' },
      'another relying party': { rpId: 'example.org' },
      'a user who was not verified': { verified: false },
      'a user who was not there': { present: false },
      'a registration in its place': { type: 'webauthn.create' },
      'a challenge of its own': { challenge: 'AAAA' },
      'a page inside of another site': { crossOrigin: true, topOrigin: 'https://evil.example' },
    };
    for (const [what, bent] of Object.entries(WRONG))
      it(`refuses ${what}`, async () => expect(await assert(await registered(), bent)).to.include({ ok: false, why: 'refused' }));

    it('refuses a challenge of another journey or purpose, and one that is too old', async () => {
      const credential = await registered();
      for (const other of [{ journeyId: 'another' }, { purpose: 'second-factor' } as const])
        expect(await assert(credential, {}, { ...SIGN_IN, ...other })).to.include({ ok: false, why: 'refused' });
      const assertion = readAssertion(device.get(await requestOptions(means, SIGN_IN)))!;
      now = new Date(now.getTime() + 301_000);
      expect(await verifyAssertion(means, SIGN_IN, assertion, credential)).to.include({ ok: false, why: 'expired' });
    });

    it('tells the log nothing that could be used', async () => {
      const options = await requestOptions(means, SIGN_IN);
      const credential = await registered();
      const assertion = readAssertion(device.get(options))!;
      const refused = await verifyAssertion(means, { ...SIGN_IN, journeyId: 'another' }, assertion, credential);
      expect(refused).to.deep.equal({ ok: false, why: 'refused', reason: 'challenge foreign' });
    });

    it("refuses somebody else's passkey, a bent signature, and an id that is not its own", async () => {
      const [first, second] = [await registered(), await registered()];
      expect(await assert(first)).to.include({ ok: false });
      expect(await assert({ ...first, id: second.id })).to.include({ ok: false });
      const assertion = readAssertion(device.get(await requestOptions(means, SIGN_IN)))!;
      const flipped = Buffer.from(assertion.response.signature, 'base64url');
      flipped[flipped.length - 1]! ^= 1;
      const bent = { ...assertion, response: { ...assertion.response, signature: flipped.toString('base64url') } };
      expect(await verifyAssertion(means, SIGN_IN, bent, second)).to.include({ ok: false });
      expect(await verifyAssertion(means, SIGN_IN, assertion, { ...second, id: first.id })).to.include({ ok: false });
      expect(await verifyAssertion(means, SIGN_IN, assertion, second)).to.include({ ok: true });
    });
  });

  describe('garbage', () => {
    const digest = createHash('sha256').update('x').digest('base64url');
    const GARBAGE = [
      '',
      ' ',
      'null',
      '[]',
      '1',
      '"x"',
      '{',
      '{}',
      '{"__proto__":{"id":"x"}}',
      JSON.stringify({ id: 'x', rawId: 'x', type: 'public-key' }),
      JSON.stringify({ id: 'x', rawId: 'x', type: 'public-key', response: null }),
      JSON.stringify({ id: { $ne: '' }, rawId: 'x', type: 'public-key', response: {} }),
      JSON.stringify({ id: 'x', rawId: 'x', type: 'public-key', response: { clientDataJSON: 'x', attestationObject: 'x' } }),
      JSON.stringify({ id: 'x'.repeat(5000), rawId: 'x', type: 'public-key', response: {} }),
      JSON.stringify({
        id: digest,
        rawId: digest,
        type: 'public-key',
        response: { clientDataJSON: 'bnVsbA', authenticatorData: 'AAAA', signature: 'AAAA', attestationObject: 'oA' },
      }),
      JSON.stringify({
        id: digest,
        rawId: digest,
        type: 'public-key',
        response: { clientDataJSON: 'e30', authenticatorData: digest, signature: digest, userHandle: 'AA', attestationObject: digest },
      }),
      '['.repeat(50_000),
    ];
    it('is refused, whatever it is', async () => {
      const credential = await registered();
      for (const json of GARBAGE) {
        expect(await verifyRegistration(means, REGISTER, json), json.slice(0, 80)).to.include({ ok: false, why: 'refused' });
        const assertion = readAssertion(json);
        if (assertion)
          expect(await verifyAssertion(means, SIGN_IN, assertion, credential), json.slice(0, 80)).to.include({ ok: false, why: 'refused' });
      }
    });

    it('is refused wherever it stands in what was good', async () => {
      const good = JSON.parse(device.create(await registrationOptions(means, REGISTER, person, 'USCIS Account')));
      for (const field of ['clientDataJSON', 'attestationObject'])
        for (const value of ['', 'AA', '!', 5, null, {}, good.response[field].slice(0, 40)]) {
          const json = JSON.stringify({ ...good, response: { ...good.response, [field]: value } });
          expect(await verifyRegistration(means, REGISTER, json), `${field} ${value}`).to.include({ ok: false });
        }
    });
  });
});
