/** What a whole sign-in costs: requests by the browser and commands to the database. The numbers stand in docs/operating.md. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { CommandStartedEvent } from 'mongodb';
import { connectMongo } from '../../src/mongo/connect.ts';
import { appCode, completeSignUp, enterCode, newAddress, type Person } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** Rest of the driver, and what the outbox and the signing keys look for by themselves. */
const BACKGROUND = ['hello', 'ping', 'endSessions'];
const isBackground = ({ commandName, command }: CommandStartedEvent) =>
  BACKGROUND.includes(commandName) ||
  (commandName === 'findAndModify' && command.findAndModify === 'messages') ||
  ['messages', 'signing_keys'].includes(command.find);

describe('walk: the cost of a sign-in', function () {
  this.timeout(60_000);
  const commands: string[] = [];
  let server: TestServer;
  let person: Person;

  before(async () => {
    server = await startServer({
      connect: async (uri) => {
        const db = await connectMongo(uri, { monitorCommands: true });
        db.getClient().on('commandStarted', (event) => {
          if (!isBackground(event)) commands.push(`${event.commandName} ${event.command[event.commandName]}`);
        });
        return db;
      },
    });
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    person = await completeSignUp(server, visitor, newAddress(), { app: true });
    server.clock.advance(60);
  });
  after(() => server.close());

  it('stays within the numbers that docs/operating.md states', async () => {
    const visitor = server.visitor();
    commands.length = 0;
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': person.email, Password: person.password });
    await enterCode(visitor, await appCode(server, person.secret!));
    expect(visitor.page().heading).to.equal('Welcome to your USCIS Account');
    const stated = /A complete sign-in takes (\d+) requests and (\d+) commands to the database/.exec(
      readFileSync('docs/operating.md', 'utf8'),
    );
    expect(stated, 'docs/operating.md states the numbers').to.not.equal(null);
    expect(
      visitor.requests.length,
      visitor.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`).join('\n'),
    ).to.be.at.most(Number(stated![1]));
    expect(commands.length, commands.join('\n')).to.be.at.most(Number(stated![2]));
  });
});
