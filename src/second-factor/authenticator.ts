/**
 * Authenticator apps: time-based one-time passwords (RFC 6238; SHA-1, six digits, steps of 30 seconds, which is what every app reads
 * from a QR code). That a step is accepted once, ever, is for the caller to keep: it saves the step that `verifyAuthenticatorCode`
 * answers and passes it as `afterStep` the next time (RFC 6238 5.2).
 */
import { generateSecret, generateURI, verify } from 'otplib';
import qrcode from 'qrcode';
import { readCode } from './one-time-code.ts';

const STEP_SECONDS = 30;

/** 20 random bytes, as long as the digest (RFC 4226 4, R6), in base32: 32 characters. To be kept sealed. */
export const createSecret = (): string => generateSecret({ length: 20 });

/** `otpauth://totp/…` as apps read it. A colon would end the issuer early, so it is left out of it. */
export const otpauthUri = (input: { issuer: string; account: string; secret: string }): string =>
  generateURI({ issuer: input.issuer.replaceAll(':', ' ').replace(/\s+/g, ' ').trim(), label: input.account, secret: input.secret });

/** The secret in groups of four, to be read and typed. */
export const groupSecret = (secret: string): string[] => secret.match(/.{1,4}/g) ?? [];

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/**
 * The QR code as an SVG element to be put into a page as it is: no inline style (the page's policy refuses it), black on its own white
 * ground with the quiet zone of four modules (ISO/IEC 18004), its size left to the style sheet. `title` is its accessible name; without
 * one it is hidden from screen readers, and the element around it has to be named.
 */
export async function qrSvg(uri: string, title?: string): Promise<string> {
  const svg = await qrcode.toString(uri, {
    type: 'svg',
    margin: 4,
    errorCorrectionLevel: 'M',
    color: { dark: '#000000', light: '#ffffff' },
  });
  if (title === undefined) return svg.trim().replace('<svg ', '<svg aria-hidden="true" focusable="false" ');
  const words = escapeXml(title);
  return svg.trim().replace('<svg ', `<svg role="img" aria-label="${words}" focusable="false" `).replace('>', `><title>${words}</title>`);
}

/**
 * Whether `code` (as typed) belongs to the step of `at` or to the one before it, and came after `afterStep`, the last one accepted:
 * then its step, else undefined. Nothing that can be typed makes it throw; a `secret` that is no base32 of 16 bytes or more does, for
 * it is a stored value gone bad.
 */
export async function verifyAuthenticatorCode(input: {
  secret: string;
  code: string;
  at: Date;
  afterStep?: number | undefined;
}): Promise<{ step: number } | undefined> {
  const token = readCode(input.code);
  const epoch = Math.floor(input.at.getTime() / 1000);
  // The library throws for a last step in the future, which a clock set back makes: such a code is a replay like any other.
  const current = Math.floor(epoch / STEP_SECONDS);
  if (token === undefined || (input.afterStep ?? -1) >= current) return undefined;
  const result = await verify({
    secret: input.secret,
    token,
    epoch,
    period: STEP_SECONDS,
    epochTolerance: [STEP_SECONDS, 0],
    ...(input.afterStep === undefined ? {} : { afterTimeStep: input.afterStep }),
  });
  return result.valid && 'timeStep' in result ? { step: result.timeStep } : undefined;
}
