import { expect } from 'chai';
import { canKeep } from '../../src/oidc-store/can-keep.ts';
import { testDatabase } from '../support/mongo.ts';

const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

describe('oidc-store/can-keep', () => {
  const good = [null, 'a\0b', 5, [], { a: { 'b.c': [1, { $d: null }] }, '': 1 }, nested(20), JSON.parse('{"__proto__":{"x":1}}')];

  it('takes what the database takes', async () => {
    const kept = (await testDatabase()).collection('kept');
    for (const value of good) {
      expect(canKeep(value), JSON.stringify(value)).to.equal(true);
      await kept.insertOne({ value });
      await kept.updateOne({}, { $set: { value } });
    }
  });

  it('does not take names with a NUL, nor what is nested without end', () => {
    for (const value of [{ 'a\0': 1 }, { a: [{ b: { '\0': null } }] }, nested(21), nested(20_000), { a: nested(200) }])
      expect(canKeep(value)).to.equal(false);
  });
});
