import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { inlineMails, MAILS } from '../../scripts/inline-mails.ts';

describe('scripts/inline-mails', () => {
  const fresh = inlineMails();

  it('has been run since a mail, their layout or their style changed (npm run mails)', () => {
    const kept = new Map(readdirSync(join(MAILS, 'inlined')).map((name) => [name, readFileSync(join(MAILS, 'inlined', name), 'utf8')]));
    expect([...kept.keys()].sort()).to.deep.equal([...fresh.keys()].sort());
    for (const [name, html] of fresh) expect(kept.get(name), name).to.equal(html);
  });

  it('leaves no rule that only a style sheet could say, and no template code changed', () => {
    for (const [name, html] of fresh) {
      expect(html, name).to.match(/<p[^>]* style="/);
      expect(html, name).to.not.contain('<style');
      const codeOf = (text: string) => text.match(/<%[\s\S]*?%>/g) ?? [];
      expect(codeOf(html), name).to.include.members(codeOf(readFileSync(join(MAILS, name), 'utf8')));
    }
  });
});
