import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { createWebhookTexter } from '../../../src/messages/sms/webhook.ts';
import { type HttpServer, json, startHttpServer } from '../../support/http-server.ts';

const TEXT = { key: 'c0ffee', to: '+12025550123', text: '012345 es su contraseña' };
const clock = () => new Date('2026-11-22T12:00:00Z');
const SECRET = 'a secret of the gateway of 32 or more characters';

describe('texts through a gateway of the operator’s', () => {
  const open: HttpServer[] = [];
  const gateway = async (...args: Parameters<typeof startHttpServer>) => {
    const server = await startHttpServer(...args);
    open.push(server);
    return server;
  };
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  const answering = async (status: number, body: unknown = {}, headers: Record<string, string> = {}) => {
    const { url } = await gateway((_, response) => json(response, status, body, headers));
    return createWebhookTexter({ url, clock }).send(TEXT);
  };

  it('posts number and text as JSON and takes any 2xx', async () => {
    for (const status of [200, 201, 202, 204]) {
      const { url, asked } = await gateway((_, response) => response.writeHead(status).end());
      expect(await createWebhookTexter({ url: `${url}/texts`, clock }).send(TEXT)).to.deep.equal({ outcome: 'accepted' });
      const [{ method, path, headers, body } = expect.fail()] = asked;
      expect({ method, path, body: JSON.parse(body) }).to.deep.equal({
        method: 'POST',
        path: '/texts',
        body: { to: TEXT.to, text: TEXT.text },
      });
      expect(headers)
        .to.include({ 'content-type': 'application/json', 'webhook-id': TEXT.key })
        .and.not.to.have.property('webhook-signature');
    }
  });

  for (const [secret, key] of [
    [SECRET, SECRET],
    [`whsec_${Buffer.from(SECRET).toString('base64')}`, Buffer.from(SECRET)],
  ] as const)
    it(`signs what it posts: ${secret.slice(0, 6)}…`, async () => {
      const { url, asked } = await gateway((_, response) => response.writeHead(200).end());
      await createWebhookTexter({ url, secret, clock }).send(TEXT);
      const [{ headers, body } = expect.fail()] = asked;
      expect(headers['webhook-timestamp']).to.equal('1795348800');
      const expected = createHmac('sha256', key)
        .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
        .digest('base64');
      expect(headers['webhook-signature']).to.equal(`v1,${expected}`);
      expect(JSON.stringify(headers)).not.to.include(secret);
    });

  it('is told why a number can’t be reached', async () => {
    for (const reason of ['opted-out', 'landline', 'invalid-number']) {
      expect(await answering(422, { reason })).to.deep.include({ outcome: 'refused', reason });
    }
    expect(await answering(400, { reason: 'toString' })).to.deep.include({ outcome: 'refused', reason: 'rejected' });
    expect(await answering(422, null)).to.deep.include({ outcome: 'refused', reason: 'rejected' });
  });

  it('tries again when the gateway is at fault or busy, not before the time it names', async () => {
    for (const status of [401, 403, 404, 500, 503])
      expect(await answering(status))
        .to.deep.include({ outcome: 'later' })
        .and.not.to.have.property('afterSeconds');
    expect(await answering(429, {}, { 'retry-after': '30' })).to.deep.include({ outcome: 'later', afterSeconds: 30 });
    expect(await answering(429, {}, { 'retry-after': '999999' })).to.deep.include({ afterSeconds: 3600 });
    expect(await answering(429, {}, { 'retry-after': 'Sun, 22 Nov 2026 13:00:00 GMT' })).not.to.have.property('afterSeconds');
  });

  it('follows no redirect: it would carry the code elsewhere', async () => {
    const elsewhere = await gateway((_, response) => response.writeHead(200).end());
    const { url } = await gateway((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
    expect(await createWebhookTexter({ url, clock }).send(TEXT)).to.deep.include({ outcome: 'later' });
    expect(elsewhere.asked).to.deep.equal([]);
  });

  it('tries again when nobody listens or the line breaks', async () => {
    const { url, close } = await startHttpServer(() => {});
    await close();
    expect(await createWebhookTexter({ url, clock }).send(TEXT)).to.deep.include({ outcome: 'later' });
    const broken = await gateway((_, response) => response.destroy());
    const result = await createWebhookTexter({ url: broken.url, clock }).send(TEXT);
    expect(result).to.deep.include({ outcome: 'later' });
    expect(JSON.stringify(result)).not.to.match(/012345|2025550123/);
  });
});
