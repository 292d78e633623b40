/** Addresses in client metadata, judged by how they are written. */
import { isIP } from 'node:net';

const LONGEST = 2048;

/** What no address may have, whatever it is for. Said so that it goes on from the name of its field. */
export function uriFault(uri: unknown): string | undefined {
  if (typeof uri !== 'string') return 'must be an address';
  if (uri.length > LONGEST) return `must have at most ${LONGEST} characters`;
  // The parser drops or turns some of these, so that the address would lead elsewhere than it says.
  if (/[^\x21-\x7e]|\\/.test(uri)) return 'must have visible ASCII characters alone, and no backslash';
  const parsed = URL.parse(uri);
  if (!parsed) return 'must be an absolute address';
  // Both of these the parser mends, so that what is compared by the letter is not what is gone to.
  if (/^https?:(?!\/\/[^/?])/i.test(uri)) return 'must have two slashes and a host after its scheme';
  if (uri.includes('#')) return 'must not have a fragment';
  if (uri.includes('*')) return 'must not have a wildcard';
  if (parsed.username !== '' || parsed.password !== '' || /^[^/]*\/\/[^/?]*@/.test(uri)) return 'must not have a user name or password';
  return undefined;
}

/** RFC 8252 7.3 and 8.3. As `URL.hostname` has it. */
export const isLoopback = (hostname: string): boolean =>
  ['localhost', '[::1]'].includes(bare(hostname)) || bare(hostname).endsWith('.localhost') || /^127(?:\.\d+){3}$/.test(hostname);

const INTERNAL = /\.(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/;

/** Why a host looks as if it were inside: an IP address (of any kind), or a name that no other network knows. */
export function internalHost(hostname: string): 'address' | 'name' | undefined {
  const host = bare(hostname);
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) return 'address';
  return host === 'localhost' || INTERNAL.test(host) || !host.includes('.') ? 'name' : undefined;
}

/** The dot at its end says only that it is whole. */
const bare = (hostname: string): string => hostname.toLowerCase().replace(/\.$/, '');
