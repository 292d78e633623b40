/** Changes of an account, as their owner goes through them. */
import { expect } from 'chai';
import type { Member } from './member.ts';
import { sharedServer } from './shared-server.ts';
import type { Page, Visitor } from './visitor.ts';

/** Opens the first page of a change, as the link on the account page does. */
export async function begin(visitor: Visitor, kind: string): Promise<Page> {
  const { origin } = await sharedServer();
  return visitor.open(`${origin}/account/change/${kind}`);
}

/** Fails unless the account page stands there with a word on what was done. */
export function expectDone(visitor: Visitor): void {
  const { url, status, root } = visitor.page();
  expect(`${new URL(url).pathname} ${status}`).to.equal('/account 200');
  expect(root.querySelector('.notice')?.structuredText.trim()).to.match(/\w/);
}

/** The page says that somebody was faster. */
export function expectTold({ status, heading }: Page): void {
  expect([status, heading]).to.deep.equal([409, 'Changed in the meantime']);
}

/** What a message was about. */
export const subjectsTo = async (address: string): Promise<string[]> =>
  (await (await sharedServer()).received(address)).map(({ subject }) => subject);

/** The former address has stopped the change to another one: `member` goes on with that, and `former` is the address that objected. */
export async function objected(member: Member, to: string): Promise<{ former: string; to: string }> {
  const { deps } = await sharedServer();
  const { id, email } = await member.account();
  const address = (whole: string) => ({ address: whole, canonical: whole.toLowerCase() });
  await deps.transaction([deps.accounts.changeEmail(id, address(email), address(to)), deps.accounts.freeze(id, email.toLowerCase())]);
  return { former: email, to };
}
