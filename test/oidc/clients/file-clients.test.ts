import { expect } from 'chai';
import mongoose from 'mongoose';
import type { ClientRecord, RefusedClient } from '../../../src/config.ts';
import { describeLine } from '../../../src/oidc/clients/file-clients.ts';
import { testDatabaseUri } from '../../support/mongo.ts';
import { openTestProvider, SECRET, type TestProvider } from '../../support/provider.ts';
import { afterFile } from '../../support/suite.ts';

const WRITES = new Set(['insert', 'update', 'delete', 'findAndModify']);

describe('oidc/clients/file-clients', function () {
  this.timeout(60_000);
  let op: TestProvider;
  const commands: string[] = [];
  const shop: ClientRecord = { client_id: 'shop', client_secret: SECRET, redirect_uris: ['https://shop.example/cb'] };
  const stay: ClientRecord = { client_id: 'stay', client_secret: SECRET, redirect_uris: ['https://stay.example/cb'] };
  const file = (clients: readonly ClientRecord[], refusedClients: readonly RefusedClient[] = []) => ({ clients, refusedClients });
  const ids = async () => (await op.clients.list()).map(({ clientId }) => clientId);
  const apply = async (records: readonly ClientRecord[], options = {}, refused: readonly RefusedClient[] = []) =>
    (await op.clients.apply(file(records, refused), options)).flatMap(describeLine);

  before(async () => {
    const db = await mongoose.createConnection(await testDatabaseUri(), { monitorCommands: true, autoIndex: false }).asPromise();
    afterFile(() => db.close());
    db.getClient().on('commandStarted', ({ commandName }) => commands.push(commandName));
    op = await openTestProvider({ db, clients: [] });
  });
  beforeEach(async () => {
    await op.db.collection('clients').deleteMany({});
    await op.clients.apply(file([shop, stay]), {});
  });

  it('says what would be done, and does nothing, on a dry run', async () => {
    const other = { ...shop, client_secret: `${SECRET}2`, redirect_uris: ['https://shop.example/new'] };
    const young = { ...shop, client_id: 'young' };
    const before = await op.clients.list();
    commands.length = 0;
    expect(await apply([other, young], { dryRun: true, prune: true })).to.deep.equal([
      '~ shop  changed',
      '    client_secret: changed',
      '    redirect_uris: - "https://shop.example/cb"',
      '    redirect_uris: + "https://shop.example/new"',
      '+ young  new',
      '    client_secret: set',
      '    redirect_uris: ["https://shop.example/cb"]',
      '- stay  removed: gone from the file',
    ]);
    expect(commands.filter((name) => WRITES.has(name))).to.deep.equal([]);
    expect(await op.clients.list()).to.deep.equal(before);
  });

  it('says which fields nothing reads, once', async () => {
    const slip = { ...shop, jwks_url: 'https://shop.example/jwks' };
    expect(await apply([slip, stay])).to.deep.equal([
      '~ shop  changed',
      '    jwks_url: "https://shop.example/jwks"',
      '    jwks_url: nothing reads this field; is its name right?',
      '= stay  unchanged',
    ]);
    expect(await apply([slip, stay])).to.deep.equal(['= shop  unchanged', '= stay  unchanged']);
  });

  it('writes nothing for records that are as they were', async () => {
    commands.length = 0;
    expect(await apply([shop, stay])).to.deep.equal(['= shop  unchanged', '= stay  unchanged']);
    expect(commands).to.deep.equal(['find']);
  });

  it('refuses a bad record with field and reason, leaves its client as it was, and goes on with the others', async () => {
    const bad = { ...shop, scope: 'openid phone' };
    const fresh = { ...shop, client_id: 'fresh' };
    const unread = { index: 3, clientId: 'stay', field: 'client_secret', reason: 'SECRET is missing' };
    expect(await apply([bad, fresh], { prune: true }, [unread])).to.deep.equal([
      '! stay  refused: client_secret: SECRET is missing',
      '! shop  refused: scope: must only contain Authorization Server supported scope values',
      '+ fresh  new',
      '    client_secret: set',
      '    redirect_uris: ["https://shop.example/cb"]',
    ]);
    expect((await op.clients.get('shop')).metadata).to.deep.equal(shop);
    expect(await ids()).to.deep.equal(['fresh', 'shop', 'stay']);
  });

  it('keeps what is gone from the file until it is told to prune, and prunes nothing that came in another way', async () => {
    await op.clients.add({ ...shop, client_id: 'by-command' });
    expect(await apply([shop])).to.deep.equal(['= shop  unchanged', '? stay  gone from the file, stays registered; --prune removes it']);
    expect(await ids()).to.include('stay');
    expect(await apply([shop], { prune: true })).to.include('- stay  removed: gone from the file');
    expect(await ids()).to.deep.equal(['by-command', 'shop']);
  });

  it('prunes nothing while the id of a record cannot be read, which may be of any of them', async () => {
    for (const clientId of [undefined, `\${SHOP_ID}`]) {
      const unread = { index: 1, clientId, field: 'client_id', reason: 'is missing' };
      for (const dryRun of [true, false])
        expect(await apply([shop], { prune: true, dryRun }, [unread])).to.deep.equal([
          `! ${clientId ?? 'record 1'}  refused: client_id: is missing`,
          '= shop  unchanged',
          '? stay  stays registered: may be of the record in the file whose id cannot be read',
        ]);
      expect(await ids()).to.include('stay');
    }
  });

  it('takes no client over that came in another way', async () => {
    await op.clients.add({ ...shop, client_id: 'mine' });
    const [line] = await apply([{ ...shop, client_id: 'mine', client_name: 'Theirs' }]);
    expect(line).to.match(/^! mine {2}refused: client_id: is of a client that was registered by command/);
    const { origin, metadata } = await op.clients.get('mine');
    expect([origin, metadata.client_name]).to.deep.equal(['command', undefined]);
  });

  it('takes a secret that is another, and keeps the one before it for as long as is said', async () => {
    const changed = { ...shop, client_secret: `${SECRET}2` };
    await apply([changed, stay], { keepHours: 0 });
    expect((await op.clients.get('shop')).formerUntil).to.equal(undefined);
    const before = Date.now();
    await apply([shop, stay]);
    const until = (await op.clients.get('shop')).formerUntil!.getTime();
    expect(until - before).to.be.within(24 * 3600_000, 24 * 3600_000 + 10_000);
  });

  it('says that a secret ends before its time where there would be three', async () => {
    const nth = (n: number) => ({ ...shop, client_secret: `${SECRET}${n}` });
    expect(await apply([nth(2), stay])).to.deep.equal(['~ shop  changed', '    client_secret: changed', '= stay  unchanged']);
    const until = (await op.clients.get('shop')).formerUntil!.toISOString();
    // Where the one before comes back there are two as before.
    expect((await apply([shop, stay], { dryRun: true })).join()).not.to.include('ends');
    const said = `    client_secret: the one before the current one was to be good until ${until}, and ends with this; whoever still uses it is refused`;
    for (const dryRun of [true, false])
      expect(await apply([nth(3), stay], { dryRun })).to.deep.equal([
        '~ shop  changed',
        '    client_secret: changed',
        said,
        '= stay  unchanged',
      ]);
    op.logged.length = 0;
    await op.clients.applyAtStart(file([nth(4), stay]));
    expect(op.logged.filter((line) => line.includes('a secret in clients.json was changed twice'))).to.have.length(1);
    await apply([nth(4), stay], { keepHours: 0 });
    await op.clients.endFormerSecret('shop');
    expect((await apply([nth(5), stay])).join()).not.to.include('ends');
  });

  it('comes to the same when many processes start at once with the same file', async () => {
    await op.db.collection('clients').deleteMany({});
    const lines = (await Promise.all(Array.from({ length: 20 }, () => apply([shop, stay])))).flat();
    expect(lines.filter((line) => line.startsWith('!'))).to.deep.equal([]);
    expect(lines.filter((line) => line === '+ shop  new')).to.have.length(1);
    const changed = { ...shop, client_name: 'The Shop', client_secret: `${SECRET}2` };
    const again = (await Promise.all(Array.from({ length: 20 }, () => apply([changed, stay])))).flat();
    expect(again.filter((line) => line.startsWith('!'))).to.deep.equal([]);
    expect((await op.clients.get('shop')).metadata).to.deep.equal(changed);
  });

  it('says at the start what it refused and changed, and in one line what is gone; no secret', async () => {
    op.logged.length = 0;
    await op.clients.applyAtStart(
      file([
        { ...shop, client_secret: `${SECRET}2`, logo_url: 'https://shop.example/logo' },
        { ...stay, client_id: 'bad', grant_types: ['password'] },
      ]),
    );
    const lines = op.logged.map((line) => JSON.parse(line));
    expect(lines.map(({ msg }) => msg)).to.deep.equal([
      'a client was changed',
      'a client of clients.json has fields that nothing reads',
      'a client of clients.json was refused',
      'clients are gone from clients.json and stay registered; "npm run clients -- apply --prune" removes them',
    ]);
    expect(lines[0]).to.deep.include({ client: 'shop', fields: ['client_secret', 'logo_url'] });
    expect(lines[1]).to.deep.include({ client: 'shop', fields: ['logo_url'] });
    expect(lines[2]).to.deep.include({ client: 'bad', field: 'grant_types' });
    expect(lines[3]).to.deep.include({ clients: ['stay'] });
    expect(op.logged.join()).not.to.contain(SECRET);
  });
});
