/** The operators' command as a process of its own, beside a server. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import * as oauth from 'openid-client';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createOperatorStore } from '../../src/recovery/operators/operator-store.ts';
import { configDir } from '../config/config-dir.ts';
import { command } from '../support/command.ts';
import { untilDelivered } from '../support/delivered.ts';
import { signIn } from '../support/people.ts';
import { SECRET } from '../support/provider.ts';
import { makeRecoverable } from '../support/recoverable.ts';
import { signInHere, stepOf } from '../support/recovering.ts';
import { createRelyingParty } from '../support/relying-party.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { openToldService, type ToldService } from '../support/told-service.ts';

const PASSPHRASE = 'an old oak by the river';
const REASON = 'Stolen laptop reported by phone.';

describe('scripts/accounts', function () {
  this.timeout(90_000);
  let server: TestServer;
  let db: Connection;
  let service: ToldService;
  before(async () => {
    service = await openToldService();
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [service.client('told')] }) } });
    db = await connectMongo(server.env.MONGODB_URI);
    const store = createOperatorStore({ db, clock: server.clock, seal: server.deps.seal });
    await store.add('kim', await server.deps.passwords.hash(PASSPHRASE));
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const accounts = command('scripts/accounts.ts', () => server.env);

  it('locks and unlocks an account beside a server that runs, which tells the person and the services', async () => {
    const person = await makeRecoverable(server.deps);
    const told = await createRelyingParty(server.origin, 'told', 'https://told.example/callback', oauth.ClientSecretBasic(SECRET));
    const visitor = server.visitor();
    await visitor.open((await told.begin()).url.href);
    await signInHere(server, visitor, person);
    const by = ['--operator', 'kim', '--reason', REASON];
    const wrong = await accounts(['lock', person.email, ...by], 'wrong\n');
    expect(wrong).to.deep.equal({ code: 1, out: '', err: 'No operator has this name and passphrase.\n' });
    expect((await accounts(['show', person.email])).out).to.equal(
      `account ${person.id}, since ${(await person.account()).createdAt.toISOString()}\nnot locked\n`,
    );
    const locked = await accounts(['lock', person.email, ...by], `${PASSPHRASE}\n`);
    expect([locked.code, locked.err]).to.deep.equal([0, '']);
    expect(locked.out).to.match(/^Locked\. Everybody is signed out/);
    await service.until(1);
    await untilDelivered(server);
    expect((await server.newest(person.email)).subject).to.equal('Your USCIS online account is locked');
    const { at } = (await person.account()).locked!;
    const shown = (await accounts(['show', person.email])).out;
    expect(shown).to.contain(`locked since ${at.toISOString()} by kim: ${REASON}`);
    for (const secret of [person.email, person.phone!, '$argon2']) expect(shown).not.to.contain(secret);
    expect(await accounts(['lock', person.email, ...by], `${PASSPHRASE}\n`)).to.include({
      code: 1,
      err: 'The account is locked already.\n',
    });

    server.clock.advance(60);
    await visitor.open(`${server.origin}/`);
    await signIn(server, visitor, person);
    expect(stepOf(visitor)).to.equal('sign-in/locked');
    const unlocked = await accounts(['unlock', person.email, ...by], '', { OPERATOR_PASSPHRASE: PASSPHRASE });
    expect(unlocked).to.deep.equal({ code: 0, out: 'Unlocked. Every address is told.\n', err: '' });
    server.clock.advance(60);
    await visitor.open(`${server.origin}/`);
    await signIn(server, visitor, person);
    expect(visitor.page().heading).to.contain('Welcome');
  });

  it('says what it needs', async () => {
    const help = await accounts(['--help']);
    expect(help.out).to.contain('lock').and.to.contain('unlock').and.to.contain('show');
    expect((await accounts(['lock', 'ana@people.test', '--operator', 'kim'])).err).to.contain('--reason');
    expect((await accounts(['unlock', 'ana@people.test', '--reason', REASON])).err).to.contain('--operator');
    expect(await accounts(['show', 'nobody@people.test'])).to.deep.equal({ code: 1, out: '', err: 'No account has this address.\n' });
  });
});
