/** What the page of a sent code says of its message: under way, late, refused by the other side, and when the next may be asked for. */
import { expect } from 'chai';
import type { Step, Visit } from '../../../src/journey/journey.ts';
import { LANGUAGES } from '../../../src/language.ts';
import { emailCode } from '../../../src/steps/codes/email-code.ts';
import type { Proven } from '../../../src/steps/codes/sent-code.ts';
import { textCode } from '../../../src/steps/codes/text-code.ts';
import { type HttpServer, json, startHttpServer } from '../../support/http-server.ts';
import { type MailServer, smtpError, startMailServer } from '../../support/mail-server.ts';
import { newAddress, newPhone } from '../../support/people.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { visitOf } from '../../support/shared-server.ts';

type Needs = { readonly to: string };
interface Shown {
  readonly sent: boolean;
  readonly slow: boolean;
  readonly refused?: string;
  readonly until?: Date;
}

describe('steps: the page of a code', () => {
  const options = {
    recipient: async (_deps: unknown, { journeyId, answers }: Visit<Needs>) => ({ address: answers.to, person: journeyId }),
    changeStep: () => 'delivery',
  };
  const byMail = emailCode<Needs>(options);
  const byText = textCode<Needs>(options);
  let server: TestServer;
  let mails: MailServer;
  let gateway: HttpServer;
  let mailIsDown = false;
  let refusal = 'rejected';

  before(async () => {
    mails = await startMailServer({
      refuseData: () => (mailIsDown ? smtpError(451, '4.3.0 try again') : smtpError(550, '5.1.1 no such mailbox')),
    });
    gateway = await startHttpServer((_asked, response) => json(response, 422, { reason: refusal }));
    server = await startServer({ env: { SMTP_URL: mails.url, SMS_PROVIDER: 'webhook', SMS_WEBHOOK_URL: gateway.url } });
  });
  after(async () => {
    await server.close();
    await gateway.close();
    await mails.close();
  });

  type CodeStep = Step<'email-code' | 'text-code', Needs, Proven>;

  /** Come to the page, with the message handed over once. */
  async function arrive(step: CodeStep, to: string) {
    const visit = visitOf({ to });
    const { keep, writes = [] } = await step.arrive!(server.deps, visit);
    await server.deps.transaction(writes);
    const { messageId } = keep as { messageId: string };
    for (let tried = false; !tried; ) {
      server.deps.outbox.nudge();
      const { state, tries } = await server.deps.outbox.stateOf(messageId);
      tried = state !== 'waiting' || tries > 0;
      if (!tried) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { ...visit, kept: keep };
  }
  const show = async (step: CodeStep, visit: Visit<Needs>) => (await step.show(server.deps, visit)) as Shown;
  /** The page in every language; fails for words that are missing. */
  const pages = (step: CodeStep, visit: Visit<Needs>, model: Shown) =>
    LANGUAGES.map((language) =>
      server.deps.views.render(
        step.view,
        { ...model, action: () => '/', to: () => '/', values: {}, problems: {} },
        { language, path: visit.url(step.name) },
      ),
    );

  for (const reason of ['opted-out', 'landline', 'invalid-number', 'rejected'])
    it(`says that a text message was refused: ${reason}`, async () => {
      refusal = reason;
      const visit = await arrive(byText, newPhone());
      const shown = await show(byText, visit);
      expect(shown.refused).to.equal(reason);
      const { t } = server.deps.texts.in('en');
      expect(pages(byText, visit, shown)[0]).to.contain(t(`steps.text-code.refused.${reason}`));
    });

  // What happened: there were no words for it, and the page was an error instead.
  it('says that a mail was refused', async () => {
    mailIsDown = false;
    const visit = await arrive(byMail, newAddress());
    const shown = await show(byMail, visit);
    expect(shown.refused).to.equal('rejected');
    expect(pages(byMail, visit, shown)[0]).to.contain('did not accept our message');
  });

  it('says that a mail is slow, once it has been under way for 20 seconds', async () => {
    mailIsDown = true;
    const visit = await arrive(byMail, newAddress());
    expect(await show(byMail, visit)).to.include({ sent: true, slow: false });
    server.clock.advance(21);
    const shown = await show(byMail, visit);
    expect(shown).to.include({ sent: true, slow: true });
    expect(pages(byMail, visit, shown)).to.have.length(2);
  });

  it('says nothing of a message that went to another address', async () => {
    mailIsDown = false;
    const visit = await arrive(byMail, newAddress());
    expect(await show(byMail, { ...visit, answers: { to: newAddress() } })).to.include({ sent: false, slow: false, refused: undefined });
  });

  // What happened: the page went on naming a time that was long past.
  it('says when the next may be asked for, until then and no longer', async () => {
    const visit = await arrive(byText, newPhone());
    const outcome = await byText.actions.resend!.run(server.deps, visit, {});
    if (outcome.kind !== 'notice') throw new Error(outcome.kind);
    const { notice, keep } = await outcome.make();
    expect(notice.key).to.equal('notices.wait_before_sending');
    const waiting = { ...visit, kept: keep };
    const shown = await show(byText, waiting);
    const { until } = shown;
    expect(until!.getTime() - server.clock().getTime()).to.be.within(1, 30_000);
    // What happened: it was said twice, once in the green of what succeeded.
    const [told] = pages(byText, visit, { ...shown, notice } as Shown);
    expect(told).to.contain('notice-warning').and.not.contain('notice-said');
    expect(told!.match(/You can ask for /g)).to.have.length(1);
    expect(pages(byText, visit, shown)[0]).to.contain('You can ask for another code at');
    server.clock.advance(31);
    expect((await show(byText, waiting)).until).to.equal(undefined);
  });
});
