/** What axe finds on a page: its script goes into the page once (AxeBuilder sends it twice), and only what it finds comes back. */
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** The axe-core that `@axe-core/playwright` brings. */
const { source } = createRequire(import.meta.resolve('@axe-core/playwright'))('axe-core') as { readonly source: string };

export interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

const RUN = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ target, failureSummary }) => ({ target, failureSummary })) })))`;

/** For pages without frames. */
export async function axeViolations(page: Page): Promise<readonly Violation[]> {
  return (await page.evaluate(`${source};\n${RUN}`)) as readonly Violation[];
}
