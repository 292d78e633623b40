import { expect } from 'chai';
import type { Config } from '../../src/config.ts';
import { createInbox } from '../../src/messages/inbox.ts';
import { createMailer, createTexter } from '../../src/messages/senders.ts';
import { json, startHttpServer } from '../support/http-server.ts';
import { startMailServer } from '../support/mail-server.ts';
import { testDatabase } from '../support/mongo.ts';

const clock = () => new Date('2026-11-22T12:00:00Z');
const from = 'USCIS Account <myaccount@example.org>';
const mail = { key: 'k', to: 'ana@example.org', subject: 'Hello', html: '<p>Hi</p>', text: 'Hi', language: 'en' };
const text = { key: 'k', to: '+12025550123', text: 'Hi' };

describe('the configured ways out', () => {
  let inbox: ReturnType<typeof createInbox>;
  before(async function () {
    this.timeout(120_000);
    inbox = createInbox({ db: await testDatabase(), clock });
    await inbox.init();
  });

  it('is the inbox where nothing else is configured', async () => {
    await createMailer({ mail: { smtpUrl: undefined, from }, production: false }, inbox).send(mail);
    await createTexter({ sms: { provider: 'inbox' } }, inbox, clock).send(text);
    expect(await inbox.list()).to.have.length(2);
  });

  it('is the mail server where there is one', async () => {
    const server = await startMailServer();
    const mailer = createMailer({ mail: { smtpUrl: server.url, from }, production: false }, inbox);
    expect(await mailer.send(mail)).to.deep.equal({ outcome: 'accepted' });
    expect(server.received).to.have.length(1);
    mailer.close();
    await server.close();
  });

  it('is the gateway or Twilio, each at its own address', async () => {
    const server = await startHttpServer((_, response) => json(response, 201, {}));
    const providers: Config['sms'][] = [
      { provider: 'webhook', url: `${server.url}/texts` },
      { provider: 'twilio', accountSid: 'AC1', authToken: 't', from: '+12025550199', apiUrl: server.url },
    ];
    for (const sms of providers) expect(await createTexter({ sms }, inbox, clock).send(text)).to.deep.equal({ outcome: 'accepted' });
    expect(server.asked.map(({ path }) => path)).to.deep.equal(['/texts', '/2010-04-01/Accounts/AC1/Messages.json']);
    await server.close();
  });
});
