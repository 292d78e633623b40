import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import Koa from 'koa';
import { CookieJar } from 'tough-cookie';
import { createSeal } from '../../src/crypto/seal.ts';
import { dropTicket, giveTicket, readTicket } from '../../src/journey/continue.ts';
import { movableClock } from '../support/server.ts';

describe('journey/continue', () => {
  const clock = movableClock();
  let seal = createSeal(['a key of more than thirty-two characters']);
  const app = new Koa({ keys: ['a cookie key'] });
  app.use((ctx) => {
    const deps = { seal, clock };
    if (ctx.path.endsWith('/give')) giveTicket(ctx, deps, 'journey-1');
    if (ctx.path.endsWith('/drop')) dropTicket(ctx);
    ctx.body = readTicket(ctx, deps) ?? 'none';
  });
  const server = app.listen(0, '127.0.0.1');
  after(() => server.close());

  const jar = new CookieJar();
  const ask = async (path: string) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    const answer = await fetch(url, { headers: { cookie: await jar.getCookieString(url) } });
    for (const line of answer.headers.getSetCookie()) await jar.setCookie(line, url);
    return answer.text();
  };

  it('names the journey to interactions alone, until it is dropped', async () => {
    await ask('/interaction/give');
    expect(await ask('/interaction/a')).to.equal('journey-1');
    expect(await ask('/elsewhere')).to.equal('none');
    expect(JSON.stringify(jar.toJSON())).not.to.contain('journey-1');
    await ask('/interaction/drop');
    expect(await ask('/interaction/a')).to.equal('none');
  });

  it('is over after a quarter of an hour', async () => {
    await ask('/interaction/give');
    clock.advance(15 * 60 + 1);
    expect(await ask('/interaction/a')).to.equal('none');
  });

  it('is none when its key was retired', async () => {
    await ask('/interaction/give');
    seal = createSeal(['another key of more than thirty-two characters']);
    expect(await ask('/interaction/a')).to.equal('none');
  });
});
