import { expect } from 'chai';
import fc from 'fast-check';
import { faultOfRecord, faultOfRegistration, OWN_FIELDS } from '../../../src/oidc/clients/client-rules.ts';

const GOOD = { client_id: 'x', redirect_uris: ['https://x.example/cb'], response_types: ['code'] };
const PRODUCTION = { production: true };
const DEVELOPMENT = { production: false };
const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };

const faultOf = (more: object, where = PRODUCTION) => faultOfRecord({ ...GOOD, ...more }, where);
const uris = (...redirect_uris: unknown[]) => ({ redirect_uris });
const native = (...redirect_uris: string[]) => ({ application_type: 'native', redirect_uris });

describe('oidc/clients/client-rules', () => {
  it('takes a record that says what it may', () => {
    const record = {
      client_name: 'Servicio de Inmigración (Español)',
      client_uri: 'https://x.example/',
      logo_uri: 'https://cdn.x.example/logo.png',
      policy_uri: 'https://x.example/privacy',
      tos_uri: 'https://x.example/terms',
      jwks_uri: 'https://x.example/jwks',
      sector_identifier_uri: 'https://x.example/sector',
      backchannel_logout_uri: 'https://x.example/logout',
      initiate_login_uri: 'https://x.example/login',
      post_logout_redirect_uris: ['https://x.example/bye'],
      audiences: ['https://x.example/api', 'urn:example:api'],
      first_party: true,
      sandbox: false,
      require_pkce: false,
      fapi2: false,
    };
    expect(faultOf(record)).to.equal(undefined);
    expect(faultOf({ jwks: { keys: [KEY] } })).to.equal(undefined);
  });

  describe('CR-02: redirect addresses', () => {
    for (const [what, record] of [
      ['http', uris('http://evil.test/cb')],
      ['javascript', uris('javascript:alert(1)')],
      ['data', uris('data:text/html,x')],
      ['a fragment', uris('https://a.test/cb#x')],
      ['a wildcard', uris('https://*.a.test/cb')],
      ['an IPv4 address', uris('https://203.0.113.5/cb')],
      ['an IPv6 address', uris('https://[2001:db8::1]/cb')],
      ['an address in disguise', uris('https://0x7f.1/cb')],
      ['localhost', uris('https://localhost/cb')],
      ['localhost over http', uris('http://localhost:3000/cb')],
      ['another scheme', uris('com.example.app:/cb')],
      ['another user', uris('https://x.example@evil.test/cb')],
      ['one of two', uris('https://x.example/cb', 'http://x.example/cb')],
      ['no text', uris(5)],
      ['no list', { redirect_uris: 'https://x.example/cb' }],
      ['too many', uris(...Array.from({ length: 51 }, (_, i) => `https://x.example/${i}`))],
      ['javascript in an app', native('javascript:alert(1)')],
      ['data in an app', native('data:text/html,x')],
      ['an app over http', native('http://x.example/cb')],
      ['an app at an address', native('https://203.0.113.5/cb')],
      ['a scheme that is no domain', native('myapp:/cb')],
    ] as const)
      it(`refuses ${what}, for signing out as well`, () => {
        expect(faultOf(record)?.field).to.equal('redirect_uris');
        const { redirect_uris, ...rest } = record as { redirect_uris: unknown };
        expect(faultOf({ ...rest, post_logout_redirect_uris: redirect_uris })?.field).to.equal('post_logout_redirect_uris');
      });

    it('takes loopback addresses of apps (RFC 8252 7.3) and private-use schemes (7.1)', () => {
      expect(faultOf(native('http://127.0.0.1/cb', 'http://[::1]:0/cb', 'com.example.app:/cb', 'https://app.x.example/cb'))).to.equal(
        undefined,
      );
    });

    it('takes this machine for a sandbox, and in development, and no other over http', () => {
      const local = uris('http://localhost:3000/cb', 'http://127.0.0.1/cb', 'https://localhost/cb');
      expect(faultOf({ ...local, sandbox: true })).to.equal(undefined);
      expect(faultOf(local, DEVELOPMENT)).to.equal(undefined);
      for (const more of [uris('http://x.example/cb'), uris('http://10.0.0.1/cb'), uris('javascript://localhost/')]) {
        expect(faultOf({ ...more, sandbox: true })?.field).to.equal('redirect_uris');
        expect(faultOf(more, DEVELOPMENT)?.field).to.equal('redirect_uris');
      }
    });
  });

  describe('CR-02: what people are shown', () => {
    for (const field of ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'])
      for (const uri of ['http://x.example/', 'javascript:alert(1)', 'data:image/svg+xml,x', 'https://10.0.0.1/', 'x', 5])
        it(`refuses ${uri} as ${field}`, () => expect(faultOf({ [field]: uri })?.field).to.equal(field));

    for (const [what, name] of [
      ['too long', 'x'.repeat(101)],
      ['empty', ''],
      ['with spaces around it', ' Bank '],
      ['with a line break', 'Bank\nof'],
      ['with a control character', 'Ba\u0007nk'],
      ['that turns the writing', 'Bank \u202egnikcah'],
      ['with an isolate', 'Bank \u2066x'],
      ['with what nobody sees', 'Ba\u200bnk'],
      ['that is no text', 5],
    ] as const)
      it(`refuses a name ${what}`, () => expect(faultOf({ client_name: name })?.field).to.equal('client_name'));

    it('takes names in any writing', () => {
      for (const client_name of ['Büro', '移民サービス', 'خدمة الهجرة', 'x'.repeat(100)])
        expect(faultOf({ client_name }), client_name).to.equal(undefined);
    });
  });

  describe('CR-06: what is asked by us', () => {
    for (const field of ['jwks_uri', 'sector_identifier_uri', 'backchannel_logout_uri', 'initiate_login_uri'])
      for (const uri of [
        'http://x.example/a',
        'https://localhost/a',
        'https://127.0.0.1/a',
        'https://169.254.169.254/latest/meta-data',
        'https://[::1]/a',
        'https://[::ffff:10.0.0.1]/a',
        'https://db/a',
        'https://printer.local/a',
        'https://metadata.google.internal/a',
        'file:///etc/passwd',
      ])
        it(`refuses ${uri} as ${field} in production`, () => expect(faultOf({ [field]: uri })?.field).to.equal(field));

    it('may be this machine in development, and nothing else over http', () => {
      expect(faultOf({ jwks_uri: 'http://localhost:3001/jwks' }, DEVELOPMENT)).to.equal(undefined);
      expect(faultOf({ jwks_uri: 'http://10.0.0.1/jwks' }, DEVELOPMENT)?.field).to.equal('jwks_uri');
      expect(faultOf({ jwks_uri: 'http://localhost:3001/jwks', sandbox: true })?.field).to.equal('jwks_uri');
      expect(faultOf({ initiate_login_uri: 'http://localhost:3001/login', sandbox: true })).to.equal(undefined);
    });

    for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
      it(`refuses keys with the private part ${part}`, () =>
        expect(faultOf({ jwks: { keys: [KEY, { ...KEY, [part]: 'x' }] } })?.field).to.equal('jwks'));
    for (const [what, jwks] of [
      ['a secret', { keys: [{ kty: 'oct' }] }],
      ['no set', [KEY]],
      ['no keys', {}],
      ['keys without a kind', { keys: [{}] }],
      ['nothing', { keys: [null] }],
      ['a text', 'x'],
      ['a name with a NUL', { keys: [{ ...KEY, 'a\0': 1 }] }],
      ['what is nested without end', { keys: [KEY], x: JSON.parse(`${'['.repeat(1000)}${']'.repeat(1000)}`) }],
      ['an RSA key of 1024 bits', { keys: [{ kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 0xff).toString('base64url') }] }],
      ['an RSA key without a modulus', { keys: [{ kty: 'RSA', e: 'AQAB' }] }],
      ['too many', { keys: Array.from({ length: 21 }, () => KEY) }],
    ] as const)
      it(`refuses ${what} as keys`, () => expect(faultOf({ jwks })?.field).to.equal('jwks'));
    it('takes an RSA key of 2048 bits', () => {
      const n = Buffer.alloc(256, 0xff).toString('base64url');
      expect(faultOf({ jwks: { keys: [{ kty: 'RSA', e: 'AQAB', n }] } })).to.equal(undefined);
    });
    it('refuses keys and where they are at once', () => {
      expect(faultOf({ jwks: { keys: [KEY] }, jwks_uri: 'https://x.example/jwks' })?.field).to.equal('jwks');
    });
  });

  it('OA-01: exempts no public client from PKCE', () => {
    expect(faultOf({ require_pkce: false, token_endpoint_auth_method: 'none' })?.field).to.equal('require_pkce');
  });

  it('CR-05: knows code as the only response type', () => {
    for (const types of [['none'], ['code', 'none'], ['id_token'], ['code token'], 'code'])
      expect(faultOf({ response_types: types })?.field, String(types)).to.equal('response_types');
  });

  it('holds whoever says fapi2 to it', () => expect(faultOf({ fapi2: true })?.field).to.equal('token_endpoint_auth_method'));

  it('has flags and lists of what they are to be', () => {
    for (const field of ['first_party', 'sandbox', 'require_pkce', 'fapi2']) expect(faultOf({ [field]: 'yes' })?.field).to.equal(field);
    for (const audiences of ['x', ['x'], ['https://x.example/#x'], [5]]) expect(faultOf({ audiences })?.field).to.equal('audiences');
  });

  it('CR-02: leaves to the operator what only the operator may say', () => {
    for (const field of OWN_FIELDS.filter((name) => name !== 'fapi2'))
      expect(faultOfRegistration({ ...GOOD, [field]: field === 'audiences' ? [] : false })?.field, field).to.equal(field);
    expect(faultOfRegistration({ ...GOOD, subject_type: 'public' })?.field).to.equal('subject_type');
    expect(faultOfRegistration({ ...GOOD, subject_type: 'pairwise', fapi2: true })).to.equal(undefined);
  });

  it('throws at nothing, and names a field of the record', () => {
    const fields = ['redirect_uris', 'client_name', 'jwks', 'jwks_uri', 'logo_uri', 'response_types', 'audiences', 'fapi2', 'sandbox'];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.anything(), fc.boolean(), (field, value, production) => {
        const fault = faultOfRecord({ ...GOOD, [field]: value }, { production });
        expect(fault?.reason ?? 'must').to.match(/^(?:must|can|and)/);
      }),
      { seed: 7591, numRuns: 500 },
    );
  });
});
