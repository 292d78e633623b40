import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Context } from 'koa';
import { AppError } from '../../src/errors.ts';
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
  const post = (body: string | Uint8Array, type = FORM, more: Record<string, string> = {}) =>
    app.ask('/', { method: 'POST', body, headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)), ...more } });

  it('reads flat fields as they were typed', async () => {
    const { text } = await post('email=ana%2Bx%40people.test&answer=Se%C3%B1ora+Ib%C3%A1%C3%B1ez&empty=');
    expect(JSON.parse(text)).to.deep.equal({ email: 'ana+x@people.test', answer: 'Señora Ibáñez', empty: '' });
    expect((await post('')).text).to.equal('{}');
  });

  for (const [what, body, type] of [
    ['a field that came twice', 'a=1&a=2', FORM],
    ['a field that would be an object', 'email[$ne]=', FORM],
    ['a field that would be a list', 'email[]=x', FORM],
    ['a field that would be a path', 'email.domain=x', FORM],
    ['a field name that no page has', '%24where=1', FORM],
    ['a field name longer than any of ours', `${'n'.repeat(65)}=x`, FORM],
    ['a field without a name', '=x', FORM],
    ['bytes that are not UTF-8', 'a=%FF%FE', FORM],
    ['raw bytes that are not UTF-8', Buffer.from('a=\xff\xfe', 'latin1'), FORM],
    ['a letter cut in half', 'a=%C3', FORM],
    ['a NUL', 'a=%00', FORM],
    ['a NUL in a name', 'a%00=1', FORM],
    ['what is packed', gzipSync('a=1'), FORM],
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

  it('takes 64 KB, and not a byte more', async () => {
    expect((await post(`a=${'x'.repeat(64 * 1024 - 2)}`)).status).to.equal(200);
    expect((await post(`a=${'x'.repeat(64 * 1024 - 1)}`)).status).to.equal(413);
  });

  const head = (length: number) =>
    `POST / HTTP/1.1\r\nHost: localhost:${app.port}\r\nContent-Type: ${FORM}\r\nContent-Length: ${length}\r\n\r\na=`;

  it('refuses what is declared too large before it is sent', async () => {
    const socket = connect(app.port, '127.0.0.1');
    const answered = new Promise<string>((resolve, reject) => {
      socket.once('error', reject).setEncoding('utf8').once('data', resolve);
    });
    socket.write(head(70_000));
    expect(await answered).to.match(/^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  it('refuses what comes in pieces and is too large, and the sender gets to read it', async () => {
    const piece = new TextEncoder().encode('x'.repeat(10_000));
    const answer = await fetch(`http://127.0.0.1:${app.port}/`, {
      method: 'POST',
      headers: { 'content-type': FORM },
      body: ReadableStream.from(Array.from({ length: 40 }, () => piece)),
      duplex: 'half',
    } as RequestInit);
    expect([answer.status, await answer.text()]).to.deep.equal([413, 'too_large']);
  });

  it('keeps nobody else waiting for a sender who goes away halfway', async () => {
    const socket = connect(app.port, '127.0.0.1');
    socket.end(head(100));
    await new Promise((resolve) => socket.resume().once('close', resolve));
    expect((await post('a=1')).status).to.equal(200);
  });

  it('reads back what a browser writes', () => {
    const names = fc.stringMatching(/^\w{1,64}$/);
    const values = fc.string({ unit: 'grapheme' }).filter((value) => !/[\0\ufffd]/.test(value) && value.isWellFormed());
    fc.assert(
      fc.property(fc.dictionary(names, values), (fields) => {
        expect(Object.entries(parseForm(new URLSearchParams(fields).toString()))).to.deep.equal(Object.entries(fields));
      }),
    );
  });

  it('throws nothing but bad_request, whatever the body is', () => {
    const pieces = fc.constantFrom('&', '=', '%', '%00', '%ff', '[', ']', '+', '__proto__', 'a', ';', '\ud800');
    const bodies = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          return Object.values(parseForm(body)).every((value) => typeof value === 'string');
        } catch (error) {
          return error instanceof AppError && error.code === 'bad_request';
        }
      }),
      { numRuns: 300 },
    );
  });
});
