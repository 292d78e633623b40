import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createTransaction } from '../../src/mongo/transaction.ts';
import { AlreadyUsed, type CodeKey, type CodeStore, createCodeStore } from '../../src/second-factor/code-store.ts';
import { testDatabase } from '../support/mongo.ts';

describe('one-time codes that were sent', () => {
  let db: Connection;
  let codes: CodeStore;
  let now: Date;
  let journeys = 0;
  const rootSecret = createRootSecret(Buffer.alloc(32, 7));

  before(async () => {
    db = await testDatabase();
    codes = createCodeStore(db, { clock: () => now, rootSecret, tries: 5 });
    await codes.init();
  });

  beforeEach(() => {
    now = new Date();
  });

  const newKey = (): CodeKey => ({ purpose: 'email-code', journeyId: `journey-${++journeys}`, destination: 'ana@x.test' });
  const transact: ReturnType<typeof createTransaction> = (writes) => createTransaction(db)(writes);
  const later = (minutes: number) => {
    now = new Date(now.getTime() + minutes * 60_000);
  };
  /** Codes are drawn by chance: this gives one that is none of those. */
  const otherThan = (...codes: string[]) => ['111111', '222222', '333333', '444444'].find((code) => !codes.includes(code)) as string;
  async function send(key: CodeKey, minutes = 30): Promise<string> {
    const { code, write } = codes.issue(key, minutes);
    await transact([write]);
    return code;
  }
  const consume = (key: CodeKey, code: string) => transact([codes.consume(key, code)]);
  const failure = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error: unknown) => error);

  it('knows nothing of a code that was never sent, or whose transaction was undone', async () => {
    const key = newKey();
    expect(await codes.judge(key, '123456')).to.deep.equal({ verdict: 'none', triesLeft: 0 });
    const { code, write } = codes.issue(key, 30);
    const undo = async () => {
      throw new Error('undone');
    };
    expect(await failure(transact([write, undo]))).to.be.instanceOf(Error);
    expect((await codes.judge(key, code)).verdict).to.equal('none');
  });

  it('accepts the right code once, then calls it used', async () => {
    const key = newKey();
    const code = await send(key);
    expect(await codes.judge(key, code)).to.deep.equal({ verdict: 'right', triesLeft: 4 });
    await consume(key, code);
    expect(await codes.judge(key, code)).to.deep.equal({ verdict: 'used', triesLeft: 4 });
    expect(await failure(consume(key, code))).to.be.instanceOf(AlreadyUsed);
  });

  it('is exhausted after five wrong tries, the right code included', async () => {
    const key = newKey();
    const code = await send(key);
    for (const triesLeft of [4, 3, 2, 1, 0]) expect(await codes.judge(key, otherThan(code))).to.deep.equal({ verdict: 'wrong', triesLeft });
    expect(await codes.judge(key, code)).to.deep.equal({ verdict: 'exhausted', triesLeft: 0 });
    const next = await send(key);
    expect(await codes.judge(key, next)).to.deep.equal({ verdict: 'right', triesLeft: 4 });
  });

  it('recognises replaced codes, at no cost, ten of them', async () => {
    const key = newKey();
    const sent: string[] = [];
    for (let count = 0; count < 12; count += 1) sent.push(await send(key));
    const current = sent.at(-1) as string;
    for (const old of sent.slice(1, -1).filter((code) => code !== current)) {
      expect(await codes.judge(key, old)).to.deep.equal({ verdict: 'replaced', triesLeft: 5 });
      expect(await failure(consume(key, old))).to.be.instanceOf(AlreadyUsed);
    }
    const oldest = sent[0] as string;
    if (!sent.slice(1).includes(oldest)) expect((await codes.judge(key, oldest)).verdict).to.equal('wrong');
    expect((await codes.judge(key, current)).verdict).to.equal('right');
  });

  it('takes up a new code after one was used, and no longer the used one', async () => {
    const key = newKey();
    const first = await send(key);
    await consume(key, first);
    const second = await send(key);
    if (first !== second) expect((await codes.judge(key, first)).verdict).to.equal('replaced');
    expect((await codes.judge(key, second)).verdict).to.equal('right');
    await consume(key, second);
  });

  it('expires at its time, also between judging and using', async () => {
    const key = newKey();
    const code = await send(key, 10);
    later(9.99);
    expect((await codes.judge(key, code)).verdict).to.equal('right');
    later(0.01);
    expect(await codes.judge(key, code)).to.deep.equal({ verdict: 'expired', triesLeft: 4 });
    expect(await codes.judge(key, otherThan(code))).to.deep.equal({ verdict: 'expired', triesLeft: 4 });
    expect(await failure(consume(key, code))).to.be.instanceOf(AlreadyUsed);
  });

  it('does not mix purposes, journeys or destinations', async () => {
    const key = newKey();
    const code = await send(key);
    for (const other of [
      { ...key, purpose: 'confirm-sign-up' as const },
      { ...key, journeyId: 'another' },
      { ...key, destination: 'eve@x.test' },
      { ...key, journeyId: `${key.journeyId}","ana@x.test`, destination: '' },
    ]) {
      expect((await codes.judge(other, code)).verdict).to.equal('none');
      const theirs = await send(other);
      if (theirs !== code) expect((await codes.judge(other, code)).verdict).to.equal('wrong');
      expect(await failure(consume(other, code === theirs ? otherThan(code) : code))).to.be.instanceOf(AlreadyUsed);
    }
    expect((await codes.judge(key, code)).verdict).to.equal('right');
  });

  it('lets one of 16 parallel uses of the right code win', async () => {
    const key = newKey();
    const code = await send(key);
    const outcomes = await Promise.all(Array.from({ length: 16 }, () => failure(consume(key, code))));
    expect(outcomes.filter((outcome) => outcome === undefined)).to.have.length(1);
    for (const outcome of outcomes.filter((other) => other !== undefined)) expect(outcome).to.be.instanceOf(AlreadyUsed);
  });

  it('judges 5 of 40 parallel wrong guesses', async () => {
    const key = newKey();
    const code = await send(key);
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => codes.judge(key, otherThan(code))));
    expect(outcomes.filter(({ verdict }) => verdict === 'wrong')).to.have.length(5);
    expect(outcomes.filter(({ verdict }) => verdict === 'exhausted')).to.have.length(35);
  });

  it('judges 5 of 40 parallel guesses when right ones are among them', async () => {
    const key = newKey();
    const code = await send(key);
    const outcomes = await Promise.all(Array.from({ length: 40 }, (_, index) => codes.judge(key, index % 2 ? code : otherThan(code))));
    expect(outcomes.filter(({ verdict }) => verdict === 'wrong' || verdict === 'right')).to.have.length(5);
  });

  it('survives 8 parallel sends with one current code', async () => {
    const key = newKey();
    const sent = await Promise.all(Array.from({ length: 8 }, () => send(key)));
    const verdicts = [];
    for (const code of sent) verdicts.push((await codes.judge(key, code)).verdict);
    if (new Set(sent).size === 8) expect(verdicts.sort()).to.deep.equal([...Array(7).fill('replaced'), 'right']);
  });

  it('keeps no code and no destination in clear, and lets the database forget', async () => {
    const key = newKey();
    const code = await send(key);
    const stored = JSON.stringify(await db.collection('codes').find().toArray());
    expect(stored).not.to.include('ana@x.test');
    expect(stored).not.to.include(`"${code}"`);
    const indexes = await db.collection('codes').indexes();
    expect(indexes.find((index) => index['key']['removeAt'])?.['expireAfterSeconds']).to.equal(0);
  });
});
