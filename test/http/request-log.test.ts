import { expect } from 'chai';
import type { Context } from 'koa';
import { createLog, loggablePath, requestLog } from '../../src/http/request-log.ts';
import { type Served, serve } from './serve.ts';

describe('request log', () => {
  const lines: Record<string, unknown>[] = [];
  let arrived = () => {};
  const log = createLog({
    level: 'debug',
    destination: {
      write: (text: string) => {
        lines.push(JSON.parse(text));
        arrived();
      },
    },
  });
  let app: Served;
  before(async () => {
    app = await serve(() => [
      requestLog({ log }),
      async (ctx: Context) => {
        if (ctx.path === '/broken') throw new Error('broken');
        if (ctx.path === '/log')
          ctx.state.log.info({ password: 'hunter2', err: { code: 'EAUTH', token: 'hunter2' }, deep: { er: { cookie: 'hunter2' } } }, 'x');
        ctx.body = ctx.state.reference;
      },
    ]);
  });
  after(() => app.close());
  beforeEach(() => lines.splice(0));

  /** The line is written when the connection is done with the answer, which may be a moment after the visitor has it. */
  async function requestLine(): Promise<Record<string, unknown>> {
    for (;;) {
      const line = lines.find((entry) => entry['msg'] === 'request');
      if (line) return line;
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
  }

  it('writes one line with method, path, status, time and the reference that the answer carries', async () => {
    const answer = await app.ask('/users/sign_up?email=a@b.test');
    const line = await requestLine();
    expect(line).to.include({ method: 'GET', path: '/users/sign_up', status: 200, reference: answer.text });
    expect(line['ms']).to.be.a('number');
    expect(answer.headers['x-request-id'])
      .to.equal(answer.text)
      .and.match(/^[2-9B-Z]{4}-[2-9B-Z]{4}$/);
    expect(JSON.stringify(lines)).to.not.include('a@b.test');
  });

  it('takes no reference from the visitor', async () => {
    const answer = await app.ask('/', { headers: { 'x-request-id': 'mine' } });
    expect(answer.headers['x-request-id']).to.not.equal('mine');
  });

  it('logs an answer that failed, and files and health only at debug', async () => {
    await app.ask('/broken');
    expect(await requestLine()).to.include({ status: 500, level: 40 });
    lines.splice(0);
    await app.ask('/assets/styles.css');
    expect(await requestLine()).to.include({ level: 20 });
  });

  it('blanks what is secret by its name, and keeps the code of an error', async () => {
    await app.ask('/log');
    await requestLine();
    expect(JSON.stringify(lines)).to.include('[secret]').and.include('EAUTH').and.not.include('hunter2');
  });

  it('keeps ids and tokens in paths to itself', () => {
    expect(loggablePath('/interaction/Zx7KpQ2vLm9RtYw4BnC8s/sign-up/email')).to.equal('/interaction/:id/sign-up/email');
    expect(loggablePath('/users/confirmation/3f2a8b1c9d7e6f5a4b3c')).to.equal('/users/confirmation/:id');
    expect(loggablePath('/users/a-long-name-with-many-words')).to.equal('/users/a-long-name-with-many-words');
    expect(loggablePath(`/${'a/'.repeat(1000)}`)).to.have.length(300);
    expect(loggablePath('/\u001b[31m\n')).to.equal('/?[31m?');
  });
});
