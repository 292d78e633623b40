/** What a resource server must check before it believes an access token: RFC 9068 section 4, RFC 8725. */
import { errors, jwtVerify } from 'jose';
import type { IssuerKeys } from '../issuer-keys.ts';

/** The token is not good; the message may be told to the caller. Anything else that is thrown means: could not be checked. */
export class InvalidToken extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'InvalidToken';
  }
}

export interface AccessToken {
  readonly sub: string;
}

/** Faults of the token itself; a JWKS that can't be fetched is not among them and must not read as "invalid token". */
const FAULTS: Readonly<Record<string, string>> = {
  [errors.JWTExpired.code]: 'The access token has expired.',
  [errors.JWTClaimValidationFailed.code]: 'The access token is not for this API.',
  [errors.JWSSignatureVerificationFailed.code]: 'The signature of the access token is wrong.',
  [errors.JWSInvalid.code]: 'The access token is not a JWT.',
  [errors.JWTInvalid.code]: 'The access token is not a JWT.',
  [errors.JOSEAlgNotAllowed.code]: 'The access token is signed with an algorithm that is not accepted.',
  [errors.JOSENotSupported.code]: 'The access token is not of a kind that is accepted.',
  [errors.JWKSNoMatchingKey.code]: 'The access token is signed with an unknown key.',
  [errors.JWKSMultipleMatchingKeys.code]: 'The access token does not say which key signed it.',
};

/** Verifies a JWT access token for `audience`. Throws `InvalidToken`. */
export const verifyAccessToken = async (
  token: string,
  expected: { keys: IssuerKeys; audience: string; now: Date },
): Promise<AccessToken> => {
  try {
    const { payload } = await jwtVerify(token, expected.keys.get(), {
      issuer: expected.keys.issuer(),
      audience: expected.audience,
      algorithms: [...expected.keys.algorithms],
      typ: 'at+jwt',
      requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id'],
      clockTolerance: 5,
      currentDate: expected.now,
    });
    if (typeof payload.sub !== 'string' || payload.sub === '') throw new InvalidToken('The access token names nobody.');
    return { sub: payload.sub };
  } catch (error) {
    const message = error instanceof errors.JOSEError ? FAULTS[error.code] : undefined;
    throw message ? new InvalidToken(message, error) : error;
  }
};
