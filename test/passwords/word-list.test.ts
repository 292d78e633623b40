import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { readWordList } from '../../src/passwords/word-list.ts';

describe('word list', () => {
  const folder = mkdtempSync(join(tmpdir(), 'word-list-'));
  after(() => rmSync(folder, { recursive: true }));

  const listOf = (words: readonly string[]) => {
    const path = join(folder, 'words.txt');
    writeFileSync(path, words.map((word) => `${word}\n`).join(''));
    return readWordList(path);
  };

  it('has each of its words and no others', () => {
    const list = listOf(['a', 'ab', 'abc', 'b', 'ñ', '李']);
    for (const word of ['a', 'ab', 'abc', 'b', 'ñ', '李']) expect(list.has(word), word).to.equal(true);
    for (const word of ['', 'A', 'aa', 'abcd', 'bc', 'c', 'a\nab', 'a\n', '\n', '李李']) expect(list.has(word), word).to.equal(false);
  });

  it('may be empty', () => {
    expect(listOf([]).has('a')).to.equal(false);
    expect(listOf([]).has('')).to.equal(false);
  });

  it('agrees with a Set, whatever the words', () => {
    const word = fc.stringMatching(/^[a-d]{1,4}$/);
    fc.assert(
      fc.property(fc.uniqueArray(word), fc.array(word), (words, others) => {
        const list = listOf([...words].sort());
        for (const each of [...words, ...others]) expect(list.has(each)).to.equal(words.includes(each));
      }),
    );
  });

  it('throws when there is no such file', () => {
    expect(() => readWordList(join(folder, 'nowhere.txt'))).to.throw(/ENOENT/);
  });
});
