import { expect } from 'chai';
import type { Context } from 'koa';
import { parseForm, readForm } from '../../src/http/form-body.ts';
import { type Served, serve } from './serve.ts';

describe('http/form-body', () => {
  let app: Served;
  before(async () => {
    app = await serve(() => [
      async (ctx: Context) => {
        ctx.body = JSON.stringify(await readForm(ctx));
      },
    ]);
  });
  after(() => app.close());
  const FORM = 'application/x-www-form-urlencoded';
  const post = (body: string, type = FORM, more: Record<string, string> = {}) =>
    app.ask('/', { method: 'POST', body, headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)), ...more } });

  it('reads flat fields as they were typed', async () => {
    const { text } = await post('email=ana%2Bx%40people.test&answer=Se%C3%B1ora+Ib%C3%A1%C3%B1ez&empty=');
    expect(JSON.parse(text)).to.deep.equal({ email: 'ana+x@people.test', answer: 'Señora Ibáñez', empty: '' });
    expect((await post('')).text).to.equal('{}');
  });

  for (const [what, body, type] of [
    ['a field that came twice', 'a=1&a=2', FORM],
    ['a field that would be an object', 'email[$ne]=', FORM],
    ['a field name that no page has', '%24where=1', FORM],
    ['bytes that are not UTF-8', 'a=%FF%FE', FORM],
    ['a NUL', 'a=%00', FORM],
    ['JSON', '{"email":{"$ne":""}}', 'application/json'],
    ['a multipart form', 'x', 'multipart/form-data; boundary=x'],
    ['no type', 'a=1', ''],
  ] as const)
    it(`refuses ${what}`, async () => expect(await post(body, type)).to.include({ status: 400, text: 'bad_request' }));

  it('refuses what is larger than any form', async () => {
    expect((await post(`a=${'x'.repeat(70_000)}`)).status).to.equal(413);
    expect((await post(`a=${'x'.repeat(60_000)}`)).status).to.equal(200);
  });

  it('makes an object that inherits nothing from its fields', () => {
    const fields = parseForm('__proto__=x&constructor=y');
    expect(Object.entries(fields)).to.deep.include(['constructor', 'y']);
    expect(({} as Record<string, unknown>).x).to.equal(undefined);
    expect(Object.getPrototypeOf(fields)).to.equal(Object.prototype);
  });
});
