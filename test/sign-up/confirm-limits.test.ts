/** What stands around the page that waits for a confirmation: limits, late mail, and an earlier sign-up with the same address. */
import { expect } from 'chai';
import { LANGUAGES } from '../../src/language.ts';
import { confirm, confirmed } from '../../src/sign-up/confirm.ts';
import { newAddress } from '../support/people.ts';
import { type AnyVisit, answerOf, commit, type Decided, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

describe('sign-up: around the confirmation', () => {
  let networks = 0;
  async function arrive(address = newAddress(), former?: AnyVisit) {
    const { deps } = await sharedServer();
    const visit = former ?? visitOf({ email: { address, canonical: address } }, { ip: `198.51.100.${++networks}` });
    const { keep, writes = [] } = await confirm.arrive!(deps, visit);
    await commit(writes);
    return { address, sent: writes.length > 0, visit: { ...visit, kept: keep } as AnyVisit };
  }
  const codeOf = async (address: string, count = 1) => (await (await sharedServer()).newest(address, count)).codes[0]!;
  const wrong = (code: string) => (code === '111111' ? '222222' : '111111');
  const said = async (outcome: Decided) => {
    const { deps } = await sharedServer();
    if (outcome.kind !== 'stay') throw new Error(outcome.kind);
    const { key, ...params } = outcome.problems.code!;
    return LANGUAGES.map((language) => deps.texts.in(language).t(key, params))[0];
  };
  const show = async (visit: AnyVisit) =>
    (await confirm.show((await sharedServer()).deps, visit)) as { address: string; sender: string; resendAt?: Date };

  it('counts the tries of a code down to none', async () => {
    const { visit, address } = await arrive();
    const code = await codeOf(address);
    expect(await said(await press(confirm, visit, { code: wrong(code) }))).to.contain('4 tries left');
    for (let tries = 4; tries > 0; tries--)
      expect(problemAt(await press(confirm, visit, { code: wrong(code) }), 'code')).to.equal('problems.code_wrong');
    expect(problemAt(await press(confirm, visit, { code }), 'code')).to.equal('problems.code_exhausted');
  });

  it('judges no code where none was sent', async () => {
    const address = newAddress();
    const visit = visitOf({ email: { address, canonical: address } });
    expect(problemAt(await press(confirm, visit, { code: '123456' }), 'code')).to.equal('problems.code_elsewhere');
  });

  it('names the time after ten wrong codes in a row, and takes the right one after that', async () => {
    const { deps, clock } = await sharedServer();
    const first = await arrive();
    const guess = async (code: string) => press(confirm, first.visit, { code: wrong(code) });
    const one = await codeOf(first.address);
    for (let tries = 0; tries < 5; tries++) await guess(one);
    clock.advance(61);
    await commit((await confirm.arrive!(deps, { ...first.visit, kept: undefined })).writes);
    const two = await codeOf(first.address, 2);
    for (let tries = 0; tries < 4; tries++) await guess(two);
    expect(problemAt(await guess(two), 'code')).to.equal('problems.code_wrong');
    const refused = await press(confirm, first.visit, { code: two });
    expect(problemAt(refused, 'code')).to.equal('problems.wait');
    expect(await said(refused)).to.be.a('string');
    clock.advance(15 * 60 + 1);
    await commit((await confirm.arrive!(deps, { ...first.visit, kept: undefined })).writes);
    const outcome = await press(confirm, first.visit, { code: await codeOf(first.address, 3) });
    expect(answerOf(outcome)).to.include({ canonical: first.address });
    if (outcome.kind === 'advance') await outcome.after?.();
    expect((await deps.attempts.peek('code-account', first.visit.journeyId)).left).to.equal(10);
  });

  it('mails another address at once, and shows where it went and from whom', async () => {
    const { config } = await sharedServer();
    const { visit } = await arrive();
    const other = newAddress();
    const changed = await arrive(other, { ...visit, answers: { email: { address: other, canonical: other } } });
    expect(changed.sent).to.equal(true);
    expect(await show(changed.visit)).to.include({ address: other, sender: config.mail.from });
    expect(answerOf(await press(confirm, changed.visit, { code: await codeOf(other) }))).to.include({ canonical: other });
  });

  // What happened: the page went on naming a time that was long past.
  it('names the time from which it mails again, until then and no longer; then coming back mails', async () => {
    const { clock } = await sharedServer();
    const { address } = await arrive();
    const second = await arrive(address);
    expect(second.sent).to.equal(false);
    const { resendAt } = await show(second.visit);
    expect(resendAt!.getTime() - clock().getTime()).to.be.within(1, 60_000);
    clock.advance(61);
    expect((await show(second.visit)).resendAt).to.equal(undefined);
    expect((await arrive(address, second.visit)).sent).to.equal(true);
  });

  it('stops at five mails an hour to one address, however many sign-ups ask', async () => {
    const { clock } = await sharedServer();
    const address = newAddress();
    const sent: boolean[] = [];
    for (let time = 0; time < 7; time++) {
      sent.push((await arrive(address)).sent);
      clock.advance(61);
    }
    expect(sent).to.deep.equal([true, true, true, true, true, false, false]);
  });

  describe('an earlier sign-up with this address', () => {
    const begin = async (address: string, answers: object, proven: boolean) => {
      const { deps } = await sharedServer();
      const uid = deps.newId();
      const start = { kind: 'sign-up', uid, browser: uid, authorization: {}, language: 'en', keptMinutes: 60 } as const;
      const journey = await deps.journeys.open(start);
      const content = { ...journey.content, answers: { email: { address, canonical: address }, ...answers } };
      await commit([deps.journeys.save(journey, content, { address: { value: address, proven }, keptMinutes: 60 })]);
      return journey.id;
    };
    const earlierOf = async (address: string, journeyId = 'this one') =>
      (await confirmed((await sharedServer()).deps, address, journeyId)).earlier;
    const password = { 'new-password': { hash: 'h' } };

    it('is told of when it has proven the address and has a password', async () => {
      const address = newAddress();
      const id = await begin(address, { confirm: { canonical: address }, ...password }, true);
      expect(await earlierOf(address)).to.equal(id);
    });

    for (const [what, answers, proven] of [
      ['it has no password yet', (canonical: string) => ({ confirm: { canonical } }), true],
      ['a stranger merely typed the address', () => ({ ...password }), false],
      ['another address was proven in it', () => ({ confirm: { canonical: 'elsewhere@people.test' }, ...password }), false],
    ] as const)
      it(`is none where ${what}`, async () => {
        const address = newAddress();
        await begin(address, answers(address), proven);
        expect(await earlierOf(address)).to.equal(undefined);
      });

    it('is not this very one', async () => {
      const address = newAddress();
      const id = await begin(address, { confirm: { canonical: address }, ...password }, true);
      expect(await earlierOf(address, id)).to.equal(undefined);
    });

    it('is forgotten when its time is over', async () => {
      const address = newAddress();
      await begin(address, { confirm: { canonical: address }, ...password }, true);
      (await sharedServer()).clock.advance(61 * 60);
      expect(await earlierOf(address)).to.equal(undefined);
    });
  });
});
