/** The whole journey as a person in a browser meets it, in English, at 320 pixels: words, focus, titles, names and axe after every step. */
import * as walk from '../support/sign-up-walk.ts';
import { ENGLISH as words } from './words-en.ts';

describe('walk: sign-up in a browser', function () {
  const { all, open, walkerIn, itIsSound } = walk.signUpInBrowser(this, words);

  describe('by typing the code, with all three methods', () => {
    let walker: walk.Walker;
    before(async () => {
      walker = walkerIn(await open({ permissions: ['clipboard-read', 'clipboard-write'] }));
    });

    it('begins at /create-account as at /users/sign_up', async () => {
      const { tab } = walker;
      await tab.open(`${all().server.origin}/create-account`);
      await tab.look(words.email);
      await tab.open(`${all().server.origin}/users/sign_up`);
    });
    walk.itGoesAllTheWay(() => walker, walk.typeConfirmation);
  });

  describe('in all of this', itIsSound);
});
