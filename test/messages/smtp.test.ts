import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import type { Mail } from '../../src/messages/sender.ts';
import { addressOf, createSmtpMailer, type SmtpOptions } from '../../src/messages/smtp.ts';
import { type MailServer, smtpError, startMailServer } from '../support/mail-server.ts';

const mail: Mail = {
  key: 'c0ffee00c0ffee00c0ffee00c0ffee00',
  to: 'ana@example.org',
  subject: 'Su contraseña de un solo uso',
  html: '<p lang="es">Contraseña: <b>012345</b></p>',
  text: 'Contraseña: 012345\n',
  language: 'es',
};

describe('mail by SMTP', () => {
  const open: { close(): unknown }[] = [];
  const server = async (options?: Parameters<typeof startMailServer>[0]): Promise<MailServer> => {
    const started = await startMailServer(options);
    open.push(started);
    return started;
  };
  const mailer = (smtpUrl: string, options: Partial<SmtpOptions> = {}) => {
    const made = createSmtpMailer({ smtpUrl, from: 'USCIS Account <myaccount@mail.example.org>', production: false, ...options });
    open.push(made);
    return made;
  };
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });

  it('hands over one mail with both parts to one recipient', async () => {
    const { url, received } = await server();
    expect(await mailer(url).send(mail)).to.deep.equal({ outcome: 'accepted' });
    const [{ from, to, mail: read } = expect.fail()] = received;
    expect(from).to.equal('myaccount@mail.example.org');
    expect(to).to.deep.equal(['ana@example.org']);
    expect(read.from).to.deep.include({ name: 'USCIS Account', address: 'myaccount@mail.example.org' });
    expect(read.to).to.have.length(1);
    expect(read.subject).to.equal(mail.subject);
    expect(read.text?.trim()).to.equal(mail.text.trim());
    expect(read.html?.trim()).to.equal(mail.html);
  });

  it('says that a machine wrote it, in which language, and by which key a repetition is known', async () => {
    const { url, received } = await server();
    const way = mailer(url);
    await way.send(mail);
    await way.send(mail);
    const headers = new Map(received[0]?.mail.headers.map(({ key, value }) => [key, value]));
    expect(headers.get('auto-submitted')).to.equal('auto-generated');
    expect(headers.get('content-language')).to.equal('es');
    expect(headers.get('message-id')).to.equal(`<${mail.key}@mail.example.org>`);
    expect(received.map((each) => each.mail.messageId)).to.deep.equal([`<${mail.key}@mail.example.org>`, `<${mail.key}@mail.example.org>`]);
    for (const absent of ['x-mailer', 'list-unsubscribe', 'bcc', 'cc']) expect(headers.has(absent)).to.equal(false);
  });

  describe('an address that would reach somebody else, or write a header', () => {
    const hostile = [
      'v@example.org, evil@example.net',
      'v@example.org;evil@example.net',
      'b@example.org\r\nBcc: evil@example.net',
      'b@example.org\nSubject: changed',
      'Ana <evil@example.net>',
      'evil@example.net>, <v@example.org',
      'group: evil@example.net;',
      '"v@example.org" evil@example.net',
      'v@example.org\r\n.\r\nRCPT TO:<evil@example.net>',
      'v@example.org\u0000',
      'v@example.org\u0085evil@example.net',
      'v@a@example.org',
      '@example.org',
      'nobody',
      '',
    ];
    for (const to of hostile)
      it(`is refused: ${JSON.stringify(to)}`, async () => {
        const { url, received } = await server();
        expect(await mailer(url).send({ ...mail, to })).to.deep.include({ outcome: 'refused', reason: 'rejected' });
        expect(received).to.deep.equal([]);
      });
  });

  it('takes addresses with unusual but harmless characters as they are', async () => {
    const { url, received } = await server();
    const way = mailer(url);
    for (const to of ["o'neil+uscis@example.org", 'ana_b.c-d@xn--mnchen-3ya.example'])
      expect(await way.send({ ...mail, to })).to.include({ outcome: 'accepted' });
    // smtp-server reads the envelope's punycode back into Unicode.
    expect(received.flatMap((each) => each.to)).to.deep.equal(["o'neil+uscis@example.org", 'ana_b.c-d@münchen.example']);
  });

  it('flattens a subject that tries to become headers', async () => {
    const { url, received } = await server();
    await mailer(url).send({ ...mail, subject: 'Hello\r\nBcc: evil@example.net\r\n\r\nbody' });
    expect(received[0]?.to).to.deep.equal(['ana@example.org']);
    expect(received[0]?.mail.headers.some(({ key }) => key === 'bcc')).to.equal(false);
  });

  describe('what cannot be delivered', () => {
    const unknown = (code: number, text: string) => server({ onRcptTo: (_to, _session, done) => done(smtpError(code, text)) });

    it('a mailbox that does not exist is refused, and the detail does not repeat the address', async () => {
      const { url } = await unknown(550, '5.1.1 <ana@example.org> no such user, code 012345');
      const result = await mailer(url).send(mail);
      expect(result).to.deep.include({ outcome: 'refused', reason: 'rejected' });
      expect(JSON.stringify(result))
        .to.match(/550 5\.1\.1/)
        .and.not.to.match(/ana@|012345/);
    });

    it('a mailbox that is full for now is tried again', async () => {
      const { url } = await unknown(452, '4.2.2 <ana@example.org> over quota');
      expect(await mailer(url).send(mail)).to.deep.include({ outcome: 'later' });
    });

    it('content that is refused for ever is refused, for now is tried again', async () => {
      const { url } = await server({ refuseData: (attempt) => smtpError(attempt === 1 ? 451 : 554, 'looks like 012345') });
      const way = mailer(url);
      expect(await way.send(mail)).to.deep.include({ outcome: 'later' });
      expect(await way.send(mail)).to.deep.include({ outcome: 'refused', reason: 'rejected' });
    });

    it('a sender that is refused is the operator’s to mend: the mail waits', async () => {
      const { url } = await server({ onMailFrom: (_from, _session, done) => done(smtpError(550, '5.7.1 not allowed')) });
      expect(await mailer(url).send(mail)).to.deep.include({ outcome: 'later' });
    });

    it('credentials that are refused are the operator’s to mend: the mail waits', async () => {
      const { url } = await server({
        disabledCommands: ['STARTTLS'],
        allowInsecureAuth: true,
        onAuth: (_auth, _session, done) => done(smtpError(535, '5.7.8 wrong password')),
      });
      expect(await mailer(url.replace('//', '//user:wrong@')).send(mail)).to.deep.include({ outcome: 'later' });
    });

    it('a server that is not there is tried again', async () => {
      const { url, close } = await startMailServer();
      await close();
      expect(await mailer(url).send(mail)).to.deep.include({ outcome: 'later' });
    });
  });

  it('sends on after the server has closed the connection that was kept', async () => {
    const first = await startMailServer();
    const way = mailer(first.url);
    await way.send(mail);
    await first.close();
    const second = await server({ port: first.port });
    expect(await way.send(mail)).to.include({ outcome: 'accepted' });
    expect(second.received).to.have.length(1);
  });

  it('in production sends nothing over a connection that cannot be encrypted', async () => {
    const { url, received } = await server();
    expect(await mailer(url, { production: true }).send(mail)).to.deep.include({ outcome: 'later' });
    expect(received).to.deep.equal([]);
  });

  it('in production sends over STARTTLS, and checks whose certificate it is', async () => {
    const { url, received } = await server({ disabledCommands: ['AUTH'] });
    expect(await mailer(url, { production: true }).send(mail)).to.deep.include({ outcome: 'later' });
    expect(received).to.deep.equal([]);
    expect(await mailer(`${url}?tls.rejectUnauthorized=false`, { production: true }).send(mail)).to.include({ outcome: 'accepted' });
  });

  it('signs with DKIM where a key is configured', async () => {
    const { url, received } = await server();
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    await mailer(url, { dkim: { domainName: 'mail.example.org', keySelector: 's1', privateKey } }).send(mail);
    const signature = received[0]?.mail.headers.find(({ key }) => key === 'dkim-signature')?.value;
    expect(signature)
      .to.include('d=mail.example.org')
      .and.to.include('s=s1')
      .and.to.match(/h=[^;]*from[^;]*subject/i);
  });

  it('reads the address of a sender with and without a name', () => {
    expect(addressOf('USCIS Account <myaccount@example.org>')).to.equal('myaccount@example.org');
    expect(addressOf('myaccount@example.org')).to.equal('myaccount@example.org');
  });
});
