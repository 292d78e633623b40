import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import Koa, { type Context } from 'koa';
import { browserOf, chooseLanguage, languageOf, readCookie, stayInLanguage, writeCookie } from '../../src/http/cookies.ts';

describe('http/cookies', () => {
  const app = new Koa({ keys: ['a cookie key'], proxy: true });
  let act: (ctx: Context) => unknown = () => undefined;
  app.use((ctx) => {
    ctx.body = JSON.stringify(act(ctx) ?? null);
  });
  const server = app.listen(0, '127.0.0.1');
  after(() => server.close());

  async function ask<Result>(action: (ctx: Context) => Result, headers: Record<string, string> = {}) {
    act = action;
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers });
    const set = answer.headers.getSetCookie();
    return { value: (await answer.json()) as Result, set, cookie: set.map((line) => line.split(';')[0]).join('; ') };
  }
  const HTTPS = { 'x-forwarded-proto': 'https' };

  it('are signed, kept from scripts and from other sites, and bound to this host over https', async () => {
    const { set } = await ask((ctx) => writeCookie(ctx, 'thing', 'x'), HTTPS);
    expect(set[0])
      .to.match(/^__Host-thing=x; path=\/;.*secure.*httponly/i)
      .and.match(/samesite=lax/i);
    expect(set[1]).to.match(/^__Host-thing\.sig=/);
    const { set: narrow } = await ask((ctx) => writeCookie(ctx, 'thing', 'x', { path: '/users', maxAge: 5000 }), HTTPS);
    expect(narrow[0]).to.match(/^__Secure-thing=x; path=\/users; expires=/);
    const { set: plain } = await ask((ctx) => writeCookie(ctx, 'thing', 'x'));
    expect(plain[0])
      .to.match(/^thing=x/)
      .and.not.match(/secure/i);
  });

  it('count only with their signature', async () => {
    const { cookie } = await ask((ctx) => writeCookie(ctx, 'thing', 'x'));
    const read = (ctx: Context) => readCookie(ctx, 'thing') ?? 'none';
    expect((await ask(read, { cookie })).value).to.equal('x');
    expect((await ask(read, { cookie: cookie.replace('thing=x', 'thing=y') })).value).to.equal('none');
    expect((await ask(read, { cookie: 'thing=x' })).value).to.equal('none');
    expect((await ask((ctx) => writeCookie(ctx, 'thing', null), { cookie })).set[0]).to.match(/expires=Thu, 01 Jan 1970/i);
  });

  it('recognise a browser from its first request on', async () => {
    let made = 0;
    const twice = (ctx: Context) => [browserOf(ctx, () => `id ${++made}`), browserOf(ctx, () => `id ${++made}`)];
    const first = await ask(twice);
    expect(first.value).to.deep.equal(['id 1', 'id 1']);
    const again = await ask(twice, { cookie: first.cookie });
    expect([again.value, again.set]).to.deep.equal([['id 1', 'id 1'], []]);
  });

  it("put the language that was chosen first, then the one wanted, the one last shown, and the browser's", async () => {
    const chosen = (await ask((ctx) => chooseLanguage(ctx, 'es'))).cookie;
    const shown = (await ask((ctx) => stayInLanguage(ctx, 'es'))).cookie;
    const spanish = { 'accept-language': 'fr-FR, es-MX;q=0.8, en;q=0.5' };
    expect((await ask((ctx) => languageOf(ctx, 'en'), { cookie: chosen })).value).to.equal('es');
    expect((await ask((ctx) => languageOf(ctx, 'en'), { cookie: shown })).value).to.equal('en');
    expect((await ask((ctx) => languageOf(ctx), { cookie: shown, 'accept-language': 'en' })).value).to.equal('es');
    expect((await ask((ctx) => languageOf(ctx), spanish)).value).to.equal('es');
    expect((await ask((ctx) => languageOf(ctx), { 'accept-language': 'fr' })).value).to.equal('en');
    expect((await ask((ctx) => stayInLanguage(ctx, 'es'), spanish)).set).to.deep.equal([]);
  });

  it('written over http are none over https, and those of one name none under another', async () => {
    const { cookie } = await ask((ctx) => writeCookie(ctx, 'thing', 'es'));
    const read = (name: string) => (ctx: Context) => readCookie(ctx, name) ?? 'none';
    expect((await ask(read('thing'), { cookie, ...HTTPS })).value).to.equal('none');
    expect((await ask(read('language'), { cookie: cookie.replaceAll('thing', 'language') })).value).to.equal('none');
  });

  it('outlive the turning over of keys, and no other', async () => {
    const { cookie } = await ask((ctx) => writeCookie(ctx, 'thing', 'x'));
    const { keys } = app;
    const read = (ctx: Context) => readCookie(ctx, 'thing') ?? 'none';
    try {
      app.keys = ['a newer key', 'a cookie key'];
      expect((await ask(read, { cookie })).value).to.equal('x');
      app.keys = ['a newer key'];
      expect((await ask(read, { cookie })).value).to.equal('none');
    } finally {
      app.keys = keys!;
    }
  });

  it('keep a language for a year when it was chosen, and with the browser when merely shown', async () => {
    const chosen = (await ask((ctx) => chooseLanguage(ctx, 'es'))).set[0]!;
    const days = (Date.parse(/expires=([^;]+)/.exec(chosen)![1]!) - Date.now()) / (24 * 3600_000);
    expect(days).to.be.within(364.9, 365.1);
    expect((await ask((ctx) => stayInLanguage(ctx, 'es'))).set[0]).to.not.match(/expires|max-age/i);
  });

  it('cannot be made up to name a browser', async () => {
    expect((await ask((ctx) => browserOf(ctx, () => 'mine'), { cookie: 'browser=theirs' })).value).to.equal('mine');
  });
});
