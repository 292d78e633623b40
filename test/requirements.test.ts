/** What the protocol asks of a provider is counted: each requirement is proven by a test that carries its id. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const numbered = (prefix: string, last: number) =>
  Array.from({ length: last }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`);

/** The provider, assurance, OAuth, logout, and registration of clients. */
const IDS = [...numbered('OP', 14), ...numbered('AS', 5), ...numbered('OA', 13), ...numbered('LO', 5), ...numbered('CR', 6)];

/** A title is the text that `it` or `describe` is called with; one made in a loop has its ids in what stands around it. */
const TITLE = /\b(?:it|describe)\(\s*(?:'([^'\n]*)'|`([^`]*)`|"([^"\n]*)")/g;

describe('requirements', () => {
  it('are each proven by a test that carries their id', () => {
    const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts'));
    const titles = files.flatMap((file) =>
      [...readFileSync(join('test', file), 'utf8').matchAll(TITLE)].map(([, plain, made, quoted]) => plain ?? made ?? quoted ?? ''),
    );
    const carried = new Set(titles.flatMap((title) => title.match(/\b(?:OP|AS|OA|LO|CR)-\d\d\b/g) ?? []));
    expect(
      IDS.filter((id) => !carried.has(id)),
      'ids without a test',
    ).to.deep.equal([]);
    expect(
      [...carried].filter((id) => !IDS.includes(id)),
      'ids that nobody knows',
    ).to.deep.equal([]);
  });
});
