/**
 * Passkeys (WebAuthn Level 3): what a page asks a browser for, and what of the browser's answer is believed. The device has always verified
 * its user, by fingerprint, face or PIN: one passkey is two factors.
 */
import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { CHALLENGE_SECONDS, type ChallengeFor, type ChallengeVerdict, judgeChallenge, makeChallenge } from './passkey-challenge.ts';

type Means = Pick<Deps, 'config' | 'seal' | 'clock' | 'newId'>;

/** What is kept of a passkey; `id` and `publicKey` (COSE) in base64url. */
export interface Credential {
  readonly id: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  /** Whether its key stays in one device (`hwk`) or travels between them (`swk`; RFC 8176). */
  readonly key: 'hwk' | 'swk';
}

/** `expired`: the page was open for too long. `refused`: anything else that does not hold; the reason is for the log. */
export type Refused = { readonly ok: false; readonly why: 'expired' | 'refused'; readonly reason: string };

/** EdDSA, ES256 and RS256. Pinned: what the library offers beyond them depends on the Node that runs it. */
const ALGORITHMS = [-8, -7, -257];
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const;
type Transport = (typeof TRANSPORTS)[number];

/** The relying party is the host of the issuer, its only origin the issuer's. */
const realmOf = ({ config }: Pick<Deps, 'config'>) => {
  const { hostname, origin } = new URL(config.issuer);
  return { rpID: hostname, origin };
};
const transportsOf = (given: readonly string[] | undefined): Transport[] => TRANSPORTS.filter((transport) => given?.includes(transport));
const descriptor = ({ id, transports }: Pick<Credential, 'id' | 'transports'>) => ({ id, transports: transportsOf(transports) });

/** `PublicKeyCredentialCreationOptionsJSON`. `handle`: the account's id, by which the passkey will name its account. */
export function registrationOptions(
  deps: Means,
  about: ChallengeFor,
  person: { readonly handle: string; readonly address: string; readonly has: readonly Pick<Credential, 'id' | 'transports'>[] },
  rpName: string,
) {
  return generateRegistrationOptions({
    rpName,
    rpID: realmOf(deps).rpID,
    userID: new Uint8Array(Buffer.from(person.handle)),
    userName: person.address,
    userDisplayName: person.address,
    challenge: makeChallenge(deps, about),
    timeout: CHALLENGE_SECONDS * 1000,
    attestationType: 'none',
    excludeCredentials: person.has.map(descriptor),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

/** `PublicKeyCredentialRequestOptionsJSON`. Without `allowed` the person chooses among all that they have for this site. */
export function requestOptions(deps: Means, about: ChallengeFor, allowed: readonly Pick<Credential, 'id' | 'transports'>[] = []) {
  return generateAuthenticationOptions({
    rpID: realmOf(deps).rpID,
    challenge: makeChallenge(deps, about),
    timeout: CHALLENGE_SECONDS * 1000,
    allowCredentials: allowed.map(descriptor),
    userVerification: 'required',
  });
}

const base64url = z.string().regex(/^[\w-]+$/);
const common = { id: base64url.max(1400), rawId: base64url, type: z.literal('public-key') };
const registrationShape = z.object({
  ...common,
  response: z.object({ clientDataJSON: base64url, attestationObject: base64url, transports: z.array(z.string()).max(20).optional() }),
});
const assertionShape = z.object({
  ...common,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.max(200).nullish(),
  }),
});

export type Assertion = z.infer<typeof assertionShape> & {
  /** The account that the passkey says it belongs to; an authenticator that was told which passkey to use may leave it out. */
  readonly handle: string | undefined;
};

const parsed = <Shape extends z.ZodType>(shape: Shape, json: string): z.output<Shape> | undefined => {
  try {
    return shape.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
};

/** What a browser posted, if it has the shape of an assertion. Nothing of it is proven yet. */
export function readAssertion(json: string): Assertion | undefined {
  const read = parsed(assertionShape, json);
  const handle = read?.response.userHandle;
  return read && { ...read, handle: handle ? Buffer.from(handle, 'base64url').toString('utf8') : undefined };
}

/** Takes the challenge of an answer down, and whether it may be used. */
function challengeJudge(deps: Means, about: ChallengeFor) {
  const judged: { challenge: string; verdict: ChallengeVerdict } = { challenge: '', verdict: 'foreign' };
  const expectedChallenge = (challenge: string) => {
    Object.assign(judged, { challenge, verdict: judgeChallenge(deps, about, challenge) });
    return judged.verdict === 'good';
  };
  const refused = (cause: unknown): Refused => {
    const { challenge, verdict } = judged;
    // The library's own words would repeat the challenge.
    const reason = challenge && verdict !== 'good' ? `challenge ${verdict}` : cause instanceof Error ? cause.message : String(cause);
    return { ok: false, why: verdict === 'expired' ? 'expired' : 'refused', reason: reason.slice(0, 200) };
  };
  return { judged, expectedChallenge, refused };
}

/** `json`: a `RegistrationResponseJSON`. `challenge` is to be used up in the transaction that keeps the passkey (WebAuthn 7.1). */
export async function verifyRegistration(
  deps: Means,
  about: ChallengeFor,
  json: string,
): Promise<{ readonly ok: true; readonly credential: Credential; readonly challenge: string } | Refused> {
  const { judged, expectedChallenge, refused } = challengeJudge(deps, about);
  const response = parsed(registrationShape, json);
  if (!response) return refused('not a registration');
  try {
    if (!isUnattested(response.response.attestationObject)) return refused('an attestation that was not asked for');
    const { rpID, origin } = realmOf(deps);
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: response as unknown as RegistrationResponseJSON,
      expectedChallenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return refused('not verified');
    const { credential, credentialDeviceType } = registrationInfo;
    const { id, counter } = credential;
    const publicKey = Buffer.from(credential.publicKey).toString('base64url');
    const key = credentialDeviceType === 'singleDevice' ? 'hwk' : 'swk';
    return {
      ok: true,
      challenge: judged.challenge,
      credential: { id, publicKey, counter, transports: transportsOf(credential.transports), key },
    };
  } catch (reason) {
    return refused(reason);
  }
}

/** None, or by the key itself. Checking the certificates of others could make the library fetch what an attacker's certificate names. */
function isUnattested(attestationObject: string): boolean {
  const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const format = decoded.get('fmt');
  return format === 'none' || (format === 'packed' && decoded.get('attStmt').get('x5c') === undefined);
}

/**
 * Whether this passkey signed for this page, its user verified (WebAuthn 7.2). The counter is for the caller to judge: `counter` is what the
 * authenticator says. `challenge` is to be used up together with what this is good for.
 */
export async function verifyAssertion(
  deps: Means,
  about: ChallengeFor,
  assertion: Assertion,
  { id, publicKey }: Pick<Credential, 'id' | 'publicKey'>,
): Promise<{ readonly ok: true; readonly counter: number; readonly challenge: string } | Refused> {
  const { judged, expectedChallenge, refused } = challengeJudge(deps, about);
  const { rpID, origin } = realmOf(deps);
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: assertion as unknown as AuthenticationResponseJSON,
      expectedChallenge,
      expectedOrigin: origin,
      expectedRPID: rpID,
      requireUserVerification: true,
      credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter: 0 },
    });
    if (!verified || assertion.id !== id) return refused('not verified');
    return { ok: true, counter: authenticationInfo.newCounter, challenge: judged.challenge };
  } catch (reason) {
    return refused(reason);
  }
}
