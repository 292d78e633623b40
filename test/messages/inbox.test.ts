import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createInbox, type Inbox } from '../../src/messages/inbox.ts';
import { createRenderMessage, type MessageBrand } from '../../src/messages/render-message.ts';
import { createTexts } from '../../src/texts.ts';
import { testDatabase } from '../support/mongo.ts';
import { SAMPLE_CODE, SAMPLE_LINK, sampleMessage } from '../support/sample-messages.ts';

const root = join(import.meta.dirname, '../..');
const brand = JSON.parse(readFileSync(join(root, 'config/brand.json'), 'utf8')) as MessageBrand;
const render = createRenderMessage({
  texts: createTexts(join(root, 'config/locales')),
  brand,
  issuer: 'https://myaccount.example.org',
  viewsDir: join(root, 'views'),
});

describe('the inbox', () => {
  let inbox: Inbox;
  before(async function () {
    this.timeout(120_000);
    inbox = createInbox({ db: await testDatabase(), clock: () => new Date('2026-11-22T12:00:00Z') });
    await inbox.init();
  });
  beforeEach(() => inbox.clear());

  it('takes mails and texts as a mail server and a provider do', async () => {
    const mail = { key: 'k', to: 'ana@example.org', subject: 'Hello', html: '<p>Hi</p>', text: 'Hi', language: 'en' };
    expect(await inbox.mailer.send(mail)).to.deep.equal({ outcome: 'accepted' });
    expect(await inbox.texter.send({ key: 'k', to: '+12025550123', text: 'Hi' })).to.deep.equal({ outcome: 'accepted' });
    expect((await inbox.list()).map(({ channel }) => channel)).to.deep.equal(['text', 'mail']);
    expect(await inbox.list('ana@example.org')).to.have.length(1);
    inbox.mailer.close();
  });

  it('picks the link and the code out of every real message, once each', async () => {
    for (const language of ['en', 'es'] as const) {
      await inbox.clear();
      for (const kind of ['confirm-sign-up', 'email-code', 'account-created'] as const) {
        const { channel: _, ...rendered } = { subject: '', html: '', ...render(sampleMessage(kind, language)) };
        await inbox.mailer.send({ key: kind, to: `${kind}@example.org`, language, ...rendered });
      }
      await inbox.texter.send({ key: 'k', to: '+12025550123', text: render(sampleMessage('text-code', language)).text });
      const found = async (to: string) => {
        const [{ links, codes } = expect.fail()] = await inbox.list(to);
        return { links, codes };
      };
      expect(await found('confirm-sign-up@example.org')).to.deep.equal({ links: [SAMPLE_LINK], codes: [SAMPLE_CODE] });
      expect(await found('email-code@example.org')).to.deep.equal({ links: [], codes: [SAMPLE_CODE] });
      expect(await found('account-created@example.org')).to.deep.equal({ links: ['https://myaccount.example.org/'], codes: [] });
      expect(await found('+12025550123')).to.deep.equal({ links: [], codes: [SAMPLE_CODE] });
    }
  });

  it('takes no digits of a link for a code', async () => {
    await inbox.texter.send({ key: 'k', to: '+12025550123', text: 'https://x.example/123456 1234567 a123456' });
    expect((await inbox.list())[0]?.codes).to.deep.equal([]);
  });

  it('finds one message with the same', async () => {
    await inbox.texter.send({ key: 'k', to: '+12025550123', text: '012345 is it' });
    const [first] = await inbox.list();
    expect(await inbox.find(first?.id ?? '')).to.deep.equal(first);
    expect(await inbox.find('nothing')).to.equal(undefined);
  });
});
