/** A real browser for tests: the system's Chromium, or the one that `CHROMIUM_PATH` names. */
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM_ADVICE, findChromium } from '../../scripts/chromium.ts';

/** Opens it without a window; the caller closes it. Throws, and says what to do, when there is none. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium(process.env);
  if (!executablePath) throw new Error(CHROMIUM_ADVICE);
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}
