/**
 * An authenticator in software (WebAuthn Level 3, 6): it makes passkeys and signs with them as devices do, or otherwise than they may, where a
 * test says so. P-256 and attestation `none`, with node:crypto alone, so that it shares nothing with what judges it.
 */
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { Visitor } from './visitor.ts';

/** The flags of authenticator data (WebAuthn 6.1), as a device of today that keeps passkeys in its owner's cloud has them. */
export interface Flags {
  readonly present?: boolean;
  readonly verified?: boolean;
  /** The passkey may travel to other devices. */
  readonly backupEligible?: boolean;
  readonly backedUp?: boolean;
}

/** What a test may bend. */
export interface Bent extends Flags {
  readonly counter?: number;
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  readonly userHandle?: string | null;
  /** Another one than the page gave. */
  readonly challenge?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
}

export interface Made {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly userHandle: string;
  counter: number;
}

interface CreationOptions {
  readonly challenge: string;
  readonly rp: { readonly id?: string | undefined };
  readonly user: { readonly id: string };
}
interface RequestOptions {
  readonly challenge: string;
  readonly rpId?: string | undefined;
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();
const base64url = (data: string | Buffer) => Buffer.from(data).toString('base64url');

/** CBOR (RFC 8949) of what is needed here: small integers, byte strings, text, and maps in the order given. */
function cbor(value: number | string | Buffer | ReadonlyMap<number | string, unknown>): Buffer {
  const head = (major: number, length: number): Buffer => {
    if (length < 24) return Buffer.from([(major << 5) | length]);
    if (length < 256) return Buffer.from([(major << 5) | 24, length]);
    return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
  };
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...(value as ReadonlyMap<number | string, never>)].flatMap(([key, inner]) => [cbor(key), cbor(inner)]);
  return Buffer.concat([head(5, (value as ReadonlyMap<unknown, unknown>).size), ...entries]);
}

export type SoftwareAuthenticator = ReturnType<typeof createAuthenticator>;

/** `origin`: of the page whose forms it fills in. `flags`: of this device, unless a ceremony says otherwise. */
export function createAuthenticator(origin: string, flags: Flags = {}) {
  const made: Made[] = [];
  const clientData = (type: string, challenge: string, bent: Bent) =>
    base64url(
      JSON.stringify({
        type: bent.type ?? type,
        challenge: bent.challenge ?? challenge,
        origin: bent.origin ?? origin,
        crossOrigin: bent.crossOrigin ?? false,
        ...(bent.topOrigin && { topOrigin: bent.topOrigin }),
      }),
    );
  const dataOf = (rpId: string, counter: number, bent: Bent, attested?: Buffer) => {
    const { present = true, verified = true, backupEligible = true, backedUp = backupEligible } = { ...flags, ...bent };
    const bits = (present ? 0x01 : 0) | (verified ? 0x04 : 0) | (backupEligible ? 0x08 : 0) | (backedUp ? 0x10 : 0) | (attested ? 0x40 : 0);
    const count = Buffer.alloc(4);
    count.writeUInt32BE(bent.counter ?? counter);
    return Buffer.concat([sha256(bent.rpId ?? rpId), Buffer.from([bits]), count, attested ?? Buffer.alloc(0)]);
  };

  return {
    made,
    /** A new passkey: `RegistrationResponseJSON`, as a page posts it. */
    create({ challenge, rp, user }: CreationOptions, bent: Bent & { readonly format?: string; readonly x5c?: true } = {}): string {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
      const [id, coordinates] = [randomBytes(32), [x, y].map((part) => Buffer.from(part, 'base64url'))];
      const key = cbor(
        new Map<number, number | Buffer>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, coordinates[0]!],
          [-3, coordinates[1]!],
        ]),
      );
      const length = Buffer.from([0, id.length]);
      const authData = dataOf(rp.id ?? '', 0, bent, Buffer.concat([Buffer.alloc(16), length, id, key]));
      const clientDataJSON = clientData('webauthn.create', challenge, bent);
      const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
      const statement = new Map<string, unknown>(
        bent.format === 'packed'
          ? [['alg', -7], ['sig', sign('sha256', signed, privateKey)], ...(bent.x5c ? ([['x5c', new Map()]] as const) : [])]
          : [],
      );
      const attestation = new Map<string, unknown>([
        ['fmt', bent.format ?? 'none'],
        ['attStmt', statement],
        ['authData', authData],
      ]);
      made.push({ id: base64url(id), privateKey, userHandle: user.id, counter: bent.counter ?? 0 });
      return JSON.stringify({
        id: base64url(id),
        rawId: base64url(id),
        type: 'public-key',
        clientExtensionResults: {},
        authenticatorAttachment: 'platform',
        response: { clientDataJSON, attestationObject: base64url(cbor(attestation as never)), transports: ['hybrid', 'internal'] },
      });
    },
    /** Signs with the newest passkey, or this one: `AuthenticationResponseJSON`. Its counter stays 0, as it does where passkeys travel. */
    get({ challenge, rpId = '' }: RequestOptions, bent: Bent = {}, passkey: Made | undefined = made.at(-1)): string {
      if (!passkey) throw new Error('this authenticator has no passkey');
      const authenticatorData = dataOf(rpId, passkey.counter, bent);
      const clientDataJSON = clientData('webauthn.get', challenge, bent);
      const signed = Buffer.concat([authenticatorData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
      const userHandle = bent.userHandle === undefined ? passkey.userHandle : bent.userHandle;
      return JSON.stringify({
        id: passkey.id,
        rawId: passkey.id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON,
          authenticatorData: base64url(authenticatorData),
          signature: base64url(sign('sha256', signed, passkey.privateKey)),
          ...(userHandle !== null && { userHandle }),
        },
      });
    },
  };
}

/** What the page that is open asks the browser for. */
export function askedOn(visitor: Visitor): never {
  const form = visitor.page().root.querySelector('[data-passkey]');
  if (!form) throw new Error(`nothing is asked of a passkey on ${visitor.page().url}: ${visitor.page().text.slice(0, 300)}`);
  return JSON.parse(form.getAttribute('data-options')!) as never;
}

/** Presses "Create a passkey" on the page that is open, as its script does. */
export const createOn = (visitor: Visitor, device: SoftwareAuthenticator, bent: Bent = {}) =>
  visitor.press('Create a passkey', { '#credential': device.create(askedOn(visitor), bent) });

/** Uses the newest passkey of this device on the sign-in page, or the page of the second factor. */
export const useOn = (visitor: Visitor, device: SoftwareAuthenticator, bent: Bent = {}, passkey?: Made) =>
  visitor.press(visitor.page().heading === 'Use your passkey' ? 'Use passkey' : 'Sign in with a passkey', {
    '#credential': device.get(askedOn(visitor), bent, passkey),
  });

/** The key of a passkey that was kept somewhere else, so that another authenticator can sign with it: a copy. */
export const copyOf = (passkey: Made): Made => ({
  ...passkey,
  privateKey: createPrivateKey(passkey.privateKey.export({ format: 'pem', type: 'pkcs8' })),
});
