import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Command } from 'commander';
import { type Connection, mongo } from 'mongoose';
import { beside, obey } from '../../scripts/beside.ts';
import { StartError } from '../../scripts/start-error.ts';
import { ConfigError } from '../../src/config.ts';
import { testEnvironment } from '../support/server.ts';

describe('scripts/beside', function () {
  this.timeout(60_000);
  const refusal = (work: Promise<unknown>) => work.then(String, (error: Error) => error);

  it('opens the database with the settings, and closes it whatever happens', async () => {
    const env = await testEnvironment();
    let opened: Connection | undefined;
    await beside(async (config, db) => {
      opened = db;
      expect(config.mongodbUri).to.equal(env.MONGODB_URI);
      expect(db.readyState).to.equal(1);
    }, env);
    expect(opened!.readyState).to.equal(0);
    const bug = new Error('a bug');
    const found = await refusal(
      beside(async (_, db) => {
        opened = db;
        throw bug;
      }, env),
    );
    expect(found).to.equal(bug);
    expect(opened!.readyState).to.equal(0);
  });

  it('says which settings are missing', async () => {
    const told = (await refusal(beside(async () => undefined, { NODE_ENV: 'production' }))) as Error;
    expect(told).to.be.instanceOf(ConfigError);
    for (const name of ['MONGODB_URI', 'ENCRYPTION_KEYS']) expect(told.message).to.contain(`${name} is missing`);
  });

  it('says in a sentence that the database is away, goes away, or was made with other keys', async () => {
    const env = await testEnvironment();
    await beside(async () => undefined, env);
    const nothing = async () => expect.fail('it was opened');
    for (const [work, other, sentence] of [
      [
        nothing,
        { MONGODB_URI: 'mongodb://kim:a-password@127.0.0.1:9/provider?replicaSet=rs' },
        /^The database cannot be opened \(MONGODB_URI\): connect ECONNREFUSED 127\.0\.0\.1:9$/,
      ],
      [nothing, { ENCRYPTION_KEYS: randomBytes(32).toString('base64') }, /^None of the ENCRYPTION_KEYS opens the root secret/],
      [() => Promise.reject(new mongo.MongoNetworkError('cut')), {}, /^The database went away; .+ may be done or not, .+: cut$/],
    ] as const) {
      const told = (await refusal(beside(work, { ...env, ...other }))) as Error;
      expect(told).to.be.instanceOf(StartError);
      expect(told.message).to.match(sentence);
    }
  });

  it('tells of refusals, and throws what is none', async () => {
    const program = (error: Error) => {
      const command = new Command().action(() => Promise.reject(error));
      command.parseAsync = () => Command.prototype.parseAsync.call(command, [], { from: 'user' });
      return command;
    };
    const bug = new TypeError('a bug');
    expect(await refusal(obey(program(bug), [RangeError]))).to.equal(bug);
    const before = process.exitCode;
    try {
      await obey(program(new RangeError('days: too many')), [RangeError]);
      expect(process.exitCode).to.equal(1);
    } finally {
      process.exitCode = before;
    }
  });
});
