import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import type { Logger } from 'pino';
import { createSeal } from '../../src/crypto/seal.ts';
import type { Message } from '../../src/messages/message.ts';
import { LEASE_SECONDS } from '../../src/messages/message-store.ts';
import { createOutbox, LANES, messageKey, type Outbox, type OutboxOptions, retryDelay } from '../../src/messages/outbox.ts';
import type { MessageBrand } from '../../src/messages/render-message.ts';
import type { Handover, Mail, Mailer, Texter, TextMessage } from '../../src/messages/sender.ts';
import { createSmtpMailer } from '../../src/messages/smtp.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { createTexts } from '../../src/texts.ts';
import { keptLog } from '../support/log.ts';
import { type MailServer, smtpError, startMailServer } from '../support/mail-server.ts';
import { testDatabaseUri } from '../support/mongo.ts';
import { SAMPLE_CODE, SAMPLE_LINK, sampleMessage, sampleMessages } from '../support/sample-messages.ts';

const root = join(import.meta.dirname, '../..');
const brand = JSON.parse(readFileSync(join(root, 'config/brand.json'), 'utf8')) as MessageBrand;
const texts = createTexts(join(root, 'config/locales'));
const ACCEPTED: Handover = { outcome: 'accepted' };

/** A way out that does as the test says and tells what it was given. */
function wayOut<Given extends Mail | TextMessage>(
  answer: (given: Given, attempt: number) => Handover | Promise<Handover> = () => ACCEPTED,
) {
  const given: Given[] = [];
  return {
    given,
    closed: false,
    async send(message: Given): Promise<Handover> {
      given.push(message);
      return answer(message, given.length);
    },
    close() {
      this.closed = true;
    },
  };
}

describe('the outbox', () => {
  let uri: string;
  let now: Date;
  let log: ReturnType<typeof keptLog>;
  const open: (() => Promise<unknown>)[] = [];
  const later = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000);
  };
  const nobody: Mailer & Texter = wayOut<Mail & TextMessage>(() => expect.fail('nothing was to be sent this way'));

  /** One process: a connection of its own. */
  async function worker(
    options: Partial<Pick<OutboxOptions, 'mailer' | 'texter' | 'seal'>> = {},
  ): Promise<{ outbox: Outbox; db: Connection }> {
    const db = await connectMongo(uri);
    const outbox = createOutbox({
      ...{ db, clock: () => now, texts, mailer: nobody, texter: nobody, seal: createSeal(['k'.repeat(43)]) },
      config: { brand, issuer: 'https://myaccount.example.org' },
      log: log as unknown as Logger,
      ...options,
    });
    await outbox.init();
    open.push(async () => {
      await outbox.stop();
      await db.close();
    });
    return { outbox, db };
  }
  async function mailServer(options?: Parameters<typeof startMailServer>[0]): Promise<MailServer> {
    const server = await startMailServer(options);
    open.push(() => server.close());
    return server;
  }
  const smtp = (url: string) => createSmtpMailer({ smtpUrl: url, from: 'USCIS Account <myaccount@example.org>', production: false });
  const commit = ({ outbox, db }: { outbox: Outbox; db: Connection }, id: string, message: Message = sampleMessage('email-code')) =>
    createTransaction(db)([outbox.enqueue(id, message)]);
  /** Resolves when the message is in this state and, where given, has had so many tries; asked for again whenever the loop is free. */
  async function until(outbox: Outbox, id: string, state: 'waiting' | 'sent' | 'refused', tries?: number) {
    for (;;) {
      const found = await outbox.stateOf(id);
      if (found.state === state && (tries === undefined || found.tries === tries)) return found;
    }
  }

  beforeEach(async function () {
    this.timeout(120_000);
    uri = await testDatabaseUri();
    now = new Date('2026-11-22T12:00:00Z');
    log = keptLog();
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  it('sends at a nudge what a transaction has written, and a text as well as a mail', async () => {
    const server = await mailServer();
    const texter = wayOut<TextMessage>();
    const { outbox, db } = await worker({ mailer: smtp(server.url), texter });
    outbox.start();
    await createTransaction(db)([
      outbox.enqueue('m/1', sampleMessage('email-code', 'es')),
      outbox.enqueue('t/1', sampleMessage('text-code')),
    ]);
    outbox.nudge();
    await until(outbox, 'm/1', 'sent');
    await until(outbox, 't/1', 'sent');
    expect(server.received[0]?.mail.subject).to.equal('Su código de un solo uso para su cuenta en línea de USCIS');
    expect(server.received[0]?.mail.headers.find(({ key }) => key === 'content-language')?.value).to.equal('es');
    expect(texter.given[0]).to.include({ to: '+12025550123', key: messageKey('t/1') });
    expect(texter.given[0]?.text).to.match(/^012345 is your/);
  });

  it('sends without a nudge too: another process may have written it and died', async () => {
    const mailer = wayOut<Mail>();
    const writer = await worker();
    await commit(writer, 'm/1');
    const { outbox } = await worker({ mailer });
    outbox.start();
    await until(outbox, 'm/1', 'sent');
    await commit(writer, 'm/2');
    await until(outbox, 'm/2', 'sent');
    expect(mailer.given).to.have.length(2);
  });

  it('sends nothing before it is started', async () => {
    const process = await worker();
    await commit(process, 'm/1');
    process.outbox.nudge();
    await process.outbox.stop();
    expect(await process.outbox.stateOf('m/1')).to.include({ state: 'waiting', tries: 0 });
  });

  it('loses nothing while the mail server is down, and sends when it is back', async () => {
    const server = await startMailServer();
    await server.close();
    const process = await worker({ mailer: smtp(server.url) });
    process.outbox.start();
    await commit(process, 'm/1');
    process.outbox.nudge();
    expect(await until(process.outbox, 'm/1', 'waiting', 1)).to.include({ state: 'waiting' });
    expect(await process.outbox.waiting()).to.equal(1);

    later(3);
    process.outbox.nudge();
    expect(await process.outbox.stateOf('m/1')).to.include({ tries: 1 });

    await mailServer({ port: server.port });
    later(5);
    process.outbox.nudge();
    await until(process.outbox, 'm/1', 'sent', 2);
    expect(await process.outbox.waiting()).to.equal(0);
  });

  it('tries again what a server cannot take now, and never what it will never take', async () => {
    const server = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('gone') ? smtpError(550, '5.1.1 unknown') : smtpError(451, '4.3.0 busy')),
    });
    const process = await worker({ mailer: smtp(server.url) });
    process.outbox.start();
    await commit(process, 'm/gone', sampleMessage('email-code', 'en', 'gone@example.org'));
    await commit(process, 'm/busy', sampleMessage('email-code', 'en', 'busy@example.org'));
    process.outbox.nudge();
    expect(await until(process.outbox, 'm/gone', 'refused')).to.include({ reason: 'rejected', tries: 1 });
    await until(process.outbox, 'm/busy', 'waiting', 1);
    later(10);
    process.outbox.nudge();
    await until(process.outbox, 'm/busy', 'waiting', 2);
  });

  it('tells why a text will never arrive', async () => {
    const process = await worker({ texter: wayOut<TextMessage>(() => ({ outcome: 'refused', reason: 'landline', detail: '' })) });
    process.outbox.start();
    await commit(process, 't/1', sampleMessage('text-code'));
    process.outbox.nudge();
    expect(await until(process.outbox, 't/1', 'refused')).to.include({ reason: 'landline' });
  });

  it('waits for as long as a provider asks', async () => {
    const texter = wayOut<TextMessage>((_, attempt) => (attempt === 1 ? { outcome: 'later', detail: '429', afterSeconds: 120 } : ACCEPTED));
    const process = await worker({ texter });
    process.outbox.start();
    await commit(process, 't/1', sampleMessage('text-code'));
    process.outbox.nudge();
    await until(process.outbox, 't/1', 'waiting', 1);
    later(119);
    process.outbox.nudge();
    await commit(process, 't/2', sampleMessage('text-code'));
    process.outbox.nudge();
    await until(process.outbox, 't/2', 'sent');
    expect(await process.outbox.stateOf('t/1')).to.include({ state: 'waiting', tries: 1 });
    later(1);
    process.outbox.nudge();
    await until(process.outbox, 't/1', 'sent');
  });

  it('drops a code that has expired before it could be sent, and keeps trying an account’s message', async () => {
    let down = true;
    const mailer = wayOut<Mail>(() => (down ? { outcome: 'later', detail: 'down' } : ACCEPTED));
    const process = await worker({ mailer });
    process.outbox.start();
    await commit(process, 'm/code', sampleMessage('email-code'));
    await commit(process, 'm/account', sampleMessage('account-created'));
    process.outbox.nudge();
    await until(process.outbox, 'm/code', 'waiting', 1);
    await until(process.outbox, 'm/account', 'waiting', 1);
    later(6 * 24 * 3600);
    down = false;
    process.outbox.nudge();
    expect(await until(process.outbox, 'm/code', 'refused')).not.to.have.property('reason');
    await until(process.outbox, 'm/account', 'sent');
    expect(mailer.given.filter(({ subject }) => subject.includes('one-time code'))).to.have.length(1);
  });

  it('sends each of 50 messages once with two processes at work', async () => {
    const server = await mailServer();
    const workers = [await worker({ mailer: smtp(server.url) }), await worker({ mailer: smtp(server.url) })] as const;
    for (const { outbox } of workers) outbox.start();
    await createTransaction(workers[0].db)(
      Array.from({ length: 50 }, (_, index) =>
        workers[0].outbox.enqueue(`m/${index}`, sampleMessage('email-code', 'en', `p${index}@example.org`)),
      ),
    );
    for (const { outbox } of workers) outbox.nudge();
    await server.count(50);
    for (let index = 0; index < 50; index += 1) await until(workers[0].outbox, `m/${index}`, 'sent');
    expect(server.received).to.have.length(50);
    expect(new Set(server.received.flatMap(({ to }) => to)).size).to.equal(50);
    const senders = new Set(log.lines.filter(({ text }) => text === 'message sent').map(({ fields }) => fields['key']));
    expect(senders.size).to.equal(50);
  });

  it('sends several at once, and no more than its lanes', async () => {
    let busy = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const mailer = wayOut<Mail>(async () => {
      busy += 1;
      most = Math.max(most, busy);
      await new Promise<void>((resolve) => {
        release.push(resolve);
        // When the lanes are full there is nothing else to wait for.
        if (release.length === LANES.mail) for (const go of release.splice(0)) setImmediate(go);
      });
      busy -= 1;
      return ACCEPTED;
    });
    const process = await worker({ mailer });
    await createTransaction(process.db)(
      Array.from({ length: 3 * LANES.mail }, (_, index) => process.outbox.enqueue(`m/${index}`, sampleMessage('email-code'))),
    );
    process.outbox.start();
    for (let index = 0; index < 3 * LANES.mail; index += 1) await until(process.outbox, `m/${index}`, 'sent');
    expect(most).to.equal(LANES.mail);
  });

  it('takes over the message of a process that died with it, under the same key', async () => {
    const hanging = Promise.withResolvers<Handover>();
    const first = wayOut<Mail>(() => hanging.promise);
    const dying = await worker({ mailer: first });
    await commit(dying, 'm/1');
    dying.outbox.start();
    while (first.given.length === 0) await dying.outbox.stateOf('m/1');

    const second = wayOut<Mail>();
    const heir = await worker({ mailer: second });
    heir.outbox.start();
    later(LEASE_SECONDS - 1);
    heir.outbox.nudge();
    await commit(heir, 'm/2');
    heir.outbox.nudge();
    await until(heir.outbox, 'm/2', 'sent');
    expect(second.given.map(({ key }) => key)).to.deep.equal([messageKey('m/2')]);

    later(1);
    heir.outbox.nudge();
    await until(heir.outbox, 'm/1', 'sent');
    expect(second.given.at(-1)?.key).to.equal(first.given[0]?.key);

    hanging.resolve({ outcome: 'later', detail: 'gave up at last' });
    await dying.outbox.stop();
    expect(await heir.outbox.stateOf('m/1')).to.include({ state: 'sent' });
  });

  it('waits for what is under way when it stops, then closes the mailer', async () => {
    const hanging = Promise.withResolvers<Handover>();
    const mailer = wayOut<Mail>(() => hanging.promise);
    const process = await worker({ mailer });
    await commit(process, 'm/1');
    process.outbox.start();
    while (mailer.given.length === 0) await process.outbox.stateOf('m/1');
    const stopping = process.outbox.stop();
    expect(mailer.closed).to.equal(false);
    hanging.resolve(ACCEPTED);
    await stopping;
    expect(mailer.closed).to.equal(true);
    expect(await process.outbox.stateOf('m/1')).to.include({ state: 'sent' });
  });

  it('keeps a message whose key is not there, and sends it when the key is', async () => {
    const writer = await worker({ seal: createSeal(['other'.repeat(9)]) });
    await commit(writer, 'm/1');
    const without = await worker();
    without.outbox.start();
    await until(without.outbox, 'm/1', 'waiting', 1);
    await without.outbox.stop();
    expect(log.lines.some(({ level, text }) => level === 'error' && text.includes('ENCRYPTION_KEYS'))).to.equal(true);
    later(10);
    const withKey = await worker({ seal: createSeal(['k'.repeat(43), 'other'.repeat(9)]), mailer: wayOut<Mail>() });
    withKey.outbox.start();
    await until(withKey.outbox, 'm/1', 'sent');
  });

  it('outlives a fault in a way out', async () => {
    const mailer = wayOut<Mail>(({ to }, attempt) => {
      if (attempt === 1) throw new TypeError(`cannot send ${SAMPLE_CODE} to ${to}`);
      return ACCEPTED;
    });
    const process = await worker({ mailer });
    process.outbox.start();
    await commit(process, 'm/1');
    process.outbox.nudge();
    await until(process.outbox, 'm/1', 'waiting', 1);
    later(10);
    process.outbox.nudge();
    await until(process.outbox, 'm/1', 'sent');
    expect(JSON.stringify(log.lines)).to.include('TypeError').and.not.to.include(SAMPLE_CODE);
  });

  it('logs every end of every message, and never an address, a code or a link', async () => {
    const server = await mailServer({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('maria') ? undefined : smtpError(550, `<${address}> ${SAMPLE_CODE} ${SAMPLE_LINK}`)),
      refuseData: (attempt) => (attempt === 1 ? smtpError(451, `maria.lopez@example.org ${SAMPLE_CODE}`) : undefined),
    });
    const texter = wayOut<TextMessage>((_, attempt) =>
      attempt === 1 ? ACCEPTED : { outcome: 'refused', reason: 'opted-out', detail: 'status 400 code 21610' },
    );
    const process = await worker({ mailer: smtp(server.url), texter });
    process.outbox.start();
    const messages = [...sampleMessages('en', 'maria.lopez@example.org'), ...sampleMessages('es', 'jose.perez@example.org')];
    for (const [index, message] of messages.entries()) await commit(process, `m/${index}`, message);
    process.outbox.nudge();
    for (;;) {
      const states = await Promise.all(messages.map((_, index) => process.outbox.stateOf(`m/${index}`)));
      if (states.every(({ state, tries }) => state !== 'waiting' || tries > 0)) break;
    }
    await process.outbox.stop();
    const kept = JSON.stringify(log.lines);
    expect(log.lines).to.have.length(messages.length);
    expect(kept).to.include('m***@example.org').and.to.include('j***@example.org').and.to.include('***23').and.to.include('opted-out');
    for (const secret of ['maria', 'lopez', 'jose', 'perez', '2025550123', SAMPLE_CODE, SAMPLE_LINK, 'Zm9v', 'https://'])
      expect(kept).not.to.include(secret);
  });

  it('says once that the database is gone, and goes on when it is back', async () => {
    const mailer = wayOut<Mail>();
    const process = await worker({ mailer });
    process.outbox.start();
    await process.db.close();
    process.outbox.nudge();
    while (log.lines.length === 0) await new Promise((resolve) => setImmediate(resolve));
    process.outbox.nudge();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.lines.map(({ text }) => text)).to.deep.equal(['outbox cannot reach the database']);
    await process.db.openUri(uri);
    await commit(process, 'm/1');
    process.outbox.nudge();
    await until(process.outbox, 'm/1', 'sent');
  });

  it('waits longer after each try, about 10 minutes at most, and hardly ever twice for the same time', () => {
    const exact = [5, 15, 45, 135, 405, 600, 600];
    for (const [index, seconds] of exact.entries()) {
      const delays = Array.from({ length: 200 }, () => retryDelay(index + 1));
      expect(Math.min(...delays)).to.be.within(seconds * 0.8 - 0.001, seconds);
      expect(Math.max(...delays)).to.be.within(seconds, seconds * 1.2 + 0.001);
      expect(new Set(delays).size).to.be.greaterThan(50);
    }
  });

  it('derives a key that tells nothing of the id and is safe in a header', () => {
    expect(messageKey('email-code/journey/1')).to.match(/^[0-9a-f]{32}$/);
    expect(messageKey('email-code/journey/1')).to.equal(messageKey('email-code/journey/1'));
    expect(messageKey('email-code/journey/2')).not.to.equal(messageKey('email-code/journey/1'));
  });
});
