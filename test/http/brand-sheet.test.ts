import { expect } from 'chai';
import { brandSheet } from '../../src/http/brand-sheet.ts';

describe('brand sheet', () => {
  it('turns the colours of the brand into custom properties', () => {
    expect(brandSheet({ primary: '#005ea2', primaryDark: '#1a4480' }).css).to.equal(
      ':root {\n  --primary: #005ea2;\n  --primary-dark: #1a4480;\n}\n',
    );
  });

  it('has another address for other colours', () => {
    const [one, other] = [brandSheet({ primary: '#005ea2' }), brandSheet({ primary: '#005ea3' })];
    expect(one.address).to.match(/^\/brand-[0-9a-f]{12}\.css$/);
    expect(other.address).to.not.equal(one.address);
    expect(brandSheet({ primary: '#005ea2' }).address).to.equal(one.address);
  });
});
