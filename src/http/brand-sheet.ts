/** The brand's colours as a stylesheet of their own: the content security policy admits no style within a page. */
import { createHash } from 'node:crypto';

export interface BrandSheet {
  /** `/brand-<hash>.css`; another colour, another address, so browsers may keep it for good. */
  readonly address: string;
  readonly css: string;
}

/** `colors`: names in camel case to `#rrggbb` (the configuration admits nothing else); `primaryDark` becomes `--primary-dark`. */
export function brandSheet(colors: Readonly<Record<string, string>>): BrandSheet {
  const lines = Object.entries(colors).map(
    ([name, color]) => `  --${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${color};\n`,
  );
  const css = `:root {\n${lines.join('')}}\n`;
  return { address: `/brand-${createHash('sha256').update(css).digest('hex').slice(0, 12)}.css`, css };
}
