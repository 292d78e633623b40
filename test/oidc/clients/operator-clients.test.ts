import { expect } from 'chai';
import { authorizationCodeGrant, ClientSecretBasic } from 'openid-client';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError } from '../../support/relying-party.ts';

const HOUR = 3600_000;

describe('oidc/clients/operator-clients', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let now = Date.now();
  const shop = { client_name: 'A Shop', redirect_uris: ['https://shop.example/cb'] };
  const NO_FILE = { clients: [], refusedClients: [] };
  const refusal = (work: Promise<unknown>) => work.then(String, (error: Error) => `${error.name} ${error.message}`);

  before(async () => {
    op = await openTestProvider({
      db: await testDatabase(),
      clients: [{ ...shop, client_id: 'in-file', client_secret: SECRET }],
      clock: () => new Date(now),
    });
  });

  it('CR-03: picks id and secret, of 256 bits, which works and is nowhere again', async () => {
    const { clientId, secret } = await op.clients.add({ ...shop, first_party: true });
    expect(clientId).to.match(/^[\w-]{22}$/);
    expect(secret).to.match(/^[\w-]{43}$/);
    const rp = await createRelyingParty(op.issuer, clientId, 'https://shop.example/cb', ClientSecretBasic(secret!));
    expect((await rp.signIn(createBrowser(op.issuer))).access_token).to.be.a('string');
    expect(op.logged.join()).not.to.contain(secret);
    expect(JSON.stringify(await op.db.collection('clients').find({}).toArray())).not.to.contain(secret);
    expect((await op.clients.get(clientId)).origin).to.equal('command');
  });

  it('says which stored records break a rule of today, in the list and once at each start, and can put them right', async () => {
    const stored = op.db.collection<{ _id: string; payload: object }>('clients');
    const { clientId, secret } = await op.clients.add(shop);
    const field = 'post_logout_redirect_uris';
    await stored.updateOne({ _id: clientId }, { $set: { [`payload.${field}`]: ['http://shop.example/out'] } });
    const listed = async () => (await op.clients.list()).flatMap(({ clientId, fault }) => (fault ? [`${clientId} ${fault.field}`] : []));
    expect(await listed()).to.deep.equal([`${clientId} ${field}`]);
    const said = op.logged.length;
    await op.clients.applyAtStart(NO_FILE);
    const lines = op.logged
      .slice(said)
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg.startsWith('a client is not served'));
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ level: 50, client: clientId, origin: 'command', field }).and.have.property('reason');
    const refused = await fetch(`${op.issuer}/authorize?client_id=${clientId}`);
    expect(refused.status).to.equal(400);
    expect(await refused.text()).to.include('invalid_client_metadata');
    const asked = await fetch(`${op.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'any', client_id: clientId, client_secret: secret! }),
    });
    expect([asked.status, ((await asked.json()) as { error: string }).error]).to.deep.equal([400, 'invalid_client_metadata']);
    await op.clients.change(clientId, { [field]: null });
    expect(await listed()).to.deep.equal([]);
  });

  it('takes an id and a secret that are given; gives no secret to whoever needs none', async () => {
    expect(await op.clients.add({ ...shop, client_id: 'mine', client_secret: SECRET })).to.deep.equal({ clientId: 'mine' });
    const app = { ...shop, client_id: 'app', token_endpoint_auth_method: 'none' };
    expect(await op.clients.add(app)).to.deep.equal({ clientId: 'app' });
    expect((await op.clients.get('app')).metadata).to.deep.equal(app);
  });

  for (const [what, record, message] of [
    ['an id that is taken', { ...shop, client_id: 'in-file' }, 'client_id: is taken'],
    ['the id of our own pages', { ...shop, client_id: 'account-pages' }, 'client_id: account-pages is built in'],
    ['an id with a space', { ...shop, client_id: 'a b' }, 'client_id: must be 1 to 255 visible ASCII characters'],
    ['an id that is no text', { ...shop, client_id: 7 }, 'client_id: must be 1 to 255 visible ASCII characters'],
    ['a weak secret', { ...shop, client_secret: 'weak' }, 'client_secret: must have at least 32 characters'],
    ['a grant that there is not', { ...shop, grant_types: ['password'] }, /^grant_types: can only contain /],
    ['an address in clear text', { redirect_uris: ['http://shop.example/cb'] }, /^redirect_uris: must begin with https:/],
    ['no address to return to', { client_name: 'x' }, /^redirect_uris: /],
    ['an address that is none', { redirect_uris: ['nowhere'] }, /./],
  ] as const)
    it(`CR-05: refuses ${what}, and says which field`, async () => {
      const count = (await op.clients.list()).length;
      const refused = await refusal(op.clients.add(record));
      expect(refused).to.match(/^ClientRefused /);
      if (typeof message === 'string') expect(refused).to.equal(`ClientRefused ${message}`);
      else expect(refused.slice('ClientRefused '.length)).to.match(message);
      expect(await op.clients.list()).to.have.length(count);
    });

  it('rotates a secret; the one before it is good for a day, or as long as is said', async () => {
    const { clientId, secret: first } = await op.clients.add(shop);
    const { secret, formerUntil } = await op.clients.rotateSecret(clientId);
    expect(secret)
      .to.match(/^[\w-]{43}$/)
      .and.not.to.equal(first);
    expect(formerUntil!.getTime()).to.equal(now + 24 * HOUR);
    expect(await refusal(op.clients.rotateSecret(clientId)), 'a third while two are good').to.match(
      /^ClientRefused client_secret: the one before the current one is good until \S+Z and would end now; /,
    );
    expect((await op.clients.get(clientId)).metadata.client_secret).to.equal(secret);
    expect((await op.clients.rotateSecret(clientId, 0)).formerUntil).to.equal(undefined);
    await op.clients.rotateSecret(clientId, 1);
    await op.clients.endFormerSecret(clientId);
    await op.clients.rotateSecret(clientId, 1);
    now += HOUR;
    await op.clients.rotateSecret(clientId, 1);
    for (const hours of [-1, 721, Number.NaN])
      expect(await refusal(op.clients.rotateSecret(clientId, hours))).to.equal('ClientRefused --keep: must be 0 to 720 hours');
  });

  it('rotates no secret that there is not, or that the file says', async () => {
    expect(await refusal(op.clients.rotateSecret('nobody'))).to.equal('ClientRefused client_id: there is no client of this id');
    expect(await refusal(op.clients.endFormerSecret('nobody'))).to.equal('ClientRefused client_id: there is no client of this id');
    expect(await refusal(op.clients.rotateSecret('app'))).to.equal('ClientRefused client_secret: there is none (none)');
    expect(await refusal(op.clients.rotateSecret('in-file'))).to.match(/^ClientRefused client_secret: is what clients\.json says/);
  });

  it('changes what is said and nothing else, within a second; takes away what is null', async () => {
    const { clientId, secret } = await op.clients.add({
      ...shop,
      first_party: true,
      client_uri: 'https://shop.example/',
      grant_types: ['authorization_code', 'refresh_token'],
    });
    const rp = await createRelyingParty(op.issuer, clientId, 'https://shop.example/cb', ClientSecretBasic(secret!));
    const browser = createBrowser(op.issuer);
    const { refresh_token } = await rp.signIn(browser);
    const fields = { client_name: 'Shops', client_uri: null, redirect_uris: ['https://shop.example/cb', 'https://shop.example/new'] };
    const dry = await op.clients.change(clientId, fields, { dryRun: true });
    expect((await op.clients.get(clientId)).metadata).to.include({ client_name: 'A Shop', client_uri: 'https://shop.example/' });
    expect(await op.clients.change(clientId, fields)).to.deep.equal(dry);
    expect(dry.changes.map(({ field }) => field)).to.deep.equal(['client_name', 'client_uri', 'redirect_uris']);
    const { metadata, origin } = await op.clients.get(clientId);
    expect(metadata).to.include({ client_name: 'Shops', first_party: true, client_secret: secret }).and.not.to.have.property('client_uri');
    expect(origin).to.equal('command');
    const moved = await createRelyingParty(op.issuer, clientId, 'https://shop.example/new', ClientSecretBasic(secret!));
    expect((await moved.signIn(browser)).access_token).to.be.a('string');
    expect((await rp.refresh(refresh_token!)).access_token).to.be.a('string');
    expect(await op.clients.change(clientId, fields)).to.deep.equal({ changes: [] });
  });

  it('gives a secret to whoever needs one from now on, and takes it from whoever needs none', async () => {
    const { clientId } = await op.clients.add({ ...shop, token_endpoint_auth_method: 'none', first_party: true });
    const { secret, changes } = await op.clients.change(clientId, { token_endpoint_auth_method: 'client_secret_basic' });
    expect(secret).to.match(/^[\w-]{43}$/);
    expect(changes.map(({ field }) => field)).to.deep.equal(['client_secret', 'token_endpoint_auth_method']);
    const rp = await createRelyingParty(op.issuer, clientId, 'https://shop.example/cb', ClientSecretBasic(secret!));
    expect((await rp.signIn(createBrowser(op.issuer))).access_token).to.be.a('string');
    const without = await op.clients.change(clientId, { token_endpoint_auth_method: 'none' });
    expect(without.changes.map(({ field }) => field)).to.deep.equal(['client_secret', 'token_endpoint_auth_method']);
    expect((await op.clients.get(clientId)).metadata).not.to.have.property('client_secret');
    expect(await refusal(op.clients.rotateSecret(clientId))).to.equal('ClientRefused client_secret: there is none (none)');
    const again = await op.clients.change(clientId, { token_endpoint_auth_method: 'client_secret_post' });
    expect(again.secret)
      .to.match(/^[\w-]{43}$/)
      .and.not.to.equal(secret);
  });

  it('tells of fields that nothing reads, as of a name that was typed wrong, and has them there', async () => {
    const slip = { backchannel_logout_url: 'https://shop.example/out', first_partys: true };
    const { clientId, unread } = await op.clients.add({ ...shop, ...slip, audiences: [], contacts: ['a@shop.example'], sandbox: false });
    expect(unread).to.deep.equal(Object.keys(slip));
    expect((await op.clients.get(clientId)).metadata).to.include(slip);
    expect((await op.clients.change(clientId, { client_name: 'Shops' })).unread).to.equal(undefined);
    const gone = { first_partys: null, logo_url: 'https://shop.example/x' };
    expect((await op.clients.change(clientId, gone, { dryRun: true })).unread).to.deep.equal(['logo_url']);
  });

  it('changes nothing that would be wrong, that the file says, or that was changed meanwhile', async () => {
    const { clientId } = await op.clients.add(shop);
    for (const [id, fields, message] of [
      ['nobody', { client_name: 'x' }, 'client_id: there is no client of this id'],
      ['in-file', { client_name: 'x' }, 'client_id: is in clients.json; change it there, then: npm run clients -- apply'],
      [clientId, { client_id: 'other' }, 'client_id: cannot be changed'],
      [clientId, { client_secret: SECRET }, 'client_secret: is changed by: npm run clients -- rotate-secret'],
      [clientId, { redirect_uris: null }, /^redirect_uris: /],
      [clientId, { redirect_uris: ['http://shop.example/cb'] }, /^redirect_uris: must begin with https:/],
    ] as const)
      expect((await refusal(op.clients.change(id, fields))).slice('ClientRefused '.length)).to.match(
        typeof message === 'string' ? new RegExp(`^${RegExp.escape(message)}$`) : message,
      );
    const names = Array.from({ length: 20 }, (_, index) => `Shop ${index}`);
    const told = await Promise.all(names.map((client_name) => refusal(op.clients.change(clientId, { client_name }))));
    const { metadata } = await op.clients.get(clientId);
    expect(metadata.redirect_uris, 'as they were').to.deep.equal(shop.redirect_uris);
    expect(metadata.client_name).to.be.oneOf(names);
    for (const answer of told.filter((answer) => answer.startsWith('ClientRefused')))
      expect(answer).to.match(/was changed by somebody else at the same moment/);
  });

  it('removes a client, but not one that the file would bring back', async () => {
    const { clientId } = await op.clients.add(shop);
    await op.clients.remove(clientId, NO_FILE);
    expect(await refusal(op.clients.remove(clientId, NO_FILE))).to.equal('ClientRefused client_id: there is no client of this id');
    expect(await refusal(op.clients.get(clientId))).to.equal('ClientRefused client_id: there is no client of this id');
    const file = { ...NO_FILE, clients: [{ client_id: 'in-file' }] };
    expect(await refusal(op.clients.remove('in-file', file))).to.match(/^ClientRefused client_id: is in clients\.json/);
    await op.clients.remove('in-file', NO_FILE);
    now += HOUR;
  });

  it('CR-04: removes a client with its tokens; one of the same id and secret later has none of them', async () => {
    const again = {
      ...shop,
      client_id: 'again',
      client_secret: SECRET,
      first_party: true,
      grant_types: ['authorization_code', 'refresh_token'],
    };
    await op.clients.add(again);
    const rp = await createRelyingParty(op.issuer, 'again', 'https://shop.example/cb');
    const browser = createBrowser(op.issuer);
    const { access_token, refresh_token, claims } = await rp.signIn(browser);
    const { code, checks } = await rp.authorize(browser);
    await op.clients.remove('again', NO_FILE);
    const asked = async () => (await fetch(`${op.issuer}/userinfo`, { headers: { authorization: `Bearer ${access_token}` } })).status;
    expect(await asked()).to.equal(401);
    expect(await rp.refresh(refresh_token!).catch((error: { status: number }) => error.status)).to.equal(401);
    expect((await rp.authorize(browser)).answer.status).to.equal(400);

    await op.clients.add(again);
    expect(await asked()).to.equal(401);
    expect(await oauthError(rp.refresh(refresh_token!))).to.equal('invalid_grant');
    const redeemed = new URL(
      `https://shop.example/cb?${new URLSearchParams({ code: code!, state: checks.expectedState, iss: op.issuer })}`,
    );
    expect(await oauthError(authorizationCodeGrant(rp.config, redeemed, checks))).to.equal('invalid_grant');
    expect((await rp.signIn(browser)).claims()!.sub).to.equal(claims()!.sub);
  });
});
