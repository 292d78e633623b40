/** What is stolen, and what it opens: each row of the table in docs/decisions is tried on the whole system. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseEmailAddress } from '../../src/accounts/email-address.ts';
import { noticesTo } from '../../src/accounts/notices.ts';
import { untilDelivered } from '../support/delivered.ts';
import { appCode, backupCodeOn, codeAfter, enterCode, newAddress, newPhone, notNow } from '../support/people.ts';
import { makeRecoverable, moveAddress, type Recoverable } from '../support/recoverable.ts';
import {
  BACKUP,
  choose,
  giveAnswers,
  giveMethod,
  NEW_PASSWORD,
  NOTHING,
  proveMailbox,
  QUESTIONS,
  setPassword,
  stepOf,
} from '../support/recovering.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { useOn } from '../support/software-authenticator.ts';
import type { Visitor } from '../support/visitor.ts';

const HOUR = 3600;
const BACKUP_LINK = "I can't get a code: use my backup code";
const TABLE = readFileSync('docs/decisions/0015-what-an-attacker-needs.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!stolen|---)/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, stolen = '', opens = '', fast = '', told = '']) => ({ stolen, opens, fast, told }));
const tried: string[] = [];

describe('walk: what is stolen, and what it opens', function () {
  this.timeout(60_000);
  let server: TestServer;
  let networks = 0;

  before(async () => {
    server = await startServer({ env: { TRUST_PROXY: '1' } });
  });
  after(() => server.close());

  /** A browser nobody has seen, from a network of its own. */
  const stranger = () => server.visitor({ 'x-forwarded-for': `198.51.100.${++networks % 250}` });
  async function victim(parts: Parameters<typeof makeRecoverable>[1]): Promise<Recoverable & { notices: string }> {
    const { deps } = server;
    const made = await makeRecoverable(deps, parts);
    const notices = newAddress('notices');
    await deps.transaction([deps.accounts.setNoticeEmail(made.id, { from: null, to: notices })]);
    return { ...made, notices };
  }
  const isIn = async (visitor: Visitor): Promise<boolean> => {
    await visitor.open(`${server.origin}/account`);
    return visitor.page().heading === 'Your account';
  };
  const password = async (visitor: Visitor, { email }: Recoverable, typed: string) => {
    await visitor.open('/');
    await visitor.press('Sign In', { 'Email address': email, Password: typed });
  };
  /** Signs in with the password and a code that came to this address or number. */
  async function signIn(visitor: Visitor, person: Recoverable, typed = person.password): Promise<void> {
    if (person.secret) {
      server.clock.advance(60);
      await password(visitor, person, typed);
      await enterCode(visitor, await appCode(server, person.secret));
    } else {
      const code = await codeAfter(server, person.phone ?? person.email, () => password(visitor, person, typed));
      await enterCode(visitor, code);
    }
    await notNow(visitor);
  }
  const recovering = async (person: Recoverable): Promise<Visitor> => {
    const thief = stranger();
    await proveMailbox(server, thief, person.email);
    expect(stepOf(thief)).to.equal('recovery/choose-proof');
    return thief;
  };
  const settled = () => untilDelivered(server);
  const subjects = async (to: string) => {
    await settled();
    return (await server.received(to)).map(({ subject }) => subject);
  };
  const told = async ({ email, notices }: { email: string; notices: string }, subject: RegExp) => {
    for (const address of [email, notices]) expect((await subjects(address)).join('\n'), address).to.match(subject);
  };

  /** `expected`: how the row says it, so that the table cannot say anything else than what is tried. */
  const row = (stolen: string, expected: { opens: RegExp; fast: RegExp; told: RegExp }, attempt: () => Promise<unknown>) => {
    tried.push(stolen);
    it(stolen, async () => {
      const found = TABLE.find((line) => line.stolen === stolen);
      expect(found, `a row "${stolen}"`).not.to.equal(undefined);
      for (const column of ['opens', 'fast', 'told'] as const) expect(found![column], column).to.match(expected[column]);
      await attempt();
    });
  };
  const NOTHING_AT_ALL = { opens: /^nothing/, fast: /^–$/ };
  const AT_ONCE = { opens: /^the account/, fast: /^at once$/ };

  row('the password', { ...NOTHING_AT_ALL, told: /both addresses, after wrong codes/ }, async () => {
    const person = await victim(['email']);
    const thief = stranger();
    await password(thief, person, person.password);
    expect(stepOf(thief)).to.equal('sign-in/email-code');
    for (let guess = 0; guess < 4; guess++) await enterCode(thief, '000000');
    expect(await isIn(thief)).to.equal(false);
    await told(person, /password/i);
  });

  row('the mailbox', { ...NOTHING_AT_ALL, told: /address for notices/ }, async () => {
    const person = await victim(['email']);
    const thief = await recovering(person);
    await choose(thief, NOTHING);
    await thief.press('I do not remember my answers');
    expect(stepOf(thief)).to.equal('recovery/support');
    expect(await isIn(thief)).to.equal(false);
    expect((await subjects(person.notices)).join('\n')).to.match(/reset/i);
  });

  row('a phone, a backup code or the answers, alone', { ...NOTHING_AT_ALL, told: /nobody/ }, async () => {
    const person = await victim(['text']);
    const thief = stranger();
    await password(thief, person, 'Not-the-password 1!');
    expect(thief.page().status).to.equal(422);
    expect(await server.received(person.phone!), 'codes to the phone').to.deep.equal([]);
    await thief.open('/users/password/new');
    await thief.press('Send code', { 'Email address': person.email });
    await enterCode(thief, '000000');
    expect(stepOf(thief), 'nothing but the mailbox goes on').to.equal('recovery/recovery-code');
    for (const step of ['choose-proof', 'answer-questions', 'backup-code', 'new-password']) {
      const [, , uid] = new URL(thief.page().url).pathname.split('/');
      await thief.open(`/interaction/${uid}/recovery/${step}`);
      expect(stepOf(thief), step).to.equal('recovery/recovery-code');
    }
  });

  row('phone and password', { ...AT_ONCE, told: /both addresses: a new device/ }, async () => {
    const person = await victim(['text']);
    const thief = stranger();
    await signIn(thief, person);
    expect(await isIn(thief)).to.equal(true);
    await told(person, /new device/i);
  });

  row('mailbox and password, codes by mail', { ...AT_ONCE, told: /both addresses: a new device/ }, async () => {
    const person = await victim(['email']);
    const thief = stranger();
    await signIn(thief, person);
    expect(await isIn(thief)).to.equal(true);
    await told(person, /new device/i);
  });

  row('mailbox and answers, codes by mail', { ...AT_ONCE, told: /password was changed/ }, async () => {
    const person = await victim(['email']);
    const thief = await recovering(person);
    await choose(thief, QUESTIONS);
    await giveAnswers(thief);
    await setPassword(thief);
    expect(await isIn(thief), 'without the second factor').to.equal(false);
    await signIn(thief, person, NEW_PASSWORD);
    expect(await isIn(thief)).to.equal(true);
    await told(person, /password was (changed|reset)/i);
  });

  row(
    'mailbox and answers, codes by phone',
    { opens: /^the account, if nobody/, fast: /^after 72 hours$/, told: /every phone/ },
    async () => {
      const person = await victim(['text']);
      const known = await recovering(person);
      await choose(known, QUESTIONS);
      await giveAnswers(known);
      await setPassword(known);
      await password(known, person, NEW_PASSWORD);
      expect(stepOf(known), 'the new password alone').to.equal('sign-in/text-code');
      const beginning = async () => {
        server.clock.advance(HOUR);
        const thief = await recovering(person);
        await choose(thief, NOTHING);
        await giveAnswers(thief);
        return thief;
      };
      expect(stepOf(await beginning())).to.equal('recovery/waiting');
      await told(person, /recovering/i);
      expect((await server.received(person.phone!)).map(({ text }) => text).join()).to.match(/recover/i);
      server.clock.advance(70 * HOUR);
      expect(stepOf(await beginning()), 'an hour early').to.equal('recovery/waiting');
      const thief = await beginning();
      await setPassword(thief, `${NEW_PASSWORD}2`);
      const phone = newPhone();
      await enterCode(
        thief,
        await codeAfter(server, phone, () => thief.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone })),
      );
      await thief.press('Proceed');
      await signIn(thief, { ...person, phone }, `${NEW_PASSWORD}2`);
      expect(await isIn(thief)).to.equal(true);
    },
  );

  row('mailbox and phone', { opens: /^the account, if nobody/, fast: /^after 24 hours$/, told: /every phone/ }, async () => {
    const person = await victim(['text']);
    const beginning = async () => {
      const thief = await recovering(person);
      await giveMethod(server, thief, person, 'text');
      return thief;
    };
    expect(stepOf(await beginning())).to.equal('recovery/waiting');
    await told(person, /recovering/i);
    server.clock.advance(23 * HOUR);
    expect(stepOf(await beginning()), 'an hour early').to.equal('recovery/waiting');
    server.clock.advance(HOUR);
    const thief = await beginning();
    await setPassword(thief);
    await signIn(thief, person, NEW_PASSWORD);
    expect(await isIn(thief)).to.equal(true);
  });

  row('mailbox and backup code', { ...AT_ONCE, told: /backup code was used, the password was changed/ }, async () => {
    const person = await victim(['text']);
    const thief = await recovering(person);
    await choose(thief, BACKUP);
    await thief.press('Submit', { 'Backup code': person.backupCode });
    await setPassword(thief);
    const replaced = backupCodeOn(thief);
    await thief.press('Proceed');
    await password(thief, person, NEW_PASSWORD);
    await thief.press(BACKUP_LINK);
    await thief.press('Submit', { 'Backup code': replaced });
    expect(stepOf(thief), 'goes on to a method of its own').to.equal('sign-in/new-method');
    await told(person, /backup code was used/i);
    await told(person, /password was (changed|reset)/i);
  });

  row('backup code and password', { ...AT_ONCE, told: /backup code was used/ }, async () => {
    const person = await victim(['app']);
    const thief = stranger();
    await password(thief, person, person.password);
    await thief.press(BACKUP_LINK);
    await thief.press('Submit', { 'Backup code': person.backupCode });
    const phone = newPhone();
    await enterCode(
      thief,
      await codeAfter(server, phone, () => thief.press('Submit', { 'Text message': true, 'U.S. mobile phone number': phone })),
    );
    await thief.press('Proceed');
    await notNow(thief);
    expect(await isIn(thief)).to.equal(true);
    await told(person, /backup code was used/i);
  });

  row('everything, for some minutes', { opens: /^the account/, fast: /^at once/, told: /both addresses/ }, async () => {
    const { deps } = server;
    const person = await victim(['text']);
    const { id, backupCodeHash } = await person.account();
    const thief = stranger();
    await signIn(thief, person);
    // What the account pages then allow: a phone of the thief's, none of the owner's, another backup code, another address.
    const phone = newPhone();
    await deps.transaction([
      deps.accounts.addMethod(id, { id: 'theirs', method: 'text', phone }),
      deps.accounts.removeMethod(id, 'a-phone'),
      deps.accounts.setBackupCode(id, { from: backupCodeHash, to: 'a hash of theirs' }),
      deps.accounts.setNoticeEmail(id, { from: person.notices, to: null }),
    ]);
    const moved = await moveAddress(deps, person);
    await deps.transaction([deps.accounts.freeze(id, parseEmailAddress(person.email)!.canonical)]);
    await thief.open(`${server.origin}/account/change/settle-email`);
    expect(thief.page().heading, 'the thief cannot settle it').to.equal('Our support team has to settle this');
    const recovered = stranger();
    await proveMailbox(server, recovered, moved);
    expect(stepOf(recovered), 'nor recover from there').to.equal('recovery/frozen');
    const owner = stranger();
    await proveMailbox(server, owner, person.email);
    expect(owner.page().text, 'what is younger proves nothing').not.to.match(/My phone|My backup code/);
    await choose(owner, NOTHING);
    expect(stepOf(owner), 'operators settle it').to.equal('recovery/support');
  });

  row('a session cookie', { opens: /no change of the account/, fast: /12 hours in all$/, told: /nobody/ }, async () => {
    const person = await victim(['text']);
    const owner = stranger();
    await signIn(owner, person);
    const thief = stranger();
    for (const cookie of await owner.jar.getCookies(server.origin)) await thief.jar.setCookie(cookie, server.origin);
    expect(await isIn(thief)).to.equal(true);
    expect(thief.page().html).not.to.contain(person.phone!.slice(-6));
    server.clock.advance(6 * 60);
    for (const path of ['change/change-password', 'change/close-account', 'data', 'not-me', 'language'])
      expect((await thief.open(`${server.origin}/account/${path}`)).url, path).to.match(/sign-in\/password$/);
    expect(await isIn(thief)).to.equal(true);
    // What is idle the provider's library ends by the real clock.
    server.clock.advance(12 * HOUR);
    expect(await isIn(thief)).to.equal(false);
  });

  row('a link of a notice', { ...NOTHING_AT_ALL, told: /if it stopped one/ }, async () => {
    const { deps } = server;
    const person = await victim(['text']);
    const before = await person.account();
    await deps.transaction([
      deps.recoveries.start(person.id, 'questions', 72),
      ...noticesTo(deps, before, `stolen/${person.id}`, { kind: 'security-change', what: 'sessions-ended' }),
    ]);
    deps.outbox.nudge();
    await settled();
    const [mail] = await server.received(person.email);
    const link = mail!.links.find((url) => url.includes('/users/alerts/'))!;
    const thief = stranger();
    await thief.open(link);
    expect(await deps.recoveries.of(person.id), 'opening it').to.have.length(1);
    await thief.press('Stop any recovery');
    expect(await deps.recoveries.of(person.id)).to.deep.equal([]);
    await told(person, /recovery.*stopped/i);
    expect(await isIn(thief)).to.equal(false);
    const { passwordHash, methods, newPasswordDue } = await person.account();
    expect({ passwordHash, methods, newPasswordDue }).to.deep.equal({
      passwordHash: before.passwordHash,
      methods: before.methods,
      newPasswordDue: false,
    });
  });

  row('an unlocked device with a passkey', { opens: /^nothing without its PIN/, fast: /^–$/, told: /nobody/ }, async () => {
    const person = await victim(['text', 'passkey']);
    const thief = stranger();
    await thief.open('/');
    await useOn(thief, person.device, { verified: false });
    expect(await isIn(thief), 'without PIN, finger or face').to.equal(false);
    await thief.open('/');
    await useOn(thief, person.device);
    await notNow(thief);
    expect(await isIn(thief)).to.equal(true);
  });

  row(
    'a former partner with the mailbox and all answers',
    { opens: /200 wrong passwords never keep/, fast: /^–$/, told: /every phone/ },
    async () => {
      const person = await victim(['text']);
      const owner = stranger();
      await signIn(owner, person);
      await owner.press('Sign out');
      const partner = await recovering(person);
      await choose(partner, NOTHING);
      await giveAnswers(partner);
      expect(stepOf(partner)).to.equal('recovery/waiting');
      for (let round = 0; round < 10; round++) {
        const visitor = stranger();
        await visitor.open('/');
        const { url, body } = visitor.formOf('Sign In', { 'Email address': person.email, Password: 'Not-the-password 1!' });
        for (let guess = 0; guess < 20; guess++) expect((await visitor.post(url, body.toString())).status).to.equal(422);
      }
      const refused = stranger();
      await password(refused, person, person.password);
      expect(refused.page().status, 'in a browser that is not known').to.equal(422);
      await signIn(owner, person);
      expect(await isIn(owner), 'in the browser of the owner').to.equal(true);
      expect(await server.deps.recoveries.of(person.id), 'ended by that sign-in').to.deep.equal([]);
      server.clock.advance(72 * HOUR);
      const again = await recovering(person);
      await choose(again, NOTHING);
      await giveAnswers(again);
      expect(stepOf(again), 'begins anew').to.equal('recovery/waiting');
    },
  );

  it('is all that the table says', () => expect(tried).to.deep.equal(TABLE.map(({ stolen }) => stolen)));
});
