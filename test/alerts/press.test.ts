import { expect } from 'chai';
import { parseEmailAddress } from '../../src/accounts/email-address.ts';
import { noticesTo } from '../../src/accounts/notices.ts';
import type { AlertPurpose } from '../../src/alerts/alert.ts';
import { press } from '../../src/alerts/press.ts';
import { newAddress } from '../support/people.ts';
import { commit, makeAccount, sharedServer } from '../support/shared-server.ts';

const FROM = { ip: '192.0.2.7', browser: 'a browser', reference: 'A-1', device: 'Firefox (Windows)' };
const pressed = async (purpose: AlertPurpose, token: string) => press((await sharedServer()).deps, purpose, token, FROM);

async function issue(purpose: AlertPurpose, about: string, canonical: string, hours = 24) {
  const { token, write } = (await sharedServer()).deps.mailedLinks.issue({ purpose, about, canonical, hours });
  await commit([write]);
  return token;
}
const wait = async (id: string) => commit([(await sharedServer()).deps.recoveries.start(id, 'questions', 72)]);
const waiting = async (id: string) => (await (await sharedServer()).deps.recoveries.of(id)).length;
const history = async (id: string) => (await sharedServer()).deps.audit.of(id);
const left = async (id: string) => (await (await sharedServer()).deps.attempts.peek('cancel-recovery', id)).left;

/** An account whose address was changed a moment ago. */
async function changed() {
  const { deps } = await sharedServer();
  const [from, to] = [newAddress(), newAddress('lena')].map((address) => parseEmailAddress(address)!);
  const { id } = await makeAccount({ email: from!.address });
  await commit([deps.accounts.changeEmail(id, from!, to!)]);
  return { id, from: from!, to: to! };
}

describe('alerts/press', () => {
  it('stops once for 16 who press at once, tells once, and counts once', async () => {
    const { newest, received } = await sharedServer();
    const account = await makeAccount();
    await wait(account.id);
    const token = await issue('not-me', account.id, account.email);
    await Promise.all(Array.from({ length: 16 }, () => pressed('not-me', token)));
    expect(await waiting(account.id)).to.equal(0);
    expect((await history(account.id)).filter(({ type }) => type === 'recovery.cancelled')).to.have.length(1);
    await newest(account.email);
    expect(await received(account.email)).to.have.length(1);
    expect(await left(account.id)).to.equal(2);
  });

  it('freezes once for 16 who press at once, and tells both addresses once', async () => {
    const { deps, newest, received } = await sharedServer();
    const { id, from, to } = await changed();
    const token = await issue('freeze-email', id, from.canonical);
    await Promise.all(Array.from({ length: 16 }, () => pressed('freeze-email', token)));
    expect((await deps.accounts.find(id))!.former!.frozenAt).to.be.instanceOf(Date);
    expect((await history(id)).map(({ type }) => type)).to.deep.equal(['email.frozen']);
    for (const { address } of [from, to]) {
      await newest(address);
      expect((await received(address)).map(({ subject }) => subject)).to.deep.equal(['The change of your email address was stopped']);
    }
  });

  it('records from where, and by which link', async () => {
    const account = await makeAccount();
    await wait(account.id);
    await pressed('not-me', await issue('not-me', account.id, account.email));
    const { reference: _, ...from } = FROM;
    expect((await history(account.id))[0]).to.deep.include({ type: 'recovery.cancelled', by: 'not-me', ...from });
  });

  it('stops recoveries three times in 30 days, and says so in the history', async () => {
    const { deps, clock } = await sharedServer();
    const account = await makeAccount();
    const tokens = await Promise.all(Array.from({ length: 5 }, () => issue('not-me', account.id, account.email, 60 * 24)));
    for (const token of tokens.slice(0, 4)) {
      await wait(account.id);
      await pressed('not-me', token);
    }
    expect(await waiting(account.id)).to.equal(1);
    const used = await Promise.all(tokens.map(async (token) => (await deps.mailedLinks.find(token, 'not-me'))!.used));
    expect(used).to.deep.equal([true, true, true, false, false]);
    await deps.audit.settled();
    expect((await history(account.id))[0]).to.deep.include({ type: 'limit.reached', limit: 'cancel-recovery' });
    clock.advance(30 * 24 * 3600 + 60);
    await wait(account.id);
    await pressed('not-me', tokens[3]!);
    expect(await waiting(account.id)).to.equal(0);
  });

  it('lets no more than three of 8 links through that are pressed at once, and counts each that it did', async () => {
    const account = await makeAccount();
    await wait(account.id);
    const tokens = await Promise.all(Array.from({ length: 8 }, () => issue('not-me', account.id, account.email)));
    await Promise.all(tokens.map((token) => pressed('not-me', token)));
    const { deps } = await sharedServer();
    await deps.audit.settled();
    const types = (await history(account.id)).map(({ type }) => type);
    const stopped = types.filter((type) => type === 'recovery.cancelled').length;
    expect(stopped).to.be.within(1, 3);
    expect(await left(account.id)).to.equal(3 - stopped);
    expect(await waiting(account.id)).to.equal(0);
  });

  it('counts nothing, tells of nothing and stays good where nothing is to be stopped', async () => {
    // What happened: who pressed it in the mail about a new device spent one of their three, and was mailed that a recovery was stopped.
    const { deps, received } = await sharedServer();
    const account = await makeAccount();
    const token = await issue('not-me', account.id, account.email);
    for (let times = 0; times < 4; times++) await pressed('not-me', token);
    expect([await left(account.id), await history(account.id), await received(account.email)]).to.deep.equal([3, [], []]);
    await wait(account.id);
    await pressed('not-me', token);
    expect([await left(account.id), await waiting(account.id)]).to.deep.equal([2, 0]);
    expect((await deps.mailedLinks.find(token, 'not-me'))!.used).to.equal(true);
  });

  it('does not count what stops the one recovery that it was mailed for', async () => {
    const account = await makeAccount();
    for (let times = 0; times < 4; times++) {
      await wait(account.id);
      await pressed('cancel-recovery', await issue('cancel-recovery', account.id, account.email));
      expect(await waiting(account.id)).to.equal(0);
    }
    expect(await left(account.id)).to.equal(3);
  });

  it('stops no later recovery with the link of an earlier one', async () => {
    const { deps, clock } = await sharedServer();
    const account = { ...(await makeAccount()), noticeEmail: newAddress('notices') };
    const until = new Date(clock().getTime() + 72 * 3600_000);
    await commit([
      deps.recoveries.start(account.id, 'questions', 72),
      ...noticesTo(deps, account, `test/${account.id}`, { kind: 'recovery-waiting', proof: 'questions', until }),
    ]);
    const { newest } = await sharedServer();
    const [first, second] = await Promise.all([account.email, account.noticeEmail].map(async (to) => (await newest(to)).links[0]!));
    const tokenIn = (link: string | undefined) => new URL(link!).searchParams.get('token')!;
    await pressed('cancel-recovery', tokenIn(first));
    clock.advance(2 * 24 * 3600);
    await wait(account.id);
    await pressed('cancel-recovery', tokenIn(second));
    expect(await waiting(account.id)).to.equal(1);
  });

  it('stops what waits with the link of its mail, and no recovery under way', async () => {
    // What happened: a former partner who reads the mailbox began one by the answers, again and again, and with its own link stopped the
    // owner's, as often as that was begun: the limit of links that stop any recovery was never reached.
    const { deps, clock } = await sharedServer();
    const account = await makeAccount();
    await wait(account.id);
    const token = await issue('cancel-recovery', account.id, account.email);
    clock.advance(60);
    const provenAt = clock();
    await commit([deps.recoveries.start(account.id, 'method:a-phone', 24)]);
    await pressed('cancel-recovery', token);
    expect((await deps.recoveries.of(account.id)).map(({ proof }) => proof)).to.deep.equal(['method:a-phone']);
    expect(await deps.recoveries.cancelledSince(account.id, provenAt)).to.equal(false);
    expect((await deps.mailedLinks.find(token, 'cancel-recovery'))!.used).to.equal(true);
  });

  it('freezes nothing that was settled meanwhile, and uses nothing up', async () => {
    const { deps } = await sharedServer();
    const { id, from } = await changed();
    const token = await issue('freeze-email', id, from.canonical);
    await commit([deps.accounts.confirmEmail(id, from)]);
    await pressed('freeze-email', token);
    expect((await deps.accounts.find(id))!.former).to.equal(null);
    expect((await deps.mailedLinks.find(token, 'freeze-email'))!.used).to.equal(false);
  });

  it('lets the first address freeze after a second change, and the one in between as well', async () => {
    const { deps } = await sharedServer();
    for (const who of ['first', 'between'] as const) {
      const { id, from, to } = await changed();
      await commit([deps.accounts.changeEmail(id, to, parseEmailAddress(newAddress('third'))!)]);
      await pressed('freeze-email', await issue('freeze-email', id, (who === 'first' ? from : to).canonical));
      expect((await deps.accounts.find(id))!.former!.frozenAt, who).to.be.instanceOf(Date);
    }
  });

  it('freezes nothing for an address that the account never had', async () => {
    const { deps } = await sharedServer();
    const { id } = await changed();
    await pressed('freeze-email', await issue('freeze-email', id, 'eve@people.test'));
    expect((await deps.accounts.find(id))!.former!.frozenAt).to.equal(null);
  });

  it('throws link_invalid for what is no link', async () => {
    const failed = await pressed('not-me', 'x').catch((error: { code: string }) => error.code);
    expect(failed).to.equal('link_invalid');
  });
});
