/** The operator's command as a process of its own, beside a server. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { command } from '../support/command.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';

describe('scripts/clients', function () {
  this.timeout(120_000);
  let server: TestServer;
  const inFile = {
    client_id: 'in-file',
    client_name: 'In the file',
    client_secret: secretOf(),
    redirect_uris: ['https://file.example/cb'],
  };
  before(async () => {
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [inFile] }) } });
  });
  after(async () => {
    await server.close();
  });

  const clients = command('scripts/clients.ts', () => server.env);
  const believed = async (clientId: string, secret: string) => {
    const answer = await fetch(`${server.origin}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'of-nobody' }),
    });
    return answer.status === 400;
  };
  /** The server uses what it has read for less than a second. */
  const isRefusedWithinASecond = async (id: string, secret: string) => {
    for (const until = performance.now() + 1000; performance.now() < until; ) if (!(await believed(id, secret))) return true;
    return !(await believed(id, secret));
  };
  const secretIn = (out: string) => /^client_secret, shown this once: ([\w-]{43})$/m.exec(out)![1]!;

  it('CR-03: adds, lists, shows, rotates and removes; a secret is shown once', async () => {
    const added = await clients([
      'add',
      '--name',
      'A Shop',
      '--redirect-uri',
      'https://shop.example/cb',
      'https://shop.example/cb2',
      '--first-party',
    ]);
    expect([added.code, added.err]).to.deep.equal([0, '']);
    const id = /^client_id: ([\w-]{22})$/m.exec(added.out)![1]!;
    const first = secretIn(added.out);
    expect(await believed(id, first)).to.equal(true);

    const db = await connectMongo(server.env.MONGODB_URI);
    const stored = db.collection<{ _id: string }>('clients');
    const scope = (value: string) => stored.updateOne({ _id: id }, { $set: { 'payload.scope': value } });
    const { matchedCount } = await scope('openid gone');
    expect(matchedCount).to.equal(1);
    const { out: listed } = await clients(['list']);
    expect(listed).to.match(new RegExp(`^${id} {2}command +client_secret_basic +\\S+Z {2}A Shop +! not served: scope: .+$`, 'm'));
    expect(listed).to.match(/^in-file {2}file +client_secret_basic +\S+Z {2}In the file$/m);
    await stored.updateOne({ _id: id }, { $unset: { 'payload.scope': true } });
    await db.close();

    const dry = await clients(['change', id, '--name', 'Shops', '--unset', 'first_party', '--dry-run']);
    expect(dry.out).to.equal('client_name: "A Shop" -> "Shops"\nfirst_party: true -> removed\nNothing was done (--dry-run).\n');
    const changed = await clients(['change', id, '--json', '-'], '{"contacts":["ops@shop.example"]}');
    expect([changed.out, changed.err]).to.deep.equal(['contacts: ["ops@shop.example"]\n', '']);

    const rotated = await clients(['rotate-secret', id, '--keep', '2']);
    const second = secretIn(rotated.out);
    expect(rotated.out).to.match(/^The one before it is good until \S+Z\.$/m);
    const shown = await clients(['show', id]);
    for (const secret of [first, second]) expect(shown.out + listed).not.to.contain(secret);
    const record = JSON.parse(shown.out);
    expect(record).to.include({ client_id: id, client_name: 'A Shop', first_party: true, client_secret: '(set)', origin: 'command' });
    expect(record.redirect_uris).to.deep.equal(['https://shop.example/cb', 'https://shop.example/cb2']);
    expect(record).to.include.keys('createdAt', 'updatedAt', 'formerUntil');
    expect([await believed(id, first), await believed(id, second)]).to.deep.equal([true, true]);

    expect((await clients(['end-former-secret', id])).out).to.equal('Only the current secret is good now.\n');
    expect(await isRefusedWithinASecond(id, first)).to.equal(true);
    expect(await believed(id, second)).to.equal(true);
    expect((await clients(['remove', id])).out).to.equal('Removed.\n');
    expect(await isRefusedWithinASecond(id, second)).to.equal(true);
  });

  it('CR-01: issues, lists and revokes initial access tokens; one is shown once', async () => {
    const issued = await clients(['token', 'issue', '--uses', '2', '--days', '3', '--note', 'for Kim']);
    expect(issued.code, issued.err).to.equal(0);
    const [, token = ''] = /^initial access token, shown this once: (\S{43,})$/m.exec(issued.out)!;
    const [, id = ''] = /^Its id is (\S+);/m.exec(issued.out)!;
    const register = () =>
      fetch(`${server.origin}/register`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: ['https://kim.example/cb'] }),
      });
    expect((await register()).status).to.equal(201);
    const listed = await clients(['token', 'list']);
    expect(listed.out)
      .to.match(new RegExp(`^${id}  1 of 2 left  until \\S+Z  for Kim$`, 'm'))
      .and.not.include(token);
    expect((await clients(['token', 'revoke', id])).out).to.equal('Revoked.\n');
    expect((await register()).status).to.equal(401);
    const [again, wrong] = [await clients(['token', 'revoke', id]), await clients(['token', 'issue', '--days', '999'])];
    expect([again.code, wrong.code]).to.deep.equal([1, 1]);
    expect(again.err).to.include('no such token');
    expect(wrong.err).to.match(/^days: must be/m);
  });

  it('takes a record from the input, and flags over it; says which field is wrong', async () => {
    const record = JSON.stringify({ redirect_uris: ['https://hand.example/cb'], token_endpoint_auth_method: 'none', logo_url: 'x' });
    const out = 'client_id: hand\nlogo_url: nothing reads this field; is its name right?\n';
    expect(await clients(['add', '--json', '-', '--id', 'hand'], record)).to.deep.equal({ code: 0, out, err: '' });
    expect((await clients(['add', '--json', '-', '--scope', 'openid phone'], record)).err).to.match(/^scope: must only contain .+\n$/);
    const unread = await clients(['add', '--json', '-'], '{');
    expect([unread.code, unread.out]).to.deep.equal([1, '']);
    expect(unread.err).to.match(/^--json: cannot be read: .+\n$/);
  });

  it('says what another file would change, and applies it; fails where a record is refused', async () => {
    const changed = { ...inFile, client_name: 'Another name' };
    const bad = { ...inFile, client_id: 'bad', scope: 'phone' };
    await writeFile(path.join(server.config.configDir, 'clients.json'), JSON.stringify([changed]));
    const dry = await clients(['apply', '--dry-run']);
    expect(dry.code).to.equal(0);
    expect(dry.out).to.contain('~ in-file  changed\n    client_name: "In the file" -> "Another name"\n');
    expect(dry.out).to.match(/Nothing was done \(--dry-run\)\.\n$/);
    await writeFile(path.join(server.config.configDir, 'clients.json'), JSON.stringify([bad]));
    const pruned = await clients(['apply', '--prune']);
    expect([pruned.code, pruned.err]).to.deep.equal([1, '']);
    expect(pruned.out).to.contain('- in-file  removed').and.contain('! bad  refused: scope: ');
    expect(dry.out + pruned.out).not.to.contain(inFile.client_secret);
    expect(await believed('in-file', inFile.client_secret)).to.equal(false);
  });

  it('says what it can do, and what it lacks', async () => {
    const { out } = await clients(['--help']);
    const commands = [...out.matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(([, name]) => name);
    expect(commands).to.include.members(['add', 'list', 'show', 'rotate-secret', 'end-former-secret', 'remove', 'apply']);
    const operating = await readFile('docs/operating.md', 'utf8');
    const told = [...operating.matchAll(/npm run clients -- ([a-z-]+)/g)].map(([, name]) => name);
    expect(new Set(told).size).to.be.greaterThan(6);
    expect(commands).to.include.members(told);
    const nothing = await clients(['rotate-secret', 'in-file', '--keep', '']);
    expect([nothing.code, nothing.err]).to.deep.equal([1, '--keep: must be 0 to 720 hours\n']);
  });
});
