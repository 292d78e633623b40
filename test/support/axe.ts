/** What axe finds on a page: its script goes into the page once (AxeBuilder sends it twice), and only what it finds comes back. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** In its shorter form. */
const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** Brings it into every page that is opened here from now on: where all are judged, that costs less than to send it to each. */
export const bringAxe = (page: Page): Promise<unknown> => page.addInitScript({ content: SOURCE });

/** For pages without frames. `without`: rules that somebody else judges these pages by. */
export async function axeViolations(page: Page, { without = [] }: { without?: readonly string[] } = {}): Promise<readonly Violation[]> {
  if (!(await page.evaluate(`'axe' in window`))) await page.evaluate(`${SOURCE};0`);
  const options = { resultTypes: ['violations'], rules: Object.fromEntries(without.map((id) => [id, { enabled: false }])) };
  return (await page.evaluate(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => violations.map(({ id, nodes }) =>
    ({ id, nodes: nodes.map(({ target, failureSummary }) => ({ target, failureSummary })) })))`)) as readonly Violation[];
}
