/** People with passkeys, made as their browsers would make them. */
import { type Member, newMember } from './member.ts';
import type { completeSignUp } from './people.ts';
import { sharedServer } from './shared-server.ts';
import { createAuthenticator, createOn, type Flags, type SoftwareAuthenticator } from './software-authenticator.ts';
import type { Visitor } from './visitor.ts';

export interface PasskeyMember extends Member {
  readonly device: SoftwareAuthenticator;
}

/** Signed in, on the page where a passkey is created. */
export async function toNewPasskey({ visitor }: Member): Promise<Visitor> {
  const { deps } = await sharedServer();
  await visitor.open(deps.interactions.startUrl({ journey: 'add-passkey', returnTo: '/account' }));
  return visitor;
}

/** A new member of the shared server, with one passkey that was added on the account pages. */
export async function newPasskeyMember(
  methods: Parameters<typeof completeSignUp>[3] = { email: true },
  flags: Flags = {},
): Promise<PasskeyMember> {
  const { origin } = await sharedServer();
  const member = await newMember(methods);
  const device = createAuthenticator(origin, flags);
  await createOn(await toNewPasskey(member), device);
  return { ...member, device };
}
