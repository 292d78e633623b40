import { expect } from 'chai';
import { leftOut, leftOutOf, named, type Telling, tell, whole } from '../../../src/account-pages/data/telling.ts';

type Animal =
  | { readonly kind: 'cat'; readonly lives: number; readonly chip: string }
  | { readonly kind: 'dog'; readonly tricks?: string[] };

const ANIMAL: Telling<Animal> = {
  kind: whole,
  lives: named('livesLeft', (lives) => `${lives} of nine`),
  chip: leftOut('means nothing to you'),
  tricks: { tell: (tricks) => tricks?.length ?? 0 },
};

describe('account-pages/data/telling', () => {
  it('tells what is there, in the words and under the name of its table, and nothing that is left out', () => {
    expect(tell<Animal>({ kind: 'cat', lives: 7, chip: 'HIDDEN' }, ANIMAL)).to.deep.equal({ kind: 'cat', livesLeft: '7 of nine' });
    expect(tell<Animal>({ kind: 'dog', tricks: ['sit', 'roll'] }, ANIMAL)).to.deep.equal({ kind: 'dog', tricks: 2 });
    expect(tell<Animal>({ kind: 'dog' }, ANIMAL)).to.deep.equal({ kind: 'dog' });
  });

  it('tells nothing of a field that its table does not know', () => {
    expect(tell<Animal>({ kind: 'dog', collar: 'HIDDEN' } as Animal, ANIMAL)).to.deep.equal({ kind: 'dog' });
  });

  it('says what is left out, where it stands, and why', () => {
    expect(leftOutOf('animals', ANIMAL)).to.deep.equal([['animals.chip', 'means nothing to you']]);
  });

  it('does not compile without an entry for every field', () => {
    // @ts-expect-error `tricks` is missing.
    const telling: Telling<Animal> = { kind: whole, lives: whole, chip: whole };
    expect(leftOutOf('animals', telling)).to.deep.equal([]);
  });
});
