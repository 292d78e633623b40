/**
 * What every answer to a request must be like, however bad that was. Judged by plain comparisons: there are tens of thousands of
 * answers, and each assertion of a library costs more than what it asserts.
 */
import type { Got } from './fuzz.ts';
import { FOREIGN } from './fuzz-values.ts';

/** RFC 6749, 6750, 7009, 7591, 8707, 9126, 9449, 9470, OpenID Connect Core, Registration and "Unmet Authentication Requirements". */
const REGISTERED = new Set(
  `invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope access_denied unsupported_response_type
  temporarily_unavailable invalid_token insufficient_scope unsupported_token_type invalid_redirect_uri invalid_client_metadata
  invalid_target invalid_request_uri invalid_request_object request_not_supported request_uri_not_supported registration_not_supported
  interaction_required login_required account_selection_required consent_required invalid_dpop_proof use_dpop_nonce
  insufficient_user_authentication unmet_authentication_requirements unsupported_response_mode`.split(/\s+/),
);
/** RFC 6749 5.2; in answers to registrations it may be any printable ASCII (RFC 7591 3.2.2). */
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const STACK = /node_modules|\bat \S+ \(|\.[jt]s:\d+|MongoServer|TypeError|RangeError|SyntaxError/;
const RAW_MARKUP = /<script>alert|<svg onload/i;

interface Judging {
  readonly issuer: string;
  /** The registered addresses that an answer may be sent to. */
  readonly redirects: ReadonlySet<string>;
}

function must(holds: boolean, what: string, seen: unknown): asserts holds {
  if (!holds) throw new Error(`${what}: ${String(seen).slice(0, 300)}`);
}

/** Judges answers, and collects the error codes that were seen. */
export function createJudge({ issuer, redirects }: Judging) {
  const codes = new Set<string>();

  function judgeError(error: unknown, description: unknown, allowed = DESCRIPTION): void {
    must(REGISTERED.has(String(error)), 'an error that is registered and no fault of ours', error);
    codes.add(String(error));
    if (description === undefined || description === null) return;
    must(typeof description === 'string' && allowed.test(description), 'a description of allowed characters', description);
    must(!STACK.test(description) && !RAW_MARKUP.test(description), 'a description without code', description);
  }

  function judgeRedirect(location: string, state: string | undefined): void {
    must(/^[\x21-\x7e]+$/.test(location), 'an address of visible characters', location);
    const to = new URL(location, issuer);
    if (to.origin === issuer) {
      must(location.startsWith('/') || location.startsWith(`${issuer}/`), 'an address here', location);
      must(/^\/(?:authorize|interaction|logout)(?:\/[\w-]+)?$/.test(to.pathname), 'an address that is known here', location);
      return;
    }
    must(redirects.has(to.origin + to.pathname), 'a registered address', location);
    const answer = to.hash ? new URLSearchParams(to.hash.slice(1)) : to.searchParams;
    if (answer.has('error')) judgeError(answer.get('error'), answer.get('error_description'));
    if (!answer.has('error') && !answer.has('code')) return;
    must(answer.get('iss') === issuer, 'iss', location);
    must(state === undefined || answer.get('state') === state, 'the state that was sent', location);
  }

  function judgePage(text: string): void {
    must(text.includes('<main'), 'a whole page', text);
    must(!RAW_MARKUP.test(text), 'no markup from outside', text);
    must(!STACK.test(text), 'no stack', text);
    for (const [, address = ''] of text.matchAll(/(?:href|src|action)="([^"]*)"/g)) {
      must(!/^\s*(?:javascript|data):/i.test(address), 'a link that runs nothing', address);
      must(!address.includes(FOREIGN), 'no link to a stranger', address);
    }
    const form = /<form id="op\.form"[^>]* action="([^"]*)"/.exec(text)?.[1];
    must(form === undefined || form.startsWith(issuer) || redirects.has(form), 'a form to a registered address', form);
    const [, error, description] = /<code lang="en">(\w+)(?:: ([^<]*))?<\/code>/.exec(text) ?? [];
    if (error !== undefined) judgeError(error, description?.replace(/&#?\w+;/g, ''));
  }

  interface Of {
    readonly method: string;
    /** What an answer must come back with. */
    readonly state?: string | undefined;
    readonly registration?: boolean;
  }

  function judge({ status, headers, text }: Got, { state, method, registration = false }: Of): void {
    must(status >= 200 && status <= 499, 'a status from 200 to 499', status);
    must(headers['x-evil'] === undefined, 'no header from outside', headers['x-evil']);
    must(!headers['set-cookie']?.join().includes('evil'), 'no cookie from outside', headers['set-cookie']);
    // Refused by Node, before anything of ours sees it.
    if (status === 431) return;
    must(headers['x-content-type-options'] === 'nosniff', 'nosniff', headers['x-content-type-options']);
    if (headers.location !== undefined) {
      judgeRedirect(headers.location, state);
      return;
    }
    must(status < 300 || status > 399, 'an address that it redirects to', status);
    if (text === '' && (method === 'HEAD' || status < 300)) return;
    const type = headers['content-type'] ?? '';
    if (type.startsWith('text/html')) {
      judgePage(text);
      return;
    }
    must(/^application\/(?:json|jwk-set\+json|jwt)/.test(type), 'a page or JSON', type);
    must(!STACK.test(text), 'no stack', text);
    if (status < 400) return;
    const { error, error_description: description, ...more } = JSON.parse(text);
    judgeError(error, description, registration ? /^[\x20-\x7e]*$/ : DESCRIPTION);
    const others = Object.keys(more).filter((name) => !['state', 'iss', 'scope'].includes(name));
    must(others.length === 0, 'nothing beside the error', others);
  }
  return { judge, codes };
}
