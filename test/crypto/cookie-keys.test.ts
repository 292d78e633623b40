import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import Koa from 'koa';
import { createCookieKeys } from '../../src/crypto/cookie-keys.ts';

describe('crypto/cookie-keys', () => {
  const [older, newer] = ['a cookie key of more than thirty-two characters', 'another one, of more than thirty-two characters'];
  const keys = createCookieKeys([newer, older]);

  it('knows what each of its keys has signed', () => {
    const byOlder = createCookieKeys([older]).sign('session=1');
    expect(keys.sign('session=1'))
      .to.match(/^[\w-]{27}$/)
      .and.not.equal(byOlder);
    expect(keys.index('session=1', keys.sign('session=1'))).to.equal(0);
    expect(keys.index('session=1', byOlder)).to.equal(1);
    expect(keys.verify('session=1', byOlder)).to.equal(true);
  });

  it('knows nothing else', () => {
    const signature = keys.sign('session=1');
    const stranger = createCookieKeys(['a third one, of more than thirty-two characters!']);
    for (const wrong of [
      '',
      'ñ',
      `${signature}=`,
      signature.slice(1),
      `A${signature}`,
      stranger.sign('session=1'),
      keys.sign('session=2'),
    ]) {
      expect(keys.index('session=1', wrong), wrong).to.equal(-1);
      expect(keys.verify('session=1', wrong), wrong).to.equal(false);
    }
  });

  it('signs what Koa would sign with the same secrets, whose own cookies it knows', async () => {
    const answered = async (given: readonly string[] | ReturnType<typeof createCookieKeys>, cookie = '') => {
      const app = new Koa();
      app.keys = given as Koa['keys'];
      app.use((ctx) => {
        ctx.body = String(ctx.cookies.get('known', { signed: true }));
        ctx.cookies.set('known', 'value', { signed: true });
      });
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { headers: { cookie } });
      const set = answer.headers.getSetCookie().map((line) => line.split(';')[0]!);
      const body = await answer.text();
      server.closeAllConnections();
      server.close();
      return { set, body };
    };
    const { set } = await answered([newer, older]);
    expect(set.some((line) => line.startsWith('known.sig='))).to.equal(true);
    expect((await answered(keys)).set).to.deep.equal(set);
    expect((await answered(keys, set.join('; '))).body).to.equal('value');
    expect((await answered([newer, older], (await answered(keys)).set.join('; '))).body).to.equal('value');
  });

  it('needs a key', () => {
    expect(() => createCookieKeys([])).to.throw('at least one');
  });
});
