import { expect } from 'chai';
import { JOURNEYS, journeysUnder } from '../../src/app.ts';
import { draw, drawAll } from '../../src/journey/draw.ts';

describe('journey/draw', () => {
  it('draws every step of a journey in order, with what is special about it', () => {
    for (const journey of JOURNEYS) {
      const drawn = draw(journey);
      const names = journey.steps.map(({ name }) => name);
      const rows = drawn.split('\n').filter((line) => /^\| (?!step|---)/.test(line));
      expect(rows.map((row) => row.split(' | ')[0]!.slice(2))).to.deep.equal(names);
      expect(drawn).to.contain(`${names.at(-1)!.replaceAll('-', '_')} --> finish((finish))`);
    }
    expect(draw(JOURNEYS[0]))
      .to.contain('resume([resume])')
      .and.to.match(/\| terms \|.*\| decline \|/);
  });

  it('puts them all on one page', () => {
    const page = drawAll(JOURNEYS, journeysUnder({ profile: 'nist' }));
    for (const { kind } of JOURNEYS) expect(page).to.contain(`## ${kind}\n`);
    expect(page).to.contain('In the profile `nist` there is no step `questions` in `sign-up` and no `change-questions`.');
  });
});
