import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { createTwilioTexter } from '../../../src/messages/sms/twilio.ts';
import { type Asked, type HttpServer, json, startHttpServer } from '../../support/http-server.ts';

const SID = `AC${'0'.repeat(32)}`;
const TOKEN = 'an authentication token';
const TEXT = { key: 'c0ffee', to: '+12025550123', text: '012345 es su contraseña & más' };

/** Answers as Twilio documents it; who does not sign in gets its 401, whatever else would have been the answer. */
const twilio = (answer: (response: ServerResponse, attempt: number, form: URLSearchParams) => void) => {
  const refuse = (response: ServerResponse, status: number, code: number) => json(response, status, { code, message: 'no', status });
  return startHttpServer((asked: Asked, response, attempt) => {
    const form = new URLSearchParams(asked.body);
    const signedIn = asked.headers.authorization === `Basic ${Buffer.from(`${SID}:${TOKEN}`).toString('base64')}`;
    if (!signedIn) return refuse(response, 401, 20003);
    if (asked.method !== 'POST' || asked.path !== `/2010-04-01/Accounts/${SID}/Messages.json`) return refuse(response, 404, 20404);
    if (asked.headers['content-type'] !== 'application/x-www-form-urlencoded') return refuse(response, 415, 20415);
    if (!form.get('To')) return refuse(response, 400, 21604);
    if (!form.get('From') && !form.get('MessagingServiceSid')) return refuse(response, 400, 21603);
    if (!form.get('Body')) return refuse(response, 400, 21602);
    answer(response, attempt, form);
  });
};

describe('texts through Twilio', () => {
  const open: HttpServer[] = [];
  const texterOf = async (...args: Parameters<typeof twilio>) => {
    const server = await twilio(...args);
    open.push(server);
    return { server, texter: createTwilioTexter({ accountSid: SID, authToken: TOKEN, from: '+12025550199', apiUrl: server.url }) };
  };
  const sendTo = async (status: number, body: object, headers: Record<string, string> = {}) => {
    const { texter } = await texterOf((response) => json(response, status, body, headers));
    return texter.send(TEXT);
  };
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });

  it('signs in and sends the form Twilio asks for', async () => {
    const { texter, server } = await texterOf((response) => json(response, 201, { sid: 'SM1', status: 'queued', error_code: null }));
    expect(await texter.send(TEXT)).to.deep.equal({ outcome: 'accepted' });
    const form = Object.fromEntries(new URLSearchParams(server.asked[0]?.body));
    expect(form).to.deep.equal({ To: TEXT.to, From: '+12025550199', Body: TEXT.text });
  });

  it('sends through a messaging service where one is configured', async () => {
    const { server } = await texterOf((response) => json(response, 201, {}));
    const service = `MG${'1'.repeat(32)}`;
    const texter = createTwilioTexter({ accountSid: SID, authToken: TOKEN, from: service, apiUrl: `${server.url}/` });
    expect(await texter.send(TEXT)).to.deep.equal({ outcome: 'accepted' });
    expect(new URLSearchParams(server.asked[0]?.body).get('MessagingServiceSid')).to.equal(service);
  });

  for (const [code, reason] of [
    [21610, 'opted-out'],
    [21614, 'landline'],
    [30006, 'landline'],
    [21211, 'invalid-number'],
    [21217, 'invalid-number'],
    [29999, 'rejected'],
  ] as const)
    it(`takes ${code} for "${reason}", for ever`, async () => {
      const result = await sendTo(400, { code, message: `The number ${TEXT.to} is not right`, status: 400 });
      expect(result).to.deep.equal({ outcome: 'refused', reason, detail: `status 400 code ${code}` });
    });

  it('takes a text that was created and has failed already for what its code says', async () => {
    expect(await sendTo(201, { sid: 'SM1', status: 'failed', error_code: 30006 })).to.deep.include({
      outcome: 'refused',
      reason: 'landline',
    });
    expect(await sendTo(201, { sid: 'SM1', status: 'failed', error_code: 30008 })).to.deep.include({ outcome: 'later' });
  });

  it('waits when there are too many, and succeeds afterwards', async () => {
    const { texter } = await texterOf((response, attempt) =>
      attempt === 1
        ? json(response, 429, { code: 20429, message: 'Too Many Requests', status: 429 }, { 'retry-after': '3' })
        : json(response, 201, {}),
    );
    expect(await texter.send(TEXT)).to.deep.equal({ outcome: 'later', detail: 'status 429 code 20429', afterSeconds: 3 });
    expect(await texter.send(TEXT)).to.deep.equal({ outcome: 'accepted' });
  });

  it('keeps the text while our credentials or our sender are wrong: the operator can mend them', async () => {
    const { server } = await texterOf((response) => json(response, 400, { code: 21606 }));
    const options = { accountSid: SID, from: '+12025550199', apiUrl: server.url };
    expect(await createTwilioTexter({ ...options, authToken: 'wrong' }).send(TEXT)).to.deep.equal({
      outcome: 'later',
      detail: 'status 401 code 20003',
    });
    expect(await createTwilioTexter({ ...options, authToken: TOKEN }).send(TEXT)).to.deep.equal({
      outcome: 'later',
      detail: 'status 400 code 21606',
    });
  });

  it('tries again when Twilio fails', async () => {
    expect(await sendTo(500, {})).to.deep.include({ outcome: 'later' });
    expect(await sendTo(503, { code: 20503 })).to.deep.include({ outcome: 'later' });
  });
});
