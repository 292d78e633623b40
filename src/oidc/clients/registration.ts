/**
 * Clients that register and manage themselves (RFC 7591, RFC 7592; OpenID Connect Dynamic Client Registration 1.0), by leave of the
 * operator: what they may say is less than what the operator may.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Context } from 'koa';
import { type Adapter, type Configuration, errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Attempts } from '../../attempts/attempts.ts';
import { randomId, randomToken } from '../../crypto/random.ts';
import type { InitialAccessStore } from '../../oidc-store/initial-access-store.ts';
import type { Metadata } from '../../oidc-store/kept-client.ts';
import { tooMany } from '../requests/too-many.ts';
import { ROUTES } from '../routes.ts';
import { checkClient, clientOf, type Fault } from './check-client.ts';
import { faultOfRegistration } from './client-rules.ts';
import { POLICY } from './initial-access.ts';
import { sectorOf } from './sector.ts';

export interface Registration {
  readonly features: Pick<NonNullable<Configuration['features']>, 'registration' | 'registrationManagement'>;
  /** Whether this request is one of these; the library has to answer it then. */
  isOf(ctx: Context): boolean;
  /** True where it is answered already: too many from this network, or nobody says who they are. */
  refuse(ctx: Context): Promise<boolean>;
  /** Takes out of the library's answer what is told once only. */
  conceal(ctx: Context): void;
}

interface Given {
  readonly attempts: Pick<Attempts, 'spend'>;
  readonly initialAccess: Pick<InitialAccessStore, 'hasUses' | 'spend'>;
}

interface Entities {
  readonly InitialAccessToken?: { readonly jti: string };
  /** What a change is made with; at a registration the one that will be told, which has no id yet. */
  readonly RegistrationAccessToken?: { readonly jti?: string; readonly adapter: Adapter };
}

const ONE_CLIENT = new RegExp(`^${ROUTES.registration}/[^/]+$`);

export function createRegistration({ attempts, initialAccess }: Given): Registration {
  /** Of a registration and of a change alike: the token of a client has the rules of the one that it was registered with. */
  async function judge(ctx: KoaContextWithOIDC, properties: Record<string, unknown>): Promise<void> {
    const { InitialAccessToken: token, RegistrationAccessToken: own } = ctx.oidc.entities as Entities;
    if (token) {
      const spent = await attempts.spend('registration-token', token.jti);
      if (!spent.ok) throw tooMany(ctx, 'registrations', spent.until);
      if (!(await initialAccess.hasUses(token.jti))) throw new errors.InvalidToken('used up');
    }
    const fault =
      faultOfRegistration(leaveOperators(ctx, properties)) ??
      (await checkClient(ctx.oidc.provider, properties)) ??
      faultOfChange(ctx, properties);
    if (fault) throw new errors.InvalidClientMetadata(`${fault.field} ${fault.reason}`);
    // Last, so that what is refused costs no use; of two at once that both have found the last one, one gets it.
    if (token && !(await initialAccess.spend(token.jti))) throw new errors.InvalidToken('used up');
    // The library takes it away only when it has the next one, until when others with it would change the record and get one each.
    if (own?.jti) await own.adapter.consume(own.jti);
  }

  return {
    features: {
      registration: {
        enabled: true,
        initialAccessToken: true,
        policies: { [POLICY]: judge as never },
        idFactory: randomId,
        secretFactory: () => randomToken(32),
      },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
    },

    isOf: ({ path, method }) =>
      (path === ROUTES.registration && method === 'POST') || (ONE_CLIENT.test(path) && ['GET', 'PUT', 'DELETE'].includes(method)),

    async refuse(ctx) {
      const spent = await attempts.spend('registration-network', ctx.ip);
      if (!spent.ok) {
        const { status, error, error_description } = tooMany(ctx, 'registrations', spent.until);
        ctx.status = status;
        ctx.body = { error, error_description };
        return true;
      }
      if (ctx.get('authorization') !== '') return false;
      ctx.status = 401;
      ctx.set('www-authenticate', 'Bearer');
      ctx.body = { error: 'invalid_token', error_description: 'a token must be in the Authorization header (RFC 7591 3, RFC 7592 2)' };
      return true;
    },

    conceal(ctx) {
      const { oidc, body } = ctx as unknown as KoaContextWithOIDC & { body: { client_secret?: unknown } | undefined };
      // A change that makes a secret where none was has it in its answer: it is told nowhere else.
      const isNew = ctx.path === ROUTES.registration || (ctx.method === 'PUT' && body?.client_secret !== oidc?.client?.clientSecret);
      if (typeof body === 'object' && body !== null && !isNew) delete body.client_secret;
    },
  };
}

/**
 * What the operator has said of a client, which must not say it itself, stays when it changes its record, whether or not it repeats that
 * (RFC 7592 2.2 lets a server ignore what is left out). Says what else there is to be judged.
 */
function leaveOperators({ oidc: { client } }: KoaContextWithOIDC, properties: Record<string, unknown>): Metadata {
  const was: Metadata = client?.metadata() ?? {};
  const kept = Object.entries(was).filter(
    ([field, value]) => faultOfRegistration({ [field]: value }) && isDeepStrictEqual(properties[field] ?? value, value),
  );
  Object.assign(properties, Object.fromEntries(kept));
  return Object.fromEntries(Object.entries(properties).filter(([field]) => !kept.some(([name]) => name === field)));
}

/**
 * Into another sector only the operator moves a client: it would get the subjects of that sector for codes and tokens that it has from its
 * own, and could tell whom another service knows as whom.
 */
function faultOfChange({ oidc: { client, provider } }: KoaContextWithOIDC, properties: Metadata): Fault | undefined {
  if (!client || sectorOf(client) === sectorOf(clientOf(provider, properties))) return undefined;
  const field = properties.sector_identifier_uri === undefined ? 'redirect_uris' : 'sector_identifier_uri';
  return { field, reason: 'must stay at the same host and port, lest every sub become another; the operator can change it' };
}
