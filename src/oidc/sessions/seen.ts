/** Where a session was begun, and where it was seen last: kept by the library with the session, which is sealed, at no further write. */
import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC, Session } from 'oidc-provider';
import { deviceOf } from '../../http/device.ts';

export interface Seen {
  /** Seconds since 1970. */
  readonly startedAt: number;
  readonly device: string;
  readonly ip: string;
}

/** From now on every authorization of this provider notes it. */
export function noteSeen(provider: Provider): void {
  const { Session } = provider as unknown as { Session: { IN_PAYLOAD: readonly string[] } };
  const kept = [...Session.IN_PAYLOAD, 'seen'];
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => kept });
  const note = (ctx: KoaContextWithOIDC) => {
    const session = ctx.oidc.session as (Session & { seen?: Seen }) | undefined;
    if (!session?.accountId) return;
    const startedAt = session.seen?.startedAt ?? session.loginTs ?? 0;
    session.seen = { startedAt, device: deviceOf(ctx.get('user-agent')), ip: ctx.ip };
  };
  // The second alone would miss a session that has signed in and is asked for something else; the first, one that was asked for nothing.
  provider.on('interaction.ended', note);
  provider.on('authorization.accepted', note);
}
