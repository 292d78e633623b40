/**
 * E-mail addresses: what counts as one, and when two are the same. The duplicate policy, here and nowhere else: the domain is compared
 * without regard to case and in its ASCII form (RFC 5891), the local part without regard to case (RFC 5321 2.4 lets a host tell case
 * apart; none that matter do, and `Ana@x` beside `ana@x` would be two accounts for one mailbox). Dots and `+tags` are kept: what they
 * mean is the mail host's business.
 */
import { domainToASCII } from 'node:url';

export interface EmailAddress {
  /** What mail is sent to and pages show: the local part as typed, the domain in lower-case ASCII. */
  readonly address: string;
  /** What two addresses are compared by. */
  readonly canonical: string;
}

/** RFC 5321 4.5.3.1.3 allows a path of 256 octets, angle brackets included. */
const MAX_LENGTH = 254;

/** A dot-atom (RFC 5322 3.2.3). Quoted local parts are legal, and the way to smuggle a second address or a display name in: refused. */
const LOCAL_PART = /^(?=.{1,64}$)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;

/** Letters, marks and digits of any script; checked before `domainToASCII`, which decodes `%41` and drops invisible characters. */
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;

/** Two labels or more, the last not a number, so that no IP address passes (RFC 1123 2.1). */
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads exactly one plain address, or answers undefined: no list, display name, comment, quote, control character or inner space.
 * Full-width characters (an East Asian keyboard's `＠`) are folded first; what comes out is always ASCII, of at most 254 characters.
 */
export function parseEmailAddress(text: string): EmailAddress | undefined {
  if (text.length > 4 * MAX_LENGTH || /[\r\n\0]/.test(text)) return undefined;
  const [local, typedDomain, ...more] = text.trim().normalize('NFKC').split('@');
  if (local === undefined || typedDomain === undefined || more.length > 0) return undefined;
  if (!LOCAL_PART.test(local) || !TYPED_DOMAIN.test(typedDomain)) return undefined;
  const domain = domainToASCII(typedDomain);
  const address = `${local}@${domain}`;
  if (!ASCII_DOMAIN.test(domain) || address.length > MAX_LENGTH) return undefined;
  return { address, canonical: address.toLowerCase() };
}

/** `ana@x.test` → `a•••@x.test`: enough to recognise one's own address, and always three dots, so that its length stays untold. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at > 0 ? 1 : 0)}•••${at >= 0 ? address.slice(at) : ''}`;
}
