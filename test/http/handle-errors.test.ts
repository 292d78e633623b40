import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import mongoose, { type Connection } from 'mongoose';
import { parse } from 'node-html-parser';
import { pino } from 'pino';
import { AppError, ERRORS, type ErrorCode } from '../../src/errors.ts';
import { handleErrors } from '../../src/http/handle-errors.ts';
import { requestLog } from '../../src/http/request-log.ts';
import { createViews } from '../../src/http/views.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { createTexts } from '../../src/texts.ts';
import { testDatabaseUri } from '../support/mongo.ts';
import { type Answer, type Served, serve } from './serve.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];
const texts = createTexts('config/locales');
const brand = {
  systemName: 'Example Online System',
  accountName: 'Example account',
  shortName: 'Example',
  demonstration: false,
  support: {},
  attorneyUrl: 'https://lawyers.example',
  colors: {},
};

describe('error pages', () => {
  let app: Served;
  let failing: () => unknown;
  let logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const views = createViews({ brand, texts, viewsDir: 'views' });

  before(async () => {
    app = await serve(
      () => [
        requestLog({ log }),
        handleErrors({ views, log }),
        async (ctx) => {
          ctx.state.ask = ctx.path;
          await failing();
          if (ctx.path === '/fine') ctx.body = 'fine';
          if (ctx.path === '/not-allowed') ctx.status = 405;
          if (ctx.path === '/own-404') {
            ctx.body = 'mine';
            ctx.status = 404;
          }
        },
      ],
      { keys: ['a cookie key'] },
    );
  });
  after(() => app.close());
  beforeEach(() => {
    failing = () => undefined;
    logged = [];
  });

  const ask = (path = '/', headers = {}) => app.ask(path, { headers });
  const failWith = (error: unknown, headers = {}) => {
    failing = () => {
      throw error;
    };
    return ask('/', headers);
  };
  const wordsOf = ({ text }: Answer) => parse(text).querySelector('main')!.structuredText.replace(/\s+/g, ' ');
  const headingOf = ({ text }: Answer) => parse(text).querySelector('h1')?.text;
  const referenceOf = ({ text }: Answer) => parse(text).querySelector('.reference code')?.text;
  const failures = () => logged.filter(({ msg }) => msg === 'request failed');

  for (const code of CODES) {
    it(`answer ${code} with its status, its words and its line in the log`, async () => {
      const answer = await failWith(new AppError(code));
      expect(answer.status).to.equal(ERRORS[code].status);
      expect(answer.headers).to.include({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
      expect(headingOf(answer)).to.equal(parse(texts.in('en').t(`errors.${code}.title`)).text);
      expect(failures()).to.have.length(1);
      expect(failures()[0]).to.include({ code, level: log.levels.values[ERRORS[code].log], reference: referenceOf(answer) });
    });
  }

  it('lead to the account where one goes on there, and nowhere where there may be none', async () => {
    // What happened: "Go to your account to see how it is now", and nothing to follow but the home page and the help.
    for (const code of CODES) {
      const button = parse((await failWith(new AppError(code))).text)
        .querySelector('main a.button')
        ?.getAttribute('href');
      expect(button, code).to.equal(
        ['changed_elsewhere', 'last_method', 'too_many_methods', 'too_many_passkeys'].includes(code) ? '/account' : undefined,
      );
    }
  });

  it('show the reference that the log has, another for each request', async () => {
    const [one, other] = [await failWith(new AppError('not_found')), await failWith(new AppError('not_found'))];
    expect(referenceOf(one))
      .to.match(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/)
      .and.equal(one.headers['x-request-id']);
    expect(referenceOf(one)).to.not.equal(referenceOf(other));
  });

  it('come in the language of the reader', async () => {
    const answer = await failWith(new AppError('page_expired'), { 'accept-language': 'es-US' });
    expect(headingOf(answer)).to.equal(texts.in('es').t('errors.page_expired.title'));
    expect(parse(answer.text).querySelector('html')?.getAttribute('lang')).to.equal('es');
  });

  it('leave alone what went well, and what was answered otherwise', async () => {
    expect(await ask('/fine')).to.include({ status: 200, text: 'fine' });
    expect(await ask('/own-404')).to.include({ status: 404, text: 'mine' });
    expect(failures()).to.deep.equal([]);
  });

  it('stand where nothing else answers', async () => {
    const [missing, wrong] = [await ask('/nowhere'), await ask('/not-allowed')];
    expect([missing.status, headingOf(missing)]).to.deep.equal([404, 'Page not found']);
    expect([wrong.status, headingOf(wrong)]).to.deep.equal([405, 'This page cannot be used that way']);
  });

  describe('for what may be tried again', () => {
    const retryAfter = async (error: AppError) => Number((await failWith(error)).headers['retry-after']);

    it('say when, in whole tens of seconds', async () => {
      expect(await retryAfter(new AppError('too_many', { until: new Date(Date.now() + 95_000) }))).to.equal(100);
      expect(await retryAfter(new AppError('busy', { until: new Date(Date.now() + 55_000) }))).to.equal(60);
    });

    it('never say less than ten', async () => {
      for (const until of [undefined, new Date(0), new Date(Date.now() + 1)])
        expect(await retryAfter(new AppError('unavailable', until && { until }))).to.equal(10);
    });

    it('name the time on the page', async () => {
      const until = new Date('2026-11-22T20:15:00Z');
      expect(wordsOf(await failWith(new AppError('too_many', { until })))).to.include('November 22, 2026, 3:15 PM Eastern Time');
    });

    it('are no others', async () => {
      for (const code of CODES.filter((code) => ![429, 503].includes(ERRORS[code].status)))
        expect((await failWith(new AppError(code))).headers, code).to.not.have.property('retry-after');
    });
  });

  describe('for a bug', () => {
    it('say nothing of it, and the log says all', async () => {
      const answer = await failWith(new TypeError('cannot read the secret 4711', { cause: new Error('from below') }));
      expect(answer.status).to.equal(500);
      expect(answer.text).to.not.match(/4711|TypeError|from below|\.ts:\d|node:internal| {4}at /);
      const [line] = failures();
      expect(line).to.include({ code: 'internal', reference: referenceOf(answer) });
      const err = line?.err as { type: string; stack: string };
      expect(err.type).to.equal('TypeError');
      expect(err.stack).to.include('cannot read the secret 4711').and.include('handle-errors.test.ts').and.include('from below');
    });

    for (const thrown of ['a text', undefined, null, 42, { status: 'nonsense' }, Object.create(null)]) {
      it(`are shown when what was thrown is ${JSON.stringify(thrown) ?? 'nothing'}`, async () => {
        const answer = await failWith(thrown);
        expect([answer.status, headingOf(answer)]).to.deep.equal([500, 'Something went wrong on our side']);
        expect(failures()[0]).to.include({ code: 'internal' });
      });
    }
  });

  it('say nothing of what was behind an error that was foreseen', async () => {
    const answer = await failWith(new AppError('bad_request', { detail: 'field "ssn" came twice', cause: new Error('4711') }));
    expect(answer.text).to.not.match(/ssn|4711|\.ts:\d/);
    expect(failures()[0]).to.include({ detail: 'field "ssn" came twice' });
  });

  it('never take the words of a request for HTML', async () => {
    const params = { error: '<script>alert(1)</script>', error_description: '"><img src=x>' };
    const answer = await failWith(new AppError('oauth', { params }));
    expect(answer.text).to.not.include('<script>alert').and.not.include('<img src=x');
    expect(answer.text).to.include('&lt;script&gt;');
  });

  for (const [status, code] of [
    [400, 'bad_request'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [413, 'too_large'],
    [501, 'method_not_allowed'],
    [418, 'internal'],
    [200, 'internal'],
  ] as const) {
    it(`take an error with status ${status} of a library for ${code}`, async () => {
      expect((await failWith(Object.assign(new Error('from a library'), { status }))).status).to.equal(ERRORS[code].status);
      expect(failures()[0]).to.include({ code });
    });
  }

  describe('when MongoDB is away', () => {
    let line: Line;
    let db: Connection;
    beforeEach(async () => {
      line = await openLine(await testDatabaseUri());
      db = await connectMongo(line.uri);
      await db.createCollection('things');
    });
    afterEach(async () => {
      await db.close(true);
      await line.cut();
    });

    const read = () => db.model('Thing', new mongoose.Schema({}), 'things').findOne().lean();
    /** Past mongoose, which has words of its own for a connection that is closed. */
    const connectedRead = () => db.getClient().db().collection('things').findOne();
    const expectOutage = (answer: Answer) => {
      expect(answer.status).to.equal(503);
      expect(answer.headers).to.include({ 'retry-after': '10' });
      expect(answer.text).to.not.match(/mongo|127\.0\.0\.1/i);
      expect(failures()[0]).to.include({ code: 'unavailable' });
      expect(failures()[0]?.err).to.have.property('stack');
    };

    it('say so to who wants to read', async () => {
      failing = read;
      expect((await ask()).status, 'while it is there').to.equal(404);
      logged = [];
      await line.cut();
      expectOutage(await ask());
    });

    it('say so to who wants to write', async () => {
      await line.cut();
      failing = () =>
        createTransaction(db)([
          async (session) => {
            await db.collection('things').insertOne({}, { session });
          },
        ]);
      expectOutage(await ask());
    });

    it('say so in the middle of a transaction', async () => {
      failing = () =>
        createTransaction(db)([
          async (session) => {
            await db.collection('things').insertOne({}, { session });
            await line.cut();
            await db.collection('things').insertOne({}, { session });
          },
        ]);
      expectOutage(await ask());
    });

    it('say so on a connection that was closed', async () => {
      await db.close();
      failing = connectedRead;
      expectOutage(await ask());
    });

    it('say so when the outage is the cause of another error', async () => {
      await db.close();
      const cause = await connectedRead().catch((error: unknown) => error);
      expectOutage(await failWith(new Error('the keys could not be read', { cause })));
    });

    it('call a mistake of ours towards MongoDB a bug', async () => {
      failing = () => db.collection('things').updateOne({}, { $nonsense: { a: 1 } });
      expect((await ask()).status).to.equal(500);
    });
  });
});

type Line = Awaited<ReturnType<typeof openLine>>;

/** A line to the database that can be cut while both ends live. */
async function openLine(mongodbUri: string) {
  const target = new URL(mongodbUri);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from
        .on('error', () => to.destroy())
        .once('close', () => to.destroy())
        .pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const uri = new URL(mongodbUri);
  uri.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  uri.search = '?directConnection=true';
  return {
    uri: uri.href,
    cut: async () => {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
