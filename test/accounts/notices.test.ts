import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { parseEmailAddress } from '../../src/accounts/email-address.ts';
import { type Notice, noticesTo } from '../../src/accounts/notices.ts';
import { SECURITY_CHANGES } from '../../src/messages/account-messages.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { newAddress, newPhone } from '../support/people.ts';
import { commit, makeAccount, sharedServer } from '../support/shared-server.ts';

const SAID = { device: 'Firefox (Windows)' };
const text = (phone: string) => ({ id: randomUUID(), method: 'text', phone }) as const;

/** Told, and what arrived at each of these. */
async function told(account: Awaited<ReturnType<typeof makeAccount>>, notice: Notice, to: readonly string[], id: string = randomUUID()) {
  const { deps, newest, received } = await sharedServer();
  const before = await Promise.all(to.map(async (address) => (await received(address)).length));
  await commit(noticesTo(deps, account, id, notice));
  return Promise.all(to.map((address, index) => newest(address, before[index]! + 1)));
}

const owner = async () => {
  const [email, noticeEmail] = [newAddress(), newAddress('notices')];
  const account = { ...(await makeAccount({ email })), noticeEmail };
  return { account, email, noticeEmail };
};
const pathsIn = (links: readonly string[]) => links.map((link) => new URL(link).pathname);

describe('accounts/notices', () => {
  it('tell both addresses, each with a link of its own that is good for 30 days', async () => {
    const { deps, clock } = await sharedServer();
    const { account, email, noticeEmail } = await owner();
    const [first, second] = await told(account, { kind: 'new-device', ...SAID }, [email, noticeEmail]);
    expect(first!.text).to.include('Firefox (Windows)');
    expect([pathsIn(first!.links), pathsIn(second!.links)]).to.deep.equal([['/users/alerts/not-me'], ['/users/alerts/not-me']]);
    const [own, other] = [first, second].map((mail) => new URL(mail!.links[0]!).searchParams.get('token')!);
    expect(own).not.to.equal(other);
    const link = async () => (await deps.mailedLinks.find(own!, 'not-me'))!;
    expect([(await link()).about, (await link()).isFor(email), (await link()).isFor(noticeEmail)]).to.deep.equal([account.id, true, false]);
    clock.advance(30 * 24 * 3600 - 60);
    expect((await link()).expired).to.equal(false);
    clock.advance(120);
    expect((await link()).expired).to.equal(true);
  });

  it('tell an address once, however often it is told with one id, and whichever it is written as', async () => {
    const { deps, received, newest } = await sharedServer();
    const { email } = await owner();
    const account = { ...(await makeAccount()), email, noticeEmail: email.toUpperCase() };
    const [id, later] = [randomUUID(), randomUUID()];
    for (const each of [id, id, later]) await commit(noticesTo(deps, account, each, { kind: 'account-kept' }));
    await newest(email, 2);
    expect([(await received(email)).length, (await received(email.toUpperCase())).length]).to.deep.equal([2, 2]);
  });

  it('give the code of a recovery to the address of the account, and to the other the news of it', async () => {
    const { account, email, noticeEmail } = await owner();
    const notice = { kind: 'recovery-code', code: '012345', minutes: 30, ...SAID } as const;
    const [code, news] = await told(account, notice, [email, noticeEmail]);
    expect([code!.codes, news!.codes]).to.deep.equal([['012345'], []]);
    expect([code!.subject, news!.subject]).to.deep.equal([
      'Code to reset the password of your USCIS online account',
      'Somebody asked to reset your password',
    ]);
    expect([code, news].map((mail) => pathsIn(mail!.links))).to.deep.equal([['/users/alerts/not-me'], ['/users/alerts/not-me']]);
  });

  it('tell of a recovery that waits every address and every phone, which get neither link nor address', async () => {
    const { clock } = await sharedServer();
    const { account, email, noticeEmail } = await owner();
    const phones = [newPhone(), newPhone()];
    const reached = { ...account, methods: [...account.methods, ...phones.map(text)] };
    const until = new Date(clock().getTime() + 72 * 3600_000);
    const [mails, others, ...texts] = await told(reached, { kind: 'recovery-waiting', proof: 'questions', until }, [
      email,
      noticeEmail,
      ...phones,
    ]);
    for (const mail of [mails, others]) expect(pathsIn(mail!.links)).to.deep.equal(['/users/alerts/cancel-recovery']);
    for (const message of texts) {
      expect(message.channel).to.equal('text');
      expect(message.links).to.deep.equal([]);
      expect(message.text).not.to.include(email);
    }
  });

  it('give a link that stops a recovery for as long as it may go on', async () => {
    const { deps, clock } = await sharedServer();
    const { account, email } = await owner();
    const until = new Date(clock().getTime() + 24 * 3600_000);
    const [mail] = await told(account, { kind: 'recovery-waiting', proof: 'method', until }, [email]);
    const token = new URL(mail!.links[0]!).searchParams.get('token')!;
    const expired = async () => (await deps.mailedLinks.find(token, 'cancel-recovery'))!.expired;
    clock.advance(8 * 24 * 3600 - 60);
    expect(await expired()).to.equal(false);
    clock.advance(2 * 3600);
    expect(await expired()).to.equal(true);
  });

  it('tell of a changed address the former, the new and the one for notices, and let the former alone stop it', async () => {
    const { account, email, noticeEmail } = await owner();
    const next = newAddress('lena');
    const notice = { kind: 'email-changed', from: parseEmailAddress(email)!, to: parseEmailAddress(next)! } as const;
    // Whether it is read before the change or after it.
    for (const read of [account, { ...account, email: next }]) {
      const [former, now, notices] = await told(read, notice, [email, next, noticeEmail]);
      expect(pathsIn(former!.links)).to.deep.equal(['/users/alerts/freeze-email']);
      expect([now!.links, notices!.links]).to.deep.equal([[], []]);
      for (const mail of [former, now, notices]) expect(mail!.text).to.include('l•••@people.test').and.not.include(next);
    }
  });

  it('tell the former address of a frozen change, too', async () => {
    const { clock } = await sharedServer();
    const { account, email, noticeEmail } = await owner();
    const was = newAddress('former');
    const until = new Date(clock().getTime() + 1000_000);
    const former = { email: was, between: [], methods: [], backupCodeHash: null, until, frozenAt: clock() };
    const mails = await told({ ...account, former }, { kind: 'email-frozen' }, [was, email, noticeEmail]);
    for (const mail of mails) expect([mail.subject, mail.links]).to.deep.equal(['The change of your email address was stopped', []]);
  });

  it('are told by text of a recovery that waits, and of nothing else', async () => {
    const { clock, received } = await sharedServer();
    const { account, email } = await owner();
    const phone = newPhone();
    const reached = { ...account, methods: [...account.methods, text(phone)] };
    for (const notice of [{ kind: 'recovery-cancelled' }, { kind: 'new-device', ...SAID }, { kind: 'account-kept' }] as const)
      await told(reached, notice, [email]);
    const until = new Date(clock().getTime() + 24 * 3600_000);
    // What waits for this text has been told before it, if at all.
    await told(reached, { kind: 'recovery-waiting', proof: 'method', until }, [phone]);
    expect(await received(phone)).to.have.length(1);
  });

  it('send one text to a number, also where it was removed and added again since the address changed', async () => {
    const { clock, received } = await sharedServer();
    const { account, email } = await owner();
    const [again, was] = [newPhone(), newPhone()];
    const until = new Date(clock().getTime() + 1000_000);
    const former = { email, between: [], methods: [text(again), text(was)], backupCodeHash: null, until, frozenAt: clock() };
    const reached = { ...account, methods: [...account.methods, text(again)], former };
    await told(reached, { kind: 'email-settling', addressMasked: 'l•••@people.test', until }, [again, was]);
    // What waits for this text has been told before it, if at all.
    await told(reached, { kind: 'recovery-waiting', proof: 'method', until }, [again]);
    expect((await Promise.all([again, was].map(received))).map((all) => all.length)).to.deep.equal([2, 1]);
  });

  it('are not sent where what they tell of did not happen, nor is a link kept', async () => {
    const { deps, env, received, newest } = await sharedServer();
    const { account, email, noticeEmail } = await owner();
    const undo = () => Promise.reject(new Error('undone'));
    const writes = [...noticesTo(deps, account, randomUUID(), { kind: 'new-device', ...SAID }), undo];
    expect(await deps.transaction(writes).catch((error: Error) => error.message)).to.equal('undone');
    const db = await connectMongo(env.MONGODB_URI);
    const links = () => db.collection('mailed_links').countDocuments({ about: account.id });
    expect(await links()).to.equal(0);
    await commit(noticesTo(deps, account, randomUUID(), { kind: 'account-kept' }));
    await newest(noticeEmail, 1);
    await newest(email, 1);
    expect([await links(), (await received(email)).length, (await received(noticeEmail)).length]).to.deep.equal([2, 1, 1]);
    await db.close();
  });

  it('reach each address once, in whichever places it stands', async () => {
    const { clock, received } = await sharedServer();
    const { account, email } = await owner();
    // The first address of several changes, the former one, and that for notices are one.
    const until = new Date(clock().getTime() + 1000_000);
    const former = { email, between: [], methods: [], backupCodeHash: null, until, frozenAt: null };
    const [second, third] = [newAddress('second'), newAddress('third')];
    const notice = { kind: 'email-changed', from: parseEmailAddress(second)!, to: parseEmailAddress(third)! } as const;
    const mails = await told({ ...account, email: second, former, noticeEmail: email.toUpperCase() }, notice, [email, second, third]);
    expect((await Promise.all([email, second, third].map(received))).map((all) => all.length)).to.deep.equal([1, 1, 1]);
    // Both that it was taken from may stop it, the new one may not.
    expect(mails.map((mail) => pathsIn(mail!.links))).to.deep.equal([['/users/alerts/freeze-email'], ['/users/alerts/freeze-email'], []]);
  });

  it('tell a former address that may still object that the account will be closed, and how to stop that', async () => {
    const { clock } = await sharedServer();
    const { account, email } = await owner();
    const was = newAddress('former');
    const until = new Date(clock().getTime() + 14 * 24 * 3600_000);
    const former = { email: was, between: [], methods: [], backupCodeHash: null, until, frozenAt: null };
    const [mail, present] = await told({ ...account, former }, { kind: 'account-closing', until, ...SAID }, [was, email]);
    expect(pathsIn(mail!.links)).to.deep.equal(['/users/alerts/freeze-email']);
    expect(mail!.text).to.include('the account is then not erased').and.not.include('Sign in here');
    expect(pathsIn(present!.links)).to.deep.equal(['/']);
    expect(present!.text).to.not.include('Stop the change');
  });

  it('tell the addresses in between, which may object, too', async () => {
    const { clock } = await sharedServer();
    const { account, email } = await owner();
    const [was, between, later] = [newAddress('first'), newAddress('between'), newAddress('later')];
    const until = new Date(clock().getTime() + 1000_000);
    const former = { email: was, between: [between, later], methods: [], backupCodeHash: null, until, frozenAt: null };
    const all = [was, between, later, email];
    const closing = await told({ ...account, former }, { kind: 'account-closing', until, ...SAID }, all);
    expect(closing.map((mail) => pathsIn(mail.links))).to.deep.equal([...Array(3).fill(['/users/alerts/freeze-email']), ['/']]);
    const settling = { kind: 'email-settling', addressMasked: 'b•••@people.test', until } as const;
    for (const notice of [{ kind: 'email-frozen' }, settling, { kind: 'email-settled' }, { kind: 'email-restored' }] as const)
      expect(await told({ ...account, former }, notice, all), notice.kind).to.have.length(4);
  });

  it('leave out a first address that may not object any more', async () => {
    const { clock, received } = await sharedServer();
    const { account, email } = await owner();
    const was = newAddress('former');
    const former = { email: was, between: [], methods: [], backupCodeHash: null, until: clock(), frozenAt: null };
    await told({ ...account, former }, { kind: 'email-change-requested', newAddressMasked: 'l•••@x.test' }, [email]);
    expect(await received(was)).to.deep.equal([]);
  });

  it('speak the language of the account, and know each kind', async () => {
    const { newest, received, deps, clock } = await sharedServer();
    const { account, email } = await owner();
    const until = new Date(clock().getTime() + 14 * 24 * 3600_000);
    const notices: Notice[] = [
      { kind: 'recovery-cancelled' },
      { kind: 'password-changed', how: 'recovered', ...SAID },
      ...SECURITY_CHANGES.map((what) => ({ kind: 'security-change', what, ...SAID }) as const),
      { kind: 'email-change-requested', newAddressMasked: 'l•••@x.test' },
      { kind: 'email-restored' },
      { kind: 'code-failures', ...SAID },
      { kind: 'account-closing', until },
      { kind: 'account-closed' },
    ];
    for (const notice of notices) await commit(noticesTo(deps, { ...account, noticeEmail: null, language: 'es' }, randomUUID(), notice));
    await newest(email, notices.length);
    const mails = await received(email);
    expect(mails).to.have.length(notices.length);
    for (const { text: said } of mails) expect(said).to.include('Si no fue usted');
    expect(new Set(mails.map(({ subject }) => subject)).size).to.equal(notices.length);
  });
});
