/** Somebody with an account, signed in: for tests of what an account can see and change. */
import type { Account, Passkey } from '../../src/accounts/account.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { untilDelivered } from './delivered.ts';
import { completeQuickly } from './newcomer.ts';
import { type completeSignUp, newAddress, newPhone, type Person, signIn } from './people.ts';
import { sharedServer } from './shared-server.ts';
import { authorizeUrl, MYUSCIS } from './tour.ts';
import type { Visitor } from './visitor.ts';

export interface Member {
  readonly visitor: Visitor;
  readonly person: Person;
  /** As it is now. */
  readonly account: () => Promise<Account>;
  /** What happened to it, the newest first. */
  readonly history: () => Promise<readonly string[]>;
}

/** A new one, of the shared server. */
export async function newMember(methods: Parameters<typeof completeSignUp>[3] = { email: true }): Promise<Member> {
  const server = await sharedServer();
  const visitor = server.visitor();
  await visitor.open('/users/sign_up');
  const person = await completeQuickly(server, visitor, newAddress(), methods);
  const { id } = (await server.deps.accounts.findByEmail(person.email))!;
  return {
    visitor,
    person,
    account: async () => (await server.deps.accounts.find(id))!,
    history: async () => (await server.deps.audit.of(id)).map(({ type }) => type),
  };
}

/** Signs in on another device; for members with one method. */
export async function otherDevice({ person }: Member, headers: Record<string, string> = {}): Promise<Visitor> {
  const server = await sharedServer();
  const visitor = server.visitor(headers);
  await visitor.open('/');
  await signIn(server, visitor, person);
  return visitor;
}

/** Lets it enter myUSCIS for the first time, as this. */
export async function enterService({ visitor }: Member, as = 'I am an applicant, petitioner, or requestor'): Promise<void> {
  const server = await sharedServer();
  await visitor.open(server.origin + authorizeUrl(MYUSCIS));
  await visitor.press('Submit', { [as]: true });
}

/** Adds a phone, and says by what id it is known. */
export async function addPhone(member: Member, name?: string): Promise<string> {
  const { deps } = await sharedServer();
  const id = deps.newId();
  const { id: accountId } = await member.account();
  await deps.transaction([deps.accounts.addMethod(accountId, { id, method: 'text', phone: newPhone(), ...(name && { name }) })]);
  return id;
}

/** Adds a passkey that nobody has, and says by what id it is known. */
export async function addPasskey(member: Member, change: Partial<Passkey> = {}): Promise<string> {
  const { deps } = await sharedServer();
  const { id: accountId } = await member.account();
  const passkey = { id: deps.newId(), publicKey: 'AA', counter: 0, transports: ['internal'], name: 'Laptop', ...change };
  await deps.transaction([deps.accounts.addPasskey(accountId, passkey)]);
  return passkey.id;
}

/** As if "not now" had been said to a passkey long ago: the next sign-in offers one again. */
export async function offerAgain(member: Member): Promise<void> {
  const { config } = await sharedServer();
  const { id } = await member.account();
  const db = await connectMongo(config.mongodbUri);
  await db.collection<{ _id: string }>('accounts').updateOne({ _id: id }, { $set: { passkeyDeclinedAt: null } });
  await db.close();
}

/** What the owner was told of changes on the account's own pages, the newest first; each with a link to object. */
export async function toldOf({ person }: Member): Promise<readonly string[]> {
  const { deps, received } = await sharedServer();
  await untilDelivered({ deps });
  return (await received(person.email))
    .filter(({ links }) => links.some((link) => link.includes('/not-me?')))
    .map(({ subject }) => subject)
    .filter((subject) => !subject.includes('new device'));
}
