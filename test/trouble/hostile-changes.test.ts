/** Every field of every form of a recovery, and of a change of an account, against input that no page of ours sends. */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { changeTour } from '../support/change-tour.ts';
import { completeSignUp, newAddress } from '../support/people.ts';
import { recoveryTour } from '../support/recovery-tour.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { createSiege, type Siege, WAYS_IN } from '../support/siege.ts';

describe('trouble: hostile input to recoveries and changes', function () {
  this.timeout(120_000);
  let server: TestServer;
  let db: Connection;
  let siege: Siege;

  before(async () => {
    server = await startServer();
    db = await connectMongo(server.env.MONGODB_URI);
    siege = createSiege({ server, db });
  });
  after(async () => {
    await server.close();
    await db.close();
  });

  it('changes nothing and breaks nothing, in the page that closes an account', async () => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await completeSignUp(server, visitor, newAddress());
    await visitor.open(`${server.origin}/account/change/close-account`);
    await siege.besiege(visitor, 'close-account/confirm', 'Close account', { 'Yes, I want to close my account': true });
    expect(visitor.page().heading).to.equal('Your account is closed');
  });

  it('changes nothing and breaks nothing, in any form of a recovery', () => recoveryTour({ server, db }, siege.besiege));

  it('changes nothing and breaks nothing, in any form of a change of an account', () => changeTour(server, siege.besiege));

  it('has met every page but those of the ways in', () => expect(siege.unmet((kind) => !WAYS_IN.includes(kind))).to.deep.equal([]));
});
