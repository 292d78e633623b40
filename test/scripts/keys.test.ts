/** The operator's command as a process of its own, beside a server. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { command } from '../support/command.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('scripts/keys', function () {
  this.timeout(90_000);
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const keys = command('scripts/keys.ts', () => server.env);
  const published = async () => {
    const { keys: found } = (await (await fetch(`${server.origin}/jwks`)).json()) as { keys: { kid: string }[] };
    return found.map(({ kid }) => kid);
  };

  it('lists, rotates, and retires what does not sign; the server follows', async () => {
    const list = await keys(['list']);
    const first = list.out.trim().split('\n');
    expect(first).to.have.length(3);
    for (const line of first) expect(line).to.match(/^[\w-]{43} {2}\w+ +current +signs from \d{4}-\S+Z$/);
    const [old = ''] = first[0]!.split(' ');
    expect(await keys(['retire', old])).to.deep.equal({ code: 1, out: '', err: 'This key signs now. Rotate first: at once with --now.\n' });

    const rotated = await keys(['rotate']);
    expect(rotated.out.match(/ next /g)).to.have.length(3);
    await server.keyRing.refresh();
    expect(await published())
      .to.have.length(6)
      .and.to.include(old);
    expect((await keys(['rotate'])).err).to.match(/^The next keys are published, and sign from \d{4}-\S+Z on\.\n$/);

    expect((await keys(['rotate', '--now'])).out.match(/ retired /g)).to.have.length(3);
    expect((await keys(['retire', old])).out).to.contain('Removed');
    await server.keyRing.refresh();
    expect(await published())
      .to.have.length(5)
      .and.not.to.include(old);
  });

  it('says what it can do, and what it lacks', async () => {
    expect((await keys(['--help'])).out)
      .to.contain('rotate')
      .and.to.contain('list')
      .and.to.contain('retire');
    const unset = await keys(['list'], '', { ENCRYPTION_KEYS: '', NODE_ENV: 'production' });
    expect([unset.code, unset.out]).to.deep.equal([1, '']);
    expect(unset.err).to.contain('ENCRYPTION_KEYS');
    const others = await keys(['rotate'], '', { ENCRYPTION_KEYS: randomBytes(32).toString('base64') });
    expect([others.code, others.out]).to.deep.equal([1, '']);
    expect(others.err).to.match(/^None of the ENCRYPTION_KEYS opens the root secret of this database\..+\n$/);
    const away = await keys(['list'], '', { MONGODB_URI: 'mongodb://kim:a-password@127.0.0.1:9/provider?replicaSet=rs' });
    expect([away.code, away.out]).to.deep.equal([1, '']);
    expect(away.err).to.equal('The database cannot be opened (MONGODB_URI): connect ECONNREFUSED 127.0.0.1:9\n');
  });
});
