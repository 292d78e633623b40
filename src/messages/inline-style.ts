/**
 * Many mail programs drop style sheets, so the rules are written into the elements. Our sheet is small and flat, and this knows no more
 * than it needs: rules for a tag or for one class. Anything else throws, so that nothing is left out without a word.
 */
interface Rule {
  readonly selector: string;
  readonly declarations: readonly Declaration[];
}

type Declaration = readonly [property: string, value: string];

/** A start tag; template code in a value may hold quotation marks of its own. */
const START_TAG = /<([a-z][a-z0-9]*)((?:\s+[a-z-]+="(?:<%.*?%>|[^"])*")*)(\s*\/?)>/g;
const CLASSES = /\sclass="([^"]*)"/;

/** `html` (a page or a template of one) with the rules of `css` written into the `style` of each element that they are for. */
export function inlineStyle(html: string, css: string): string {
  // A class outdoes a tag; among classes the later rule of the sheet does, whatever the order in the attribute.
  const rules = rulesOf(css).sort((one, other) => Number(isClass(one)) - Number(isClass(other)));
  return html.replace(START_TAG, (element, tag: string, attributes: string, end: string) => {
    const classes = CLASSES.exec(attributes)?.[1]?.split(/\s+/) ?? [];
    const selectors = new Set([tag, ...classes.map((name) => `.${name}`)]);
    const style = new Map(rules.filter(({ selector }) => selectors.has(selector)).flatMap(({ declarations }) => declarations));
    if (style.size === 0) return element;
    if (/\sstyle="/.test(attributes)) throw new Error(`<${tag}> has a style of its own beside that of the style sheet`);
    const written = [...style].map(([property, value]) => `${property}: ${value};`).join(' ');
    return `<${tag}${attributes} style="${written}"${end}>`;
  });
}

const isClass = ({ selector }: Rule): boolean => selector.startsWith('.');

/** Throws at a selector that is neither a tag nor a class, at what is not `property: value`, and at `!important`. */
function rulesOf(css: string): Rule[] {
  const plain = css.replace(/\/\*.*?\*\//gs, '').trim();
  if (plain !== '' && !plain.endsWith('}')) throw new Error('the style sheet ends within a rule');
  return plain
    .split('}')
    .slice(0, -1)
    .map((rule) => {
      const [selector = '', body = '', ...rest] = rule.split('{').map((part) => part.trim());
      if (!/^\.?[a-z][a-z0-9-]*$/.test(selector) || rest.length > 0) throw new Error(`"${selector}" is neither a tag nor a class`);
      const declarations = body
        .split(';')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map(declarationOf);
      return { selector, declarations };
    });
}

function declarationOf(text: string): Declaration {
  const [, property, value] = /^([a-z-]+):\s*([^"!]+)$/.exec(text) ?? [];
  if (property === undefined || value === undefined) throw new Error(`"${text}" is not something to write into an element`);
  return [property, value];
}
