import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { pino } from 'pino';
import { createDeps } from '../../src/deps.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createOperators, OperatorRefused } from '../../src/recovery/operators.ts';
import { newAddress } from '../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable } from '../support/recoverable.ts';
import { startServer, type TestServer } from '../support/server.ts';

const KIM = { name: 'kim', passphrase: 'an old oak by the river' };
const ADA = { name: 'ada', passphrase: 'seven lamps and a lantern' };
const REASON = 'Passport and case number checked by phone.';

describe('recovery/operators', function () {
  this.timeout(60_000);
  let server: TestServer;
  let db: Connection;
  let operators: ReturnType<typeof createOperators>;

  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    // A process of its own beside the server, as the command is.
    const { deps, operators: store } = await createDeps({
      config: server.config,
      db,
      clock: server.clock,
      log: pino({ level: 'silent' }),
      asset: (file) => file,
    });
    operators = createOperators(deps, store);
    await operators.add(KIM);
    await operators.add(ADA);
  });
  after(async () => {
    await db.close();
    await server.close();
  });

  const refusal = async (doing: Promise<unknown>): Promise<string> => {
    try {
      await doing;
    } catch (error) {
      if (error instanceof OperatorRefused) return error.message;
      throw error;
    }
    throw new Error('it was not refused');
  };
  const newcomer = (): Promise<Recoverable> => makeRecoverable(server.deps);

  it('begins with two different operators, tells everybody, and records both and the reason', async () => {
    const person = await newcomer();
    await operators.request(person.email, KIM, REASON);
    expect((await operators.list()).map(({ email, operator, reason }) => [email, operator, reason])).to.deep.equal([
      [person.email, 'kim', REASON],
    ]);
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    const { code, ripeAt } = await operators.approve(person.email, ADA);
    expect(code).to.match(/^([2-9A-HJ-NP-Z]{4}-){3}[2-9A-HJ-NP-Z]{4}$/);
    const [waiting] = await server.deps.recoveries.of(person.id);
    expect(waiting).to.deep.include({ proof: 'operators', ripe: false });
    expect(Math.abs(waiting!.ripeAt.getTime() - ripeAt.getTime())).to.be.below(1000);
    expect(Math.round((ripeAt.getTime() - server.clock().getTime()) / 3_600_000)).to.equal(72);
    const [event] = await server.deps.audit.of(person.id);
    expect(event).to.deep.include({ type: 'recovery.waiting', proof: 'operators', operators: ['kim', 'ada'], reason: REASON });
    expect((await server.newest(person.email)).text).to.contain('Two people of our staff');
    expect((await server.newest(person.phone!)).text).not.to.match(/http|kim|ada/);
    expect(await operators.list()).to.deep.equal([]);
    const kept = JSON.stringify(await db.collection('recoveries').find().toArray());
    expect(kept).not.to.contain(code).and.not.to.contain(code.replaceAll('-', ''));
  });

  it('refuses the same operator twice, a wrong passphrase, and what nobody asked for', async () => {
    const person = await newcomer();
    expect(await refusal(operators.approve(person.email, ADA))).to.contain('another operator has to request it');
    await operators.request(person.email, KIM, REASON);
    expect(await refusal(operators.approve(person.email, KIM))).to.contain('two operators');
    expect(await refusal(operators.approve(person.email, { ...ADA, passphrase: KIM.passphrase }))).to.contain('No operator');
    expect(await refusal(operators.approve(person.email, { name: 'nobody', passphrase: '' }))).to.contain('No operator');
    expect(await refusal(operators.request(person.email, ADA, REASON))).to.contain('waits already');
    expect(await refusal(operators.request(newAddress(), KIM, REASON))).to.contain('No account');
    expect(await refusal(operators.request(person.email, KIM, 'lost'))).to.contain('reason');
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    await operators.approve(person.email, ADA);
    await operators.request(person.email, ADA, REASON);
    expect(await refusal(operators.approve(person.email, KIM))).to.contain('waits already');
  });

  it('waits after wrong passphrases, so that they cannot be guessed', async () => {
    const wrong = { name: 'ada', passphrase: 'not the passphrase' };
    const said: string[] = [];
    for (let tries = 0; tries < 7; tries++) said.push(await refusal(operators.request(newAddress(), wrong, REASON)));
    expect(said.at(-1)).to.contain('Too many wrong passphrases');
    server.clock.advance(3600);
    await operators.cancel((await newcomerWithRequest()).email, ADA);
  });
  const newcomerWithRequest = async () => {
    const person = await newcomer();
    await operators.request(person.email, KIM, REASON);
    return person;
  };

  it('is approved once, however many approve at the same moment', async () => {
    const person = await newcomerWithRequest();
    const approved = await Promise.allSettled(Array.from({ length: 6 }, () => operators.approve(person.email, ADA)));
    expect(approved.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const one of approved) if (one.status === 'rejected') expect(one.reason).to.be.instanceOf(OperatorRefused);
    expect((await person.history()).filter((type) => type === 'recovery.waiting')).to.have.length(1);
  });

  it('is cancelled by any one operator, and the owner is told', async () => {
    const person = await newcomerWithRequest();
    await operators.approve(person.email, ADA);
    await operators.cancel(person.email, KIM);
    expect(await server.deps.recoveries.of(person.id)).to.deep.equal([]);
    expect((await person.history())[0]).to.equal('recovery.cancelled');
    expect((await server.newest(person.email, 2)).subject).to.match(/stopped/i);
    expect(await refusal(operators.cancel(person.email, KIM))).to.contain('Nothing waits');
  });

  it('does not settle a change of address that somebody has objected to', async () => {
    const person = await newcomerWithRequest();
    const moved = await moveAddress(server.deps, person);
    await server.deps.transaction([server.deps.accounts.freeze(person.id, person.email)]);
    expect(await refusal(operators.approve(moved, ADA))).to.contain('former address');
  });

  it('takes operators with a name and a passphrase that are good, and lets them go', async () => {
    expect(await refusal(operators.add({ ...KIM, name: 'Kim Lee' }))).to.contain('name');
    expect(await refusal(operators.add({ name: 'lee', passphrase: 'short' }))).to.contain('passphrase');
    expect(await refusal(operators.add(KIM))).to.contain('There is an operator');
    await operators.add({ name: 'lee', passphrase: 'a long enough passphrase' });
    expect(await operators.names()).to.deep.equal(['ada', 'kim', 'lee']);
    await operators.remove('lee');
    expect(await refusal(operators.remove('lee'))).to.contain('no operator');
  });
});
