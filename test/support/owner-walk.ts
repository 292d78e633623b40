/** An owner in a real browser, in either language: the parts that a recovery, a sign-in and the account pages have in common. */
import { expect } from 'chai';
import type { Language } from '../../src/language.ts';
import { ENGLISH_OWNER, type OwnerWords } from '../walks/owner-words-en.ts';
import { SPANISH_OWNER } from '../walks/owner-words-es.ts';
import { ENGLISH, type Words } from '../walks/words-en.ts';
import { SPANISH } from '../walks/words-es.ts';
import type { Expected, Tab } from './browser-tab.ts';
import { inBrowser } from './browser-walk.ts';
import { type DemoHere, startDemoHere } from './demo-here.ts';
import { englishIn, linesOf } from './english.ts';
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

/**
 * An owner in a browser, with a provider and the demonstration service; to be called first in the suite of a walk. axe is shown none of these
 * pages: in each of their states it is shown them in the gallery.
 */
export function ownerInBrowser(walk: Mocha.Suite, language: Language) {
  const { words, own, locale } = WORDS[language];
  let all: DemoHere;
  let owner: Owner;
  const { open, seen, itIsSound } = inBrowser(walk, () => ({ origins: [all.server.origin], locale, axe: 'none' }));
  before(async () => {
    all = await startDemoHere();
    owner = { server: all.server, tab: await open(), words, own, messages: [] };
  });
  after(() => all?.close());
  return {
    all: () => all,
    owner: () => owner,
    open,
    /** What holds for all of it, in which more pages than so many were seen. */
    itIsSound(pages: number): void {
      it('every page has the language', () => {
        expect(seen()).to.have.length.above(pages);
        expect(seen().filter((page) => page.language !== language)).to.deep.equal([]);
        if (language === 'en') return;
        expect(seen().flatMap(({ url, lines }) => englishIn(lines).map((line) => `${url}: ${line}`))).to.deep.equal([]);
        expect(owner.messages.flatMap((one) => englishIn(linesOf(one)))).to.deep.equal([]);
      });
      itIsSound();
    },
  };
}

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

/** The page of the backup code: what is none and what is another's, then this person's, written otherwise. */
export async function enterBackupCode({ tab, own: { backup } }: Owner, { backupCode }: Person): Promise<void> {
  const enter = async (code: string) => {
    await tab.field(backup.field).fill(code);
    await tab.press(backup.submit);
  };
  await tab.look(backup);
  await enter('7KQM-X3RT');
  await tab.look(backup, backup.odd);
  await enter('ABCD-EFGH-JKMN-PQRS');
  await tab.look(backup, backup.wrong);
  await enter(backupCode.toLowerCase().replaceAll('-', ' '));
}

/** The page of a new backup code; answers the code. */
export async function takeBackupCode({ tab, own }: Owner): Promise<string> {
  await tab.look(own.backupCode);
  const shown = (await tab.page.locator('.backup-code .groups').innerText()).trim().replace(/\s+/g, '-');
  expect(shown).to.match(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/);
  await tab.press(own.backupCode.submit);
  return shown;
}
