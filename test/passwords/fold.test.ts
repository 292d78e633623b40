import { expect } from 'chai';
import { fold } from '../../src/passwords/fold.ts';

describe('folding of passwords', () => {
  for (const [text, folded] of [
    ['P@ssw0rd', 'password'],
    ['Pássẅörd', 'password'],
    ['Ｐａｓｓ', 'pass'],
    ['1l!|', 'iiii'],
    ['02345789$+', 'ozeastbgst'],
    ['李 Ñ', '李 n'],
    ['', ''],
  ] as const)
    it(`makes ${text} ${folded}`, () => {
      expect(fold(text)).to.equal(folded);
    });

  it('is the same twice', () => {
    expect(fold(fold('C0ntr@señA!'))).to.equal(fold('C0ntr@señA!'));
  });
});
