import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { PACKAGED, type StaticFiles, staticFiles } from '../../src/http/static-files.ts';
import { type Served, serve } from './serve.ts';

describe('static files', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'static-test-'));
  const publicDir = path.join(folder, 'public');
  let files: StaticFiles;
  let app: Served;
  before(async () => {
    mkdirSync(path.join(publicDir, 'fonts'), { recursive: true });
    writeFileSync(path.join(publicDir, 'styles.css'), 'body { color: #111 }');
    writeFileSync(path.join(publicDir, 'fonts/a.woff2'), 'font');
    writeFileSync(path.join(publicDir, '.hidden'), 'hidden');
    writeFileSync(path.join(folder, 'secret.txt'), 'secret');
    writeFileSync(path.join(folder, 'library.min.js'), 'library()');
    files = staticFiles({ publicDir, packaged: { 'library.js': path.join(folder, 'library.min.js') } });
    app = await serve(() => [
      files.middleware,
      (ctx) => {
        ctx.status = 404;
        ctx.body = ctx.path;
      },
    ]);
  });
  after(() => app.close());
  // Not before: of a HEAD request the file may still be opened when its answer is long here.
  process.once('exit', () => rmSync(folder, { recursive: true }));

  it('sends a file under its hashed address, to be kept for good', async () => {
    const address = files.address('styles.css');
    expect(address).to.match(/^\/assets\/[0-9a-f]{16}\/styles\.css$/);
    const answer = await app.ask(address);
    expect(answer).to.include({ status: 200, text: 'body { color: #111 }' });
    expect(answer.headers).to.include({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/css; charset=utf-8',
    });
    expect((await app.ask(files.address('fonts/a.woff2'))).headers['content-type']).to.equal('font/woff2');
  });

  it('sends it under another hash or none too, not to be kept', async () => {
    for (const address of ['/assets/styles.css', '/assets/0123456789abcdef/styles.css']) {
      const answer = await app.ask(address);
      expect(answer.status).to.equal(200);
      expect(answer.headers['cache-control']).to.equal('no-cache');
    }
  });

  it('sends a file of a package by the name it is given, and no other', async () => {
    const answer = await app.ask(files.address('library.js'));
    expect(answer).to.include({ status: 200, text: 'library()' });
    expect(answer.headers).to.include({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    });
    expect((await app.ask('/assets/library.min.js')).status).to.equal(404);
    expect((await app.ask(files.address('library.js'), { method: 'HEAD' })).text).to.equal('');
    expect(() => staticFiles({ publicDir, packaged: { 'library.js': path.join(folder, 'missing.js') } })).to.throw('missing.js');
  });

  it('knows the library of passkeys', async () => {
    expect(Object.keys(PACKAGED)).to.deep.equal(['simplewebauthn.js']);
    expect(readFileSync(PACKAGED['simplewebauthn.js'], 'utf8')).to.include('SimpleWebAuthnBrowser');
  });

  it('has another address when a file changes', () => {
    const before = files.address('styles.css');
    writeFileSync(path.join(publicDir, 'styles.css'), 'body { color: #222 }');
    expect(staticFiles({ publicDir }).address('styles.css')).to.not.equal(before);
    writeFileSync(path.join(publicDir, 'styles.css'), 'body { color: #111 }');
  });

  for (const asked of [
    '/assets/../secret.txt',
    '/assets/%2e%2e/secret.txt',
    '/assets/..%2fsecret.txt',
    '/assets/.hidden',
    '/assets/',
    '/assets/fonts',
    '/styles.css',
    '/assets/%00',
  ]) {
    it(`has nothing at ${asked}`, async () => {
      const answer = await app.ask(asked);
      expect(answer.status).to.equal(404);
      expect(answer.text).to.equal(asked);
    });
  }

  it('is for reading', async () => {
    expect((await app.ask(files.address('styles.css'), { method: 'POST' })).status).to.equal(404);
    expect((await app.ask(files.address('styles.css'), { method: 'HEAD' })).text).to.equal('');
  });

  it('throws for a file that does not exist, so that a typing mistake is found', () => {
    expect(() => files.address('stiles.css')).to.throw('public/stiles.css does not exist');
  });
});
