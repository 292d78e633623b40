import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { action, advance, journey, type Step, stay } from '../../src/journey/journey.ts';
import { sharedServer, visitOf } from '../support/shared-server.ts';

const step = <Name extends string>(name: Name, change: Partial<Step<Name, object, string>> = {}): Step<Name, object, string> => ({
  name,
  view: `steps/${name}`,
  show: async () => ({}),
  actions: { submit: action(z.object({}), async () => advance('given')) },
  ...change,
});

describe('journey/journey', () => {
  const built = journey({ kind: 'test', keptMinutes: () => 1 })
    .step(step('one'), 'begin')
    .stepIf(({ one }) => one === 'more', step('extra'), 'middle')
    .step(step('two', { holds: (answer) => answer !== 'void' }), 'middle')
    .finish(async () => ({ result: { error: 'none' } }));
  const due = (answers: object) => built.due(answers as never)?.name;

  it('is at the first page that applies and has no answer that counts', () => {
    expect(due({})).to.equal('one');
    expect(due({ one: 'more' })).to.equal('extra');
    expect(due({ one: 'less' })).to.equal('two');
    expect(due({ one: 'less', two: 'void' })).to.equal('two');
    expect(due({ one: 'less', two: 'given' })).to.equal(undefined);
    expect(due({ one: 'more', two: 'given' })).to.equal('extra');
  });

  it('has no page at all where it is built without it, and one for everybody where it is built with it', () => {
    const [without, whole] = [false, true].map((has) =>
      journey({ kind: 'test', keptMinutes: () => 1 })
        .step(step('one'), 'begin')
        .stepIf(has, step('extra'), 'middle')
        .finish(async () => ({ result: { error: 'none' } })),
    );
    expect([without!.steps.length, without!.stages, without!.due({ one: 'given' })]).to.deep.equal([1, ['begin'], undefined]);
    expect([without!.applies('extra', { one: 'given' }), without!.answered('extra', { extra: 'given' })]).to.deep.equal([false, false]);
    expect([whole!.stages, whole!.conditional, whole!.due({ one: 'given' })?.name]).to.deep.equal([['begin', 'middle'], [], 'extra']);
  });

  it('computes what is due, so that a page put in later needs no change of what is kept', () => {
    const longer = journey({ kind: 'test', keptMinutes: () => 1 })
      .step(step('one'))
      .step(step('new'))
      .step(step('two'))
      .finish(async () => ({ result: { error: 'none' } }));
    expect(longer.due({ one: 'less', two: 'given' })?.name).to.equal('new');
  });

  it('knows its stages, each once and in order, and its conditional steps', () => {
    expect(built.stages).to.deep.equal(['begin', 'middle']);
    expect([built.stageOf('two'), built.stageOf('none')]).to.deep.equal(['middle', undefined]);
    expect(built.conditional).to.deep.equal(['extra']);
    expect([built.applies('extra', { one: 'less' }), built.applies('none', {})]).to.deep.equal([false, false]);
    expect([built.answered('two', { two: 'void' }), built.answered('two', { two: 'x' })]).to.deep.equal([false, true]);
  });

  it('reads a form before its action sees it, and says the first problem of each field', async () => {
    const { deps } = await sharedServer();
    const form = z.object({
      name: z.string({ error: 'missing' }).min(3, 'short').regex(/^a/, 'not a'),
      age: z.string({ error: 'no age' }),
    });
    const read = action(form, async (_deps, _visit, { name }) => (name === 'abc' ? advance(name) : stay({ name: { key: 'other' } })));
    expect(await read.run(deps, visitOf(), { name: 'x' })).to.deep.equal(stay({ name: { key: 'short' }, age: { key: 'no age' } }));
    expect(await read.run(deps, visitOf(), { age: '1' })).to.deep.equal(stay({ name: { key: 'missing' } }));
    expect(await read.run(deps, visitOf(), { name: 'abc', age: '1' })).to.include({ kind: 'advance', answer: 'abc' });
  });

  it('is at the first page without an answer, whatever else was answered', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const begun = names.slice(1).reduce((so, name) => so.step(step(name)), journey({ kind: 'test', keptMinutes: () => 1 }).step(step('a')));
    const plain = begun.finish(async () => ({ result: { error: 'none' } }));
    fc.assert(
      fc.property(fc.subarray(names), (answered) => {
        const answers = Object.fromEntries(answered.map((name) => [name, 'given']));
        expect(plain.due(answers)?.name).to.equal(names.find((name) => !answered.includes(name)));
      }),
    );
  });

  it('takes an answer that says nothing for an answer, and no other name for one', () => {
    for (const answer of [undefined, null, false, '', 0]) expect(due({ one: answer }), String(answer)).to.equal('two');
    expect(due({ three: 'given', toString: 'given' })).to.equal('one');
  });

  it('asks whether a page applies only when the answers before it are there', () => {
    const strict = journey({ kind: 'test', keptMinutes: () => 1 })
      .step(step('one'))
      .stepIf(({ one }) => one.toUpperCase() === 'MORE', step('extra'))
      .finish(async () => ({ result: { error: 'none' } }));
    expect(strict.due({})?.name).to.equal('one');
    expect(strict.due({ one: 'more' })?.name).to.equal('extra');
  });

  it('asks again for what holds no more beside a changed answer, though all after it was given', () => {
    const proven = journey({ kind: 'test', keptMinutes: () => 1 })
      .step(step('address'))
      .step({ ...step('proof'), holds: (proof: string, { address }: { readonly address: string }) => proof === address })
      .step(step('last'))
      .finish(async () => ({ result: { error: 'none' } }));
    expect(proven.due({ address: 'ana', proof: 'ana', last: 'given' })).to.equal(undefined);
    expect(proven.due({ address: 'eva', proof: 'ana', last: 'given' })?.name).to.equal('proof');
  });

  it('leaves the journey it was built from as it was', () => {
    const base = journey({ kind: 'test', keptMinutes: () => 1 }).step(step('one'));
    base.step(step('two'));
    expect(base.finish(async () => ({ result: { error: 'none' } })).steps.map(({ name }) => name)).to.deep.equal(['one']);
  });

  it('says what is wrong with a form as a whole, and hands on no field that the form does not have', async () => {
    const { deps } = await sharedServer();
    const form = z.object({ a: z.string(), b: z.string() }).refine(({ a, b }) => a === b, 'differ');
    const read = action(form, async (_deps, _visit, input) => advance(input));
    expect(await read.run(deps, visitOf(), { a: '1', b: '2' })).to.deep.equal(stay({ form: { key: 'differ' } }));
    const outcome = await read.run(deps, visitOf(), { a: '1', b: '1', admin: 'true' });
    expect(outcome).to.deep.include({ kind: 'advance', answer: { a: '1', b: '1' } });
  });
});
