/** Who somebody is, to whom (OpenID Connect Core 8). */
import { expect } from 'chai';
import { testDatabase } from '../../support/mongo.ts';
import { CLIENTS, openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { type Browser, createBrowser, createRelyingParty } from '../../support/relying-party.ts';

describe('oidc: subjects', function () {
  this.timeout(60_000);
  const SECTOR = 'https://sector.example/addresses.json';
  const inSector = (name: string, change = {}) => ({
    client_id: name,
    client_secret: SECRET,
    first_party: true,
    redirect_uris: [`https://${name}.example/cb`],
    sector_identifier_uri: SECTOR,
    ...change,
  });
  let op: TestProvider;
  let browser: Browser;
  const real = globalThis.fetch;

  before(async () => {
    const listed = ['https://one.example/cb', 'https://two.example/cb', 'https://plain.example/cb'];
    // What stands there is the world's, and not reached from here.
    globalThis.fetch = async (url, init) => (String(url) === SECTOR ? Response.json(listed) : real(url, init));
    const clients = [...CLIENTS, inSector('one'), inSector('two'), inSector('plain', { subject_type: 'public' }), inSector('unlisted')];
    op = await openTestProvider({ db: await testDatabase(), clients });
    browser = createBrowser(op.issuer);
  });
  after(() => {
    globalThis.fetch = real;
  });

  const subOf = async (client: string, redirect = `https://${client}.example/cb`) =>
    (await (await createRelyingParty(op.issuer, client, redirect)).signIn(browser)).claims()!.sub;

  it('OP-09: are the same within a sector_identifier_uri, others elsewhere, and plain where the operator says so', async () => {
    const one = await subOf('one');
    expect(one).to.match(/^[\w-]{43}$/);
    expect(await subOf('two')).to.equal(one);
    expect(await subOf('service', 'https://service.example/callback')).not.to.equal(one);
    expect(await subOf('plain')).to.equal('ann');
  });

  it('OP-09: are of one person, and say the same in the ID token, at UserInfo and in introspection', async () => {
    const party = await createRelyingParty(op.issuer, 'one', 'https://one.example/cb');
    const tokens = await party.signIn(browser);
    const { sub } = tokens.claims()!;
    expect((await party.userInfo(tokens.access_token, sub)).sub).to.equal(sub);
    expect((await party.introspect(tokens.access_token)).sub).to.equal(sub);
    op.state.resolve = op.as(op.person('bob').id);
    browser = createBrowser(op.issuer);
    expect(await subOf('one')).not.to.equal(sub);
  });

  it('OP-09: are there when the host of the sector is away, which was asked when the record was made', async () => {
    const another = await openTestProvider({ db: op.db, clients: [] });
    const asked = globalThis.fetch;
    globalThis.fetch = async (url, init) => (String(url) === SECTOR ? Response.error() : real(url, init));
    try {
      const query = 'client_id=one&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fone.example%2Fcb&prompt=none';
      const pkce = 'code_challenge_method=S256&code_challenge=8S0R3Yws9-7bZ8DkqLzq1MSlxXrZQdrJgBCnN3QsrwU';
      const { url } = await createBrowser(another.issuer).open(`/authorize?${query}&${pkce}`);
      expect([url.origin, url.searchParams.get('error')]).to.deep.equal(['https://one.example', 'login_required']);
    } finally {
      globalThis.fetch = asked;
      await another.close();
    }
  });

  it('OP-09, CR-06: ask for the sector when a record is made or changed, not when a start finds it as it was', async () => {
    const asked = globalThis.fetch;
    let times = 0;
    globalThis.fetch = async (url, init) => {
      if (String(url) === SECTOR) times++;
      return String(url) === SECTOR ? Response.error() : real(url, init);
    };
    try {
      const startWith = async (change: object) => {
        times = 0;
        const another = await openTestProvider({ db: op.db, clients: [inSector('two', change)] });
        await another.close();
        return [times, another.logged.some((line) => line.includes('a client of clients.json was refused'))];
      };
      expect(await startWith({})).to.deep.equal([0, false]);
      expect(await startWith({ client_name: 'Two' })).to.deep.equal([1, true]);
    } finally {
      globalThis.fetch = asked;
    }
  });

  it('OP-09: are not shared by whoever merely names a sector', async () => {
    const answer = await browser.open('/authorize?client_id=unlisted&response_type=code&redirect_uri=https%3A%2F%2Funlisted.example%2Fcb');
    expect([answer.status, answer.body.includes('invalid_client')]).to.deep.equal([400, true]);
  });
});
