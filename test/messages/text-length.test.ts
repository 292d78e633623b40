import { expect } from 'chai';
import { septets } from '../../src/messages/text-length.ts';

describe('the length of a text message', () => {
  it('counts one septet for a character of the basic alphabet', () => {
    expect(septets('Your code: 012345')).to.equal(17);
    expect(septets('ñéùàÑü¿¡@£')).to.equal(10);
  });

  it('counts two for those that need the escape character', () => {
    expect(septets('[€]')).to.equal(6);
  });

  it('says that a text cannot be written in it', () => {
    for (const character of ['á', 'í', 'ó', 'ú', '’', '“', '李', '🙂']) expect(septets(`abc ${character}`)).to.equal(undefined);
  });
});
