/** An owner in a real browser, in either language: the parts that a recovery, a sign-in and the account pages have in common. */
import { expect } from 'chai';
import type { Language } from '../../src/language.ts';
import { ENGLISH_OWNER, type OwnerWords } from '../walks/owner-words-en.ts';
import { SPANISH_OWNER } from '../walks/owner-words-es.ts';
import { ENGLISH, type Words } from '../walks/words-en.ts';
import { SPANISH } from '../walks/words-es.ts';
import type { Expected, Tab } from './browser-tab.ts';
import { codeAfter, type Person } from './people.ts';
import { makeRecoverable, type Recoverable } from './recoverable.ts';
import type { Received, TestServer } from './server.ts';

export interface Owner {
  readonly server: TestServer;
  readonly tab: Tab;
  readonly words: Words;
  readonly own: OwnerWords;
  /** The messages met on the way, for who wants to read them again. */
  readonly messages: Received[];
}

export const WORDS = {
  en: { words: ENGLISH, own: ENGLISH_OWNER, locale: 'en-US' },
  es: { words: SPANISH, own: SPANISH_OWNER, locale: 'es-US' },
} as const satisfies Record<Language, { words: Words; own: OwnerWords; locale: string }>;

/** An account with a phone, whose owner reads this language and was asked about passkeys. */
export const makeOwner = ({ deps }: TestServer, language: Language): Promise<Recoverable> =>
  makeRecoverable(deps, ['text'], { language, passkeyDeclinedAt: deps.clock() });

export const endOf = ({ phone }: Pick<Person, 'phone'>): string => phone!.slice(-2);

/** Waits for the message about this, which must say so. */
export async function told({ server, messages }: Owner, to: string, { subject, says }: Words['confirmMail']): Promise<Received> {
  for (const until = Date.now() + 10_000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 25))) {
    const found = (await server.received(to)).find((one) => one.subject === subject);
    if (!found) continue;
    messages.push(found);
    for (const words of says) expect(found.text, subject).to.include(words);
    return found;
  }
  throw new Error(`nothing about "${subject}" came to ${to}: ${(await server.received(to)).map((one) => one.subject).join('; ')}`);
}

/** `ask` leads to a page that looks like this; enters the code that it has sent there. */
export async function enterSent({ server, tab, words }: Owner, to: string, page: Expected, ask: () => Promise<unknown>): Promise<void> {
  const code = await codeAfter(server, to, ask);
  await tab.look(page);
  await tab.field(words.code.field).fill(code);
  await tab.press(words.code.submit);
}

/** On the sign-in page that is open, with the password and a code by text; `says`: what the page has to say besides. */
export async function signIn(owner: Owner, person: Person, says: readonly string[] = []): Promise<void> {
  const { tab, words, own } = owner;
  const { signIn } = words;
  await tab.look({ ...signIn, says });
  await tab.field(signIn.email).fill(person.email);
  await tab.field(signIn.password).fill(person.password);
  await enterSent(owner, person.phone!, own.atSignIn, () => tab.press(signIn.submit));
}

/** The password twice, on the page that is open. */
export async function choosePassword({ tab, words }: Owner, password: string): Promise<void> {
  await tab.field(words.password.field).fill(password);
  await tab.field(words.password.again).fill(password);
  await tab.press(words.password.submit);
}

/** Chooses text messages to this phone, on the page of a new method; `former`: and ticks off the phone that is lost. */
export async function chooseText(owner: Owner, phone: string, former?: string): Promise<void> {
  const { tab, words, own } = owner;
  const { delivery, code } = words;
  await tab.field(delivery.text).check();
  await tab.field(delivery.phone).fill(phone);
  if (former !== undefined) await tab.field(former).check();
  await enterSent(owner, phone, own.newTextCode, () => tab.press(code.submit));
}

/** The page of a new backup code; answers the code. */
export async function takeBackupCode({ tab, own }: Owner): Promise<string> {
  await tab.look(own.backupCode);
  const shown = (await tab.page.locator('.backup-code .groups').innerText()).trim().replace(/\s+/g, '-');
  expect(shown).to.match(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
  await tab.press(own.backupCode.submit);
  return shown;
}
