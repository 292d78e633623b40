import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect } from 'chai';
import { createWebhookTexter } from '../../src/messages/sms/webhook.ts';

describe('text catcher', () => {
  let catcher: ChildProcess;
  let base: string;
  before(async () => {
    catcher = fork(path.join(import.meta.dirname, '../../deploy/text-catcher.ts'), { env: { ...process.env, PORT: '0' } });
    const [{ port }] = await once(catcher, 'message');
    base = `http://127.0.0.1:${port}`;
  });
  after(async () => {
    catcher.kill('SIGTERM');
    expect((await once(catcher, 'exit'))[0]).to.equal(0);
  });

  it('takes what the provider sends, once each, and shows it', async () => {
    const texter = createWebhookTexter({ url: `${base}/send`, clock: () => new Date() });
    const text = { key: 'text-1', to: '+12025550123', text: 'Code 123456' } as Parameters<typeof texter.send>[0];
    expect(await texter.send(text)).to.deep.equal({ outcome: 'accepted' });
    expect(await texter.send(text)).to.deep.equal({ outcome: 'accepted' });
    const page = await (await fetch(base)).text();
    expect(page.match(/\+12025550123\nCode 123456/g)).to.have.length(1);
  });

  it('refuses anything else', async () => {
    const post = async (body: string) => (await fetch(`${base}/send`, { method: 'POST', body })).status;
    expect(await post('no json')).to.equal(400);
    expect(await post('null')).to.equal(400);
    expect(await post('{"to":1,"text":"x"}')).to.equal(400);
    expect(await post(JSON.stringify({ to: 'x', text: 'x'.repeat(20_000) }))).to.equal(400);
    expect((await fetch(`${base}/other`)).status).to.equal(404);
  });
});
