/** What the page that waits for a confirmation says of its message: under way, not sent because another had just been, or refused. */
import { expect } from 'chai';
import { untilDelivered } from '../support/delivered.ts';
import { type MailServer, smtpError, startMailServer } from '../support/mail-server.ts';
import { newAddress } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';
import type { Page, Visitor } from '../support/visitor.ts';

describe('sign-up: the page that waits for a confirmation', () => {
  /** Where the message goes to is not what tells the pages apart. */
  const wordsOf = ({ text }: Page, email: string) => text.replaceAll(email, 'the address');
  const begin = async (server: TestServer, email: string): Promise<Visitor> => {
    const visitor = server.visitor();
    await visitor.open('/users/sign_up');
    await visitor.press('Sign Up', { 'Email address': email });
    expect(visitor.page().heading).to.equal('Check your email');
    return visitor;
  };

  // What happened: it said "We are sending a message" where none was, and that there was no code where one had just come.
  describe('begun in two browsers with one address', () => {
    let server: TestServer;
    let known: string;
    before(async () => {
      server = await startServer();
      known = newAddress('known');
      await server.deps.transaction([
        server.deps.accounts.create(
          {
            id: server.deps.newId(),
            email: known,
            language: 'en',
            passwordHash: 'a hash',
            methods: [{ id: 'email', method: 'email' }],
            backupCodeHash: 'a hash',
            questions: { ids: ['a', 'b', 'c', 'd', 'e'], answersHash: 'a hash' },
            terms: { version: server.deps.config.terms.version, at: server.deps.clock() },
            memberships: {},
            browsers: [],
          },
          known,
        ),
      ]);
    });

    it('tells the second of the message that the first was sent, and from when it may ask for another', async () => {
      const email = newAddress();
      expect((await begin(server, email)).page().text).to.contain('We are sending a message to');
      const second = await begin(server, email);
      const { text } = second.page();
      expect(text).to.not.contain('We are sending').and.not.contain('type the code');
      expect(text).to.match(
        /A message was sent to this address a short while ago\. Use that message, or ask for another at \d+:\d\d [AP]M Eastern Time\./,
      );
      const [code] = (await server.newest(email)).codes;
      const refused = await second.press('Continue', { 'Confirmation code': code! });
      expect(refused.status).to.equal(422);
      expect(refused.text).to.contain('This code belongs to another window. Open the link in the message instead.');
      server.clock.advance(61);
      expect((await second.open(second.page().url)).text).to.contain('Use that message, or ask for another.');
    });

    it('says the same for an address that has an account', async () => {
      const words: string[] = [];
      for (const email of [newAddress(), known]) {
        await begin(server, email);
        const second = await begin(server, email);
        words.push(wordsOf(second.page(), email));
        words.push(wordsOf(await second.press('Continue', { 'Confirmation code': '123456' }), email));
      }
      expect(words.slice(2)).to.deep.equal(words.slice(0, 2));
    });

    it('says that the network asked for too many where that is why', async () => {
      const { deps } = server;
      for (let ok = true; ok; ) ok = (await deps.attempts.spend('confirmation-network', '127.0.0.1')).ok;
      const { text } = (await begin(server, newAddress())).page();
      expect(text).to.match(/too many were asked for from your network\. You can ask for one at \d+:\d\d [AP]M/);
      expect(text).to.not.contain('A message was sent');
    });
  });

  // What happened: for a mistyped domain the page went on telling people to wait for the message.
  describe('where the mail is refused for good', () => {
    let mails: MailServer;
    let server: TestServer;
    before(async () => {
      mails = await startMailServer({ refuseData: () => smtpError(550, '5.1.1 no such mailbox') });
      server = await startServer({ env: { SMTP_URL: mails.url } });
    });
    after(async () => {
      await server.close();
      await mails.close();
    });

    it('says so, and leads to another address', async () => {
      const email = newAddress();
      const visitor = await begin(server, email);
      await untilDelivered(server);
      const { text, root } = await visitor.open(visitor.page().url);
      expect(text).to.not.contain('We are sending');
      const notice = root.querySelector('.notice-warning')!;
      expect(notice.text).to.contain('The mail service of this address did not accept our message. Check the spelling.').and.contain(email);
      expect((await visitor.follow('Use another address')).heading).to.equal('Create your USCIS online account');
    });
  });
});
