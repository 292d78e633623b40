/**
 * The whole way from the sign-up page to myUSCIS, signed in, in a real browser: by the words it is given, every form sent empty and
 * wrong before it is sent right, and every page looked at.
 */
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Words } from '../walks/words-en.ts';
import type { Tab, TabOptions } from './browser-tab.ts';
import { inBrowser } from './browser-walk.ts';
import { type DemoHere, startDemoHere } from './demo-here.ts';
import { ANSWERS, appCode, newAddress, newPhone, PASSWORD } from './people.ts';
import type { Received, TestServer } from './server.ts';

export interface Walker {
  readonly server: TestServer;
  readonly tab: Tab;
  readonly words: Words;
  readonly address: string;
  /** E.164. */
  readonly phone: string;
  /** The messages met on the way, for who wants to read them again. */
  readonly messages: Received[];
}

/** A provider and the demonstration service, met in a browser; to be called first in the suite of a walk. */
export function signUpInBrowser(suite: Mocha.Suite, words: Words, usual: Partial<TabOptions> = {}) {
  let all: DemoHere;
  const browser = inBrowser(suite, () => ({ origins: [all.server.origin, all.demoUrl], ...usual }));
  before(async () => {
    all = await startDemoHere();
  });
  after(() => all?.close());
  return {
    ...browser,
    all: () => all,
    /** Somebody new. */
    walkerIn: (tab: Tab, name?: string): Walker => ({
      server: all.server,
      tab,
      words,
      address: newAddress(name),
      phone: newPhone(),
      messages: [],
    }),
  };
}

/** Another code of six digits. */
const otherThan = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** The newest of so many messages, which must be about this. */
async function message({ server, messages }: Walker, to: string, count: number, expected?: Words['confirmMail']): Promise<Received> {
  const newest = await server.newest(to, count);
  messages.push(newest);
  if (expected) {
    expect(newest.subject).to.equal(expected.subject);
    for (const words of expected.says) expect(newest.text).to.include(words);
  }
  return newest;
}

/** Help, terms, privacy and accessibility are on every page, and back leads back. */
async function visitFooter({ tab, words }: Walker): Promise<void> {
  const { url } = { url: tab.page.url() };
  const pages = [words.help, words.termsPage, words.privacy, words.accessibility];
  for (const [index, name] of words.footer.entries()) {
    await tab.leave(() => tab.page.getByRole('contentinfo').getByRole('link', { name, exact: true }).click());
    await tab.look(pages[index]!);
    await tab.back();
    expect(tab.page.url()).to.equal(url);
  }
}

/** Looks at the page, and sends its form empty. */
async function meet({ tab }: Walker, page: Parameters<Tab['look']>[0], submit: string, empty: readonly string[]): Promise<void> {
  await tab.look(page);
  await tab.press(submit);
  await tab.look(page, empty);
}

/** From the sign-up page to "Check your email". */
async function giveAddress(walker: Walker): Promise<void> {
  const { tab, words, address } = walker;
  const { email } = words;
  await meet(walker, email, email.submit, email.empty);
  await tab.field(email.field).fill('ana at example');
  await tab.press(email.submit);
  await tab.look(email, email.wrong);
  expect(await tab.field(email.field).inputValue(), 'what was typed').to.equal('ana at example');
  await tab.field(email.field).fill(address);
  await tab.press(email.submit);
}

/** "Check your email": what is wrong with codes, another address, the instructions again; it ends with the page open. */
async function tryConfirmation(walker: Walker): Promise<Received> {
  const { server, tab, words, address } = walker;
  const { confirm, email, resend } = words;
  const mail = await message(walker, address, 1, words.confirmMail);
  await meet(walker, { ...confirm, says: [...confirm.says, address, server.config.mail.from] }, confirm.submit, confirm.empty);
  for (const [typed, problems] of [
    ['12 34', confirm.wrong],
    [otherThan(mail.codes[0]!), confirm.mistaken],
  ] as const) {
    await tab.field(confirm.field).fill(typed);
    await tab.press(confirm.submit);
    await tab.look(confirm, problems);
  }
  await tab.follow(confirm.otherAddress);
  await tab.look(email);
  expect(await tab.field(email.field).inputValue()).to.equal(address);
  await tab.back();
  await tab.follow(confirm.notReceived);
  await tab.look(resend);
  expect(await tab.field(resend.field).inputValue(), 'nothing is asked for again').to.equal(address);
  for (const [typed, problems] of [
    ['', resend.empty],
    ['ana at example', resend.wrong],
  ] as const) {
    await tab.field(resend.field).fill(typed);
    await tab.press(resend.submit);
    await tab.look(resend, problems);
  }
  await tab.field(resend.field).fill(`nobody.${address}`);
  await tab.press(resend.submit);
  await tab.look(words.resent);
  await tab.follow(words.backToCode);
  await tab.look(confirm);
  return mail;
}

export async function typeConfirmation({ tab, words: { confirm } }: Walker, mail: Received): Promise<void> {
  const { codes } = mail;
  await tab.field(confirm.field).fill(` ${codes[0]!.slice(0, 3)} ${codes[0]!.slice(3)} `);
  await tab.press(confirm.submit);
}

export async function openLink({ tab, words: { link } }: Walker, mail: Received): Promise<void> {
  await tab.open(mail.links[0]!);
  await tab.look(link.ready);
  await tab.press(link.submit);
}

export async function agree(walker: Walker): Promise<void> {
  const { tab, words } = walker;
  await tab.look(words.terms);
  await tab.press(words.terms.submit);
}

async function createPassword(walker: Walker): Promise<void> {
  const { tab, words } = walker;
  const { password } = words;
  await meet(walker, password, password.submit, password.empty);
  const type = async (first: string, second: string) => {
    await tab.field(password.field).fill(first);
    await tab.field(password.again).fill(second);
  };
  for (const [typed, problem] of Object.entries(password.refused)) {
    await type(typed, typed);
    await tab.press(password.submit);
    await tab.look(password, [problem]);
    expect(await tab.field(password.field).inputValue(), 'a password is never shown again').to.equal('');
  }
  await type(PASSWORD, `${PASSWORD}?`);
  await tab.press(password.submit);
  await tab.look(password, password.mismatch);

  await type(PASSWORD, PASSWORD);
  expect(await tab.page.locator('.rule-met').count(), 'rules that tick themselves').to.equal(5);
  for (const label of [password.field, password.again]) expect(await tab.field(label).getAttribute('type')).to.equal('password');
  await tab.field(password.show).check();
  for (const label of [password.field, password.again]) expect(await tab.field(label).getAttribute('type')).to.equal('text');
  await tab.press(password.submit);
}

/** All three methods. */
async function chooseMethods(walker: Walker): Promise<void> {
  const { tab, words, phone } = walker;
  const { delivery } = words;
  await meet(walker, delivery, delivery.submit, delivery.empty);
  expect(await tab.field(delivery.phone).isVisible()).to.equal(false);
  await tab.field(delivery.text).check();
  const withPhone = {
    ...delivery,
    controls: [...delivery.controls.slice(0, -1), `textbox "${delivery.phone}"`, delivery.controls.at(-1)!],
    says: [...delivery.says, delivery.fees],
  };
  for (const [typed, problems] of [
    ['', delivery.noPhone],
    ['+44 20 7946 0958', delivery.foreignPhone],
  ] as const) {
    await tab.field(delivery.phone).fill(typed);
    await tab.press(delivery.submit);
    await tab.look(withPhone, problems);
    expect(await tab.field(delivery.text).isChecked()).to.equal(true);
  }
  await tab.field(delivery.phone).fill(phone.replace(/^\+1(...)(...)/, '($1) $2-'));
  await tab.field(delivery.email).check();
  await tab.field(delivery.app).check();
  await tab.press(delivery.submit);
}

/** The code of a message, after another that was asked for too soon, and an empty, an odd and a mistaken one. */
async function enterSentCode(walker: Walker, page: Words['emailCode'], received: Received): Promise<void> {
  const { tab, words } = walker;
  const { code } = words;
  await tab.press(code.again);
  await tab.look({ ...page, says: [...(page.says ?? []), code.tooSoon] });
  await tab.press(code.submit);
  await tab.look(page, code.empty);
  for (const [typed, problems] of [
    ['12 34', code.wrong],
    [otherThan(received.codes[0]!), code.mistaken],
  ] as const) {
    await tab.field(code.field).fill(typed);
    await tab.press(code.submit);
    await tab.look(page, problems);
  }
  await tab.field(code.field).fill(received.codes[0]!);
  await tab.press(code.submit);
}

/** Sets up the authenticator; returns its secret. */
async function setUpApp(walker: Walker): Promise<string> {
  const { server, tab, words } = walker;
  const { app, code } = words;
  await meet(walker, app, code.submit, code.empty);
  const secret = (await tab.page.locator('#secret').innerText()).replace(/\s/g, '');
  const uri = new URL((await tab.page.locator('a[href^="otpauth:"]').getAttribute('href'))!);
  expect(uri.searchParams.get('secret'), 'the key to type is the one in the link').to.equal(secret);
  expect(await tab.page.getByRole('img', { name: app.picture, exact: true }).isVisible()).to.equal(true);
  await tab.button(app.copyKey).click();
  expect(await tab.page.evaluate('navigator.clipboard.readText()')).to.equal(secret);
  await tab.field(code.field).fill(otherThan(await appCode(server, secret)));
  await tab.press(code.submit);
  await tab.look(app, app.mistaken);
  expect((await tab.page.locator('#secret').innerText()).replace(/\s/g, ''), 'the key stays').to.equal(secret);
  await tab.field(code.field).fill(await appCode(server, secret));
  await tab.press(code.submit);
  return secret;
}

/** Keeps the backup code in each of the ways there are, and proceeds; returns it. */
async function keepBackupCode({ tab, words }: Walker): Promise<string> {
  const { backupCode } = words;
  await tab.look(backupCode);
  const shown = async () => (await tab.page.locator('.backup-code .groups').innerText()).trim().replace(/\s+/g, ' ');
  const kept = await shown();
  expect(kept).to.match(/^[0-9A-Z]{4}( [0-9A-Z]{4}){3}$/);
  await tab.button(backupCode.copy).click();
  await tab.page.getByText(backupCode.copied, { exact: true }).waitFor();
  expect(await tab.page.evaluate('navigator.clipboard.readText()')).to.equal(kept);
  await tab.page.evaluate('window.print = () => { window.printed = true; }');
  await tab.button(backupCode.print).click();
  expect(await tab.page.evaluate('window.printed')).to.equal(true);
  expect(await downloaded(tab, backupCode.download)).to.include(kept.replaceAll(' ', '-'));
  await tab.page.reload();
  expect(await shown(), 'a reload keeps it').to.equal(kept);
  await tab.press(backupCode.submit);
  return kept;
}

export async function downloaded(tab: Tab, button: string): Promise<string> {
  const [download] = await Promise.all([tab.page.waitForEvent('download'), tab.button(button).click()]);
  return readFile((await download.path())!, 'utf8');
}

async function answerQuestions(walker: Walker): Promise<void> {
  const { tab, words } = walker;
  const { questions } = words;
  await meet(
    walker,
    questions,
    questions.submit,
    [1, 2, 3, 4, 5].flatMap((number) => [
      `${questions.question} ${number}: ${questions.noQuestion}`,
      `${questions.answer} ${number}: ${questions.noAnswer}`,
    ]),
  );
  const [first = ''] = questions.choices;
  await chooseQuestions(tab, questions, [...questions.choices.slice(0, 4), first], [...ANSWERS.slice(0, 4), ANSWERS[0]!]);
  await tab.look(questions, [
    `${questions.question} 5: ${questions.questionRepeated}`,
    `${questions.answer} 5: ${questions.answerRepeated}`,
  ]);
  await chooseQuestions(tab, questions);
}

/** Chooses five questions and answers them: at once and right, unless said otherwise. */
export async function chooseQuestions(
  tab: Tab,
  { question, answer, choices, submit }: Pick<Words['questions'], 'question' | 'answer' | 'choices' | 'submit'>,
  chosen: readonly string[] = choices,
  answers: readonly string[] = ANSWERS,
): Promise<void> {
  for (const [index, label] of chosen.entries()) {
    await tab.field(`${question} ${index + 1}`).selectOption({ label });
    await tab.field(`${answer} ${index + 1}`).fill(answers[index]!);
  }
  await tab.press(submit);
}

/** The offer of a passkey, at the end of a sign-up. */
async function declinePasskey({ tab, words }: Walker): Promise<void> {
  const { passkeyOffer } = words;
  await tab.look(passkeyOffer);
  await tab.press(passkeyOffer.decline);
}

/** The welcome page, and from there to myUSCIS for the first time. */
async function enterService(walker: Walker): Promise<void> {
  const { tab, words, address } = walker;
  const { myUscis, accountType } = words;
  await tab.look({ ...words.welcome, says: [...words.welcome.says, address] });
  await tab.follow(myUscis.service);
  await meet(walker, accountType, accountType.submit, accountType.empty);
  await tab.field(accountType.applicant).check();
  await tab.press(accountType.submit);
  await tab.look({ ...myUscis.account, says: [...myUscis.account.says, address] });
}

/** Out of myUSCIS, and thereby out of here. */
async function signOutEverywhere({ server, tab, words }: Walker): Promise<void> {
  const { myUscis } = words;
  await tab.follow(words.signOut);
  await tab.look(myUscis.signOutPage);
  await tab.button(words.signOut).click();
  await tab.page.getByText(myUscis.signedOut).waitFor();
  await tab.look({ ...myUscis.home, says: [myUscis.signedOut] });
  const home = tab.page.url();
  await tab.open(server.origin);
  await tab.look(words.signIn);
  await tab.open(home);
}

/** The page of a code as people meet it who have an account, and so a backup code. */
export const atSignIn = ({ code }: Words, page: Words['emailCode']): Words['emailCode'] => ({
  ...page,
  controls: [...(page.controls ?? []).slice(0, 3), `button "${code.noCode}"`],
});

/** From the home page of myUSCIS, with a text message this time. */
async function signInFromService(walker: Walker): Promise<void> {
  const { server, tab, words, address, phone } = walker;
  const { myUscis, signIn, method, textCode } = words;
  const before = (await server.received(phone)).length;
  await tab.follow(myUscis.signIn);
  const page = { ...signIn, says: [signIn.toService] };
  await meet(walker, page, signIn.submit, signIn.empty);
  const type = async (password: string) => {
    await tab.field(signIn.email).fill(address);
    await tab.field(signIn.password).fill(password);
    await tab.press(signIn.submit);
  };
  await type('Not the password 1!');
  await tab.look(page, signIn.wrong);
  expect(await tab.field(signIn.email).inputValue()).to.equal(address);
  await type(PASSWORD);
  await meet(walker, method, method.submit, method.empty);
  await tab.field(method.text).check();
  await tab.press(method.submit);
  const received = await message(walker, phone, before + 1);
  expect(received.text).to.include(words.textMessage);
  await enterSentCode(walker, atSignIn(walker.words, textCode), received);
  await tab.look({ ...myUscis.account, says: [...myUscis.account.says, address, 'amr pwd sms mfa'] });
}

/** The codes of all three methods, one page after the other; returns the authenticator's secret. */
async function proveMethods(walker: Walker): Promise<string> {
  const { words, address, phone } = walker;
  await enterSentCode(walker, words.emailCode, await message(walker, address, 2, words.emailCodeMail));
  const text = await message(walker, phone, 1);
  expect(text.text).to.include(words.textMessage);
  await enterSentCode(walker, words.textCode, text);
  return setUpApp(walker);
}

/** The mail that says the account has been created, once. */
async function readCreatedMail(walker: Walker): Promise<void> {
  await message(walker, walker.address, 3, walker.words.createdMail);
  expect(await walker.server.received(walker.address)).to.have.length(3);
}

/**
 * The steps of the whole way, once for every language: from the page that asks for an address to signed in again. `walker` is asked for as
 * each step runs; `confirm` ends the page of the code.
 */
export function itGoesAllTheWay(walker: () => Walker, confirm: (walker: Walker, mail: Received) => Promise<void>): void {
  it('confirms the address by what was mailed', async () => {
    await giveAddress(walker());
    await confirm(walker(), await tryConfirmation(walker()));
    await visitFooter(walker());
  });
  it('asks for the terms and for a password', async () => {
    await agree(walker());
    await createPassword(walker());
  });
  it('proves three methods', async () => {
    await chooseMethods(walker());
    await proveMethods(walker());
  });
  it('shows the backup code and asks five questions', async () => {
    await keepBackupCode(walker());
    await answerQuestions(walker());
  });
  it('offers a passkey', () => declinePasskey(walker()));
  it('arrives at myUSCIS, signed in', async () => {
    await enterService(walker());
    await readCreatedMail(walker());
  });
  it('signs out everywhere, and in again with another method', async () => {
    await signOutEverywhere(walker());
    await signInFromService(walker());
  });
}
