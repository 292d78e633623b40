import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'node-html-parser';
import { inlineStyle } from '../../src/messages/inline-style.ts';

const MAILS = join(import.meta.dirname, '../../views/mail');

describe('inline style', () => {
  it('writes the rules of a tag and of its classes into the element', () => {
    expect(inlineStyle('<p class="a b">1</p><p>2</p><br><hr/>', 'p { margin: 0 } .a { color: red; } hr { border: 0 }')).to.equal(
      '<p class="a b" style="margin: 0; color: red;">1</p><p style="margin: 0;">2</p><br><hr style="border: 0;"/>',
    );
  });

  it('lets a class outdo a tag, and a later rule an earlier one', () => {
    const css = '.b { color: blue } .a { color: red } p { color: black; margin: 0 } p { margin: 1px }';
    expect(inlineStyle('<p class="a b">', css)).to.equal('<p class="a b" style="color: red; margin: 1px;">');
  });

  it('leaves comments, end tags, other elements and template code alone', () => {
    const html = '<!doctype html><!-- p --><pre>a < b</pre><% if (p) { %><b title="<%= t("p") %>" class="x">p</b><% } %></p>';
    expect(inlineStyle(html, '/* p {} */ p { margin: 0 }')).to.equal(html);
    expect(inlineStyle(html, '.x { margin: 0 }')).to.equal(html.replace('class="x"', 'class="x" style="margin: 0;"'));
  });

  for (const css of ['p a { color: red }', 'p.a {}', '#a {}', 'a:hover {}', '@media print { p { margin: 0 } }', 'p, a {}', 'p { margin: 0'])
    it(`throws at ${css}`, () => {
      expect(() => inlineStyle('', css)).to.throw();
    });

  for (const declaration of ['margin', 'margin: 0 !important', 'content: "a"', 'Margin: 0', '--x: 0;: 1'])
    it(`throws at a declaration ${declaration}`, () => {
      expect(() => inlineStyle('', `p { ${declaration} }`)).to.throw(/not something to write/);
    });

  it('throws at an element that would have two styles', () => {
    expect(() => inlineStyle('<p style="margin: 0">', 'p { color: red }')).to.throw('<p> has a style of its own');
  });

  // What a parser of its own, asked by selector, finds in the templates as they are.
  for (const name of readdirSync(MAILS).filter((file) => file.endsWith('.html.ejs')))
    it(`reaches every element of ${name} that a rule is for`, () => {
      const html = readFileSync(join(MAILS, name), 'utf8');
      const css = readFileSync(join(MAILS, 'mail.css'), 'utf8');
      const styled = parse(inlineStyle(html, css));
      for (const [, selector = ''] of css.replace(/\/\*.*?\*\//gs, '').matchAll(/^(\S+) \{/gm)) {
        const elements = styled.querySelectorAll(selector);
        expect(elements.length).to.equal(parse(html).querySelectorAll(selector).length);
        for (const element of elements) expect(element.getAttribute('style'), element.outerHTML).to.match(/^([a-z-]+: [^;"]+;\s?)+$/);
      }
      expect(styled.querySelectorAll('[style]').length, name).to.be.greaterThan(0);
    });
});
