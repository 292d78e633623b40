import { expect } from 'chai';
import { createCases } from '../../../demo/api/cases.ts';

describe('demo: made-up cases', () => {
  it('follow from the person alone, also after a restart', () => {
    expect(createCases().of('ana')).to.deep.equal(createCases().of('ana'));
    expect(createCases().of('ana')).to.not.deep.equal(createCases().of('rosa'));
  });

  it('are two of different forms, with a history in order that begins with the receipt', () => {
    const cases = createCases();
    for (let person = 0; person < 300; person += 1) {
      const [one, two, ...more] = cases.of(`person ${person}`);
      expect(more).to.have.length(0);
      expect(one!.form).to.not.equal(two!.form);
      for (const { id, history, demonstration } of [one!, two!]) {
        expect(id).to.match(/^DEMO-[2-9A-HJKMNP-TV-Z]{10}$/);
        expect(demonstration).to.equal(true);
        expect(history[0]!.status).to.equal('received');
        const days = history.map((update) => update.on);
        expect(days).to.deep.equal([...days].sort());
        expect(days.every((day) => /^2026-\d\d-\d\d$/.test(day))).to.equal(true);
      }
    }
  });

  it('share no id among a thousand people', () => {
    const cases = createCases();
    const ids = Array.from({ length: 1000 }, (_, person) => cases.of(`person ${person}`).map((one) => one.id)).flat();
    expect(new Set(ids).size).to.equal(2000);
  });

  it('are found by their own person only', () => {
    const cases = createCases();
    const { id } = cases.of('ana')[0]!;
    expect(cases.find('ana', id)?.id).to.equal(id);
    expect(cases.find('rosa', id)).to.equal(undefined);
    expect(cases.find('ana', id.toLowerCase())).to.equal(undefined);
  });

  it('come back the same when the memory of them was full', () => {
    const cases = createCases(2);
    const before = cases.of('ana');
    for (const other of ['one', 'two', 'three']) cases.of(other);
    expect(cases.of('ana')).to.deep.equal(before);
  });
});
