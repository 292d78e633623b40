/**
 * Development: takes the pictures in docs/pictures from the real pages, by signing up as a person would. Needs a system that runs in
 * development (`DATA_DIR=/tmp/fresh npm start`; fresh, because nobody may have the address yet), since it reads the mailed code from
 * its inbox, and Chromium.
 *
 *   node scripts/take-pictures.ts [http://localhost:3000] [folder] [language]
 *
 * Other folders get every page of the way at 320, 768 and 1280 pixels instead, whole, to be looked at.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'otplib';
import type { Page } from 'playwright-core';
import { openBrowser } from '../test/support/browser.ts';

const README = 'docs/pictures';
const [origin = 'http://localhost:3000', folder = README, language = 'en'] = process.argv.slice(2);
const FOR_README = ['sign-up', 'confirm', 'password', 'delivery', 'backup-code', 'welcome'];
/** Of a phone, and in a size that a README loads fast. */
const PHONE = { width: 390, height: 844 };
const WIDTHS = [320, 768, 1280];
const ADDRESS = folder === README ? 'ana.lopez@example.com' : `ana.lopez.${Date.now().toString(36)}@example.com`;
const NUMBER = `202555${String(Date.now()).slice(-4)}`;
const PASSWORD = 'Granite-Harbor 71!';

async function newestCode(to: string, count: number): Promise<string> {
  for (const until = Date.now() + 15_000; Date.now() < until; ) {
    const messages = (await (await fetch(`${origin}/dev/inbox.json?to=${encodeURIComponent(to)}`)).json()) as { codes: string[] }[];
    if (messages.length >= count) return messages[0]!.codes[0]!;
  }
  throw new Error(`no message to ${to}: is this a development system?`);
}

await mkdir(folder, { recursive: true });
const browser = await openBrowser();
const context = await browser.newContext({ viewport: PHONE, locale: language, deviceScaleFactor: folder === README ? 1.5 : 1 });
const page = await context.newPage();

async function take(name: string): Promise<void> {
  if (folder === README) {
    if (FOR_README.includes(name)) await page.screenshot({ path: join(folder, `${name}.png`) });
    return;
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true });
  }
}
const press = (on: Page, nth = 0) =>
  Promise.all([
    on.waitForEvent('load'),
    on.locator('main form:not([action$="resend"]):not([action$="skip"]):not([action$="download"]) > button').nth(nth).click(),
  ]);
const wrong = async (name: string) => {
  await press(page);
  await take(`${name}-wrong`);
};

await page.goto(`${origin}/users/sign_up`);
await take('sign-up');
await wrong('sign-up');
await page.locator('#email').fill(ADDRESS);
await press(page);
await take('confirm');
await wrong('confirm');
await page.locator('#code').fill(await newestCode(ADDRESS, 1));
await press(page);
await take('terms');
await press(page);
await page.locator('#password').fill('Granite-Harbor');
await take('password');
await wrong('password');
for (const field of ['#password', '#password_confirmation']) await page.locator(field).fill(PASSWORD);
await press(page);
await wrong('delivery');
await page.reload();
await page.locator('#email').check();
await page.locator('#text').check();
await page.locator('#phone').fill('(202) 555-0123');
await page.evaluate('scrollTo(0, 0)');
await take('delivery');
await page.locator('#phone').fill(NUMBER);
await page.locator('#app').check();
await press(page);
await take('email-code');
await wrong('email-code');
await page.locator('#code').fill(await newestCode(ADDRESS, 2));
await press(page);
await take('text-code');
await page.locator('#code').fill(await newestCode(`+1${NUMBER}`, 1));
await press(page);
await take('authenticator');
const secret = (await page.locator('#secret').innerText()).replace(/\s/g, '');
await page.locator('#code').fill(await generate({ secret }));
await press(page);
await take('backup-code');
await press(page);
await take('questions');
await wrong('questions');
for (let number = 1; number <= 5; number++) {
  await page.locator(`#question_${number}`).selectOption({ index: number });
  await page.locator(`#answer_${number}`).fill(`Answer of mine ${number}`);
}
await press(page);
await take('welcome');
await Promise.all([page.waitForEvent('load'), page.locator('a.service').first().click()]);
await take('account-type');
await page.locator('#account_type').check();
await press(page);
await take('myuscis');
await page.goto(`${origin}/help`);
await take('help');
await page.goto(`${origin}/nothing`);
await take('not-found');
await context.clearCookies();
await page.goto(origin);
await take('sign-in');
await page.locator('#email').fill(ADDRESS);
await page.locator('#password').fill(`${PASSWORD}?`);
await wrong('sign-in');
await page.locator('#password').fill(PASSWORD);
await press(page);
await take('choose-method');
await browser.close();
