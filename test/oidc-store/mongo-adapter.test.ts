import { expect } from 'chai';
import type { Connection } from 'mongoose';
import type { Adapter } from 'oidc-provider';
import { createRootSecret } from '../../src/crypto/digest.ts';
import { createSeal } from '../../src/crypto/seal.ts';
import { MODELS } from '../../src/oidc-store/models.ts';
import { createMongoAdapter } from '../../src/oidc-store/mongo-adapter.ts';
import { testDatabase } from '../support/mongo.ts';

const rootSecret = createRootSecret(Buffer.alloc(32, 7));
const seal = createSeal(['an encryption key of more than thirty-two characters']);
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Everything in the database as one text, to look for what must not be in it. */
async function dump(db: Connection): Promise<string> {
  const collections = await db.listCollections();
  const documents = await Promise.all(collections.map(({ name }) => db.collection(name).find({}).toArray()));
  return JSON.stringify(documents);
}

const failure = async (promise: Promise<unknown>): Promise<{ error?: string; name?: string }> =>
  promise.then(
    () => ({}),
    (error) => error,
  );

describe('oidc-store/mongo-adapter', function () {
  this.timeout(60_000);
  let db: Connection;
  let adapterOf: (model: string) => Adapter;
  let id = 0;
  const freshId = () => `id-${++id}-raw-bearer-value`;

  before(async () => {
    db = await testDatabase();
    const adapter = createMongoAdapter({ db, seal, rootSecret });
    await adapter.init();
    await adapter.init();
    adapterOf = adapter;
  });

  it('gives back what was kept, with its id', async () => {
    const code = freshId();
    await adapterOf('AuthorizationCode').upsert(code, { jti: code, kind: 'AuthorizationCode', grantId: 'g', claims: {}, exp: 5 }, 60);
    expect(await adapterOf('AuthorizationCode').find(code)).to.deep.equal({
      jti: code,
      kind: 'AuthorizationCode',
      grantId: 'g',
      claims: {},
      exp: 5,
    });
    expect(await adapterOf('AuthorizationCode').find(freshId())).to.equal(undefined);
    expect(await adapterOf('RefreshToken').find(code)).to.equal(undefined);
  });

  it('keeps keys with dots, empty objects, and drops the fields that a later write leaves out', async () => {
    const grant = freshId();
    const payload = { kind: 'Grant', accountId: 'a', clientId: 'c', resources: { 'https://api.example.org/v1': 'read' }, openid: {} };
    await adapterOf('Grant').upsert(grant, { ...payload, rejected: { scope: 'email' } }, 60);
    await adapterOf('Grant').upsert(grant, payload, 60);
    expect(await adapterOf('Grant').find(grant)).to.deep.equal({ ...payload, jti: grant });
  });

  it('keeps what two clients write into one session at once', async () => {
    const cookie = freshId();
    const session = { uid: cookie, accountId: 'ann', exp: nowSeconds() + 60 };
    await adapterOf('Session').upsert(cookie, session, 60);
    const clients = Array.from({ length: 12 }, (_, i) => `client.${i}`);
    await Promise.all(
      clients.map((client) => adapterOf('Session').upsert(cookie, { ...session, authorizations: { [client]: { grantId: client } } }, 60)),
    );
    const { authorizations } = (await adapterOf('Session').findByUid(cookie))!;
    expect(authorizations).to.deep.equal(Object.fromEntries(clients.map((client) => [client, { grantId: client }])));
  });

  it('stores no bearer value: neither ids nor uids, cookies, interaction ids, client secrets or what was typed', async () => {
    const secrets = ['cookie-0', 'uid-0', 'code-0', 'interaction-0', 'par-0', 'client-secret-0', 'login-hint-0'];
    const [cookie, uid, code, interaction, par, secret, hint] = secrets as [string, string, string, string, string, string, string];
    await adapterOf('Session').upsert(cookie, { jti: cookie, uid, accountId: 'ann', exp: nowSeconds() + 60 }, 60);
    const claims = { id_token: { email: { value: hint } } };
    for (const model of ['AuthorizationCode', 'AccessToken', 'RefreshToken'])
      await adapterOf(model).upsert(code, { jti: code, accountId: 'ann', claims }, 60);
    await adapterOf('Interaction').upsert(
      interaction,
      { jti: interaction, params: { login_hint: hint }, session: { accountId: 'ann', cookie, uid } },
      60,
    );
    await adapterOf('PushedAuthorizationRequest').upsert(par, { jti: par, request: hint }, 60);
    await adapterOf('Client').upsert('shop', { client_id: 'shop', client_secret: secret });
    const text = await dump(db);
    for (const value of secrets) expect(text, value).not.to.include(value);
    expect(await adapterOf('Client').find('shop')).to.deep.equal({ client_id: 'shop', client_secret: secret });
    expect(await adapterOf('RefreshToken').find(code)).to.deep.equal({ jti: code, accountId: 'ann', claims });
    expect(await adapterOf('Interaction').find(interaction)).to.have.nested.property('session.cookie', cookie);
    expect(await adapterOf('Session').findByUid(uid)).to.include({ jti: cookie, uid, accountId: 'ann' });
    expect(await adapterOf('Session').findByUid('other')).to.equal(undefined);
  });

  it('does not open a payload that was moved to another document', async () => {
    const [mine, yours] = [freshId(), freshId()];
    await adapterOf('Session').upsert(mine, { accountId: 'ann', uid: mine }, 60);
    await adapterOf('Session').upsert(yours, { accountId: 'bob', uid: yours }, 60);
    const stored = await db.collection('oidc_session').findOne({ accountId: 'ann', uid: rootSecret.digest('oidc/uid', mine) });
    await db.collection('oidc_session').updateOne({ uid: rootSecret.digest('oidc/uid', yours) }, { $set: { sealed: stored!.sealed } });
    expect(await failure(adapterOf('Session').find(yours))).to.be.an('error');
  });

  for (const [model, error] of [
    ['AuthorizationCode', 'invalid_grant'],
    ['RefreshToken', 'invalid_grant'],
    ['PushedAuthorizationRequest', 'invalid_request_uri'],
  ] as const) {
    it(`consumes one ${model} once, of 12 at a time through two adapters, and still finds it, marked`, async () => {
      const other = createMongoAdapter({ db, seal, rootSecret });
      const value = freshId();
      await adapterOf(model).upsert(value, { jti: value, kind: model }, 60);
      const tries = Array.from({ length: 12 }, (_, i) => failure((i % 2 ? other : adapterOf)(model).consume(value)));
      const outcomes = (await Promise.all(tries)).map((outcome) => outcome.error ?? 'used');
      expect(outcomes.filter((outcome) => outcome === 'used')).to.have.length(1);
      expect(outcomes.filter((outcome) => outcome === error)).to.have.length(11);
      expect((await adapterOf(model).find(value))!.consumed).to.be.closeTo(nowSeconds(), 5);
    });
  }

  it('keeps the mark of use when the payload is written again', async () => {
    const value = freshId();
    await adapterOf('RefreshToken').upsert(value, { jti: value }, 60);
    await adapterOf('RefreshToken').consume(value);
    await adapterOf('RefreshToken').upsert(value, { jti: value, scope: 'openid' }, 60);
    expect((await adapterOf('RefreshToken').find(value))!.consumed).to.be.a('number');
    expect(await failure(adapterOf('RefreshToken').consume(value))).to.have.property('error', 'invalid_grant');
  });

  it('does not bring back an interaction that was ended while its result was written', async () => {
    // The second click on a last button did, and its browser went round in a circle: nothing could resume what it had brought back.
    const [interaction, uid] = [adapterOf('Interaction'), freshId()];
    await interaction.upsert(uid, { jti: uid, params: {} } as never, 60);
    await interaction.upsert(uid, { jti: uid, params: {}, result: { login: { accountId: 'ana' } } } as never, 60);
    await interaction.destroy(uid);
    const again = interaction.upsert(uid, { jti: uid, params: {}, result: { login: { accountId: 'ana' } } } as never, 60);
    expect((await failure(again)).name).to.equal('SessionNotFound');
    expect(await interaction.find(uid)).to.equal(undefined);
  });

  it('admits one use of an assertion id among 12 at a time', async () => {
    const value = freshId();
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, () => failure(adapterOf('ReplayDetection').upsert(value, { iss: 'c' }, 60))),
    );
    expect(outcomes.filter((outcome) => outcome.error === undefined)).to.have.length(1);
    expect(outcomes.filter((outcome) => outcome.error === 'invalid_request')).to.have.length(11);
  });

  it('finds what has expired, since a replay must be recognised', async () => {
    const value = freshId();
    await adapterOf('AuthorizationCode').upsert(value, { jti: value, exp: nowSeconds() - 3600 }, -3600);
    expect(await adapterOf('AuthorizationCode').find(value)).to.include({ jti: value });
  });

  it('revokes by grant, in its own model alone', async () => {
    const [code, token, kept] = [freshId(), freshId(), freshId()];
    await adapterOf('AuthorizationCode').upsert(code, { grantId: 'family' }, 60);
    await adapterOf('AccessToken').upsert(token, { grantId: 'family' }, 60);
    await adapterOf('AccessToken').upsert(kept, { grantId: 'another' }, 60);
    await adapterOf('AccessToken').revokeByGrantId('family');
    expect(await adapterOf('AccessToken').find(token)).to.equal(undefined);
    expect(await adapterOf('AccessToken').find(kept)).to.not.equal(undefined);
    expect(await adapterOf('AuthorizationCode').find(code)).to.not.equal(undefined);
    await adapterOf('AuthorizationCode').destroy(code);
    expect(await adapterOf('AuthorizationCode').find(code)).to.equal(undefined);
  });

  it('keeps each model for its time and the slack that replays need', async () => {
    const start = new Date('2026-01-01T00:00:00Z');
    const adapter = createMongoAdapter({ db, seal, rootSecret, clock: () => start });
    const keptFor = async (model: string, collection: string) => {
      const value = freshId();
      await adapter(model).upsert(value, { uid: value }, 60);
      const { expiresAt } = (await db.collection(collection).findOne({ uid: rootSecret.digest('oidc/uid', value) }))!;
      return (expiresAt.getTime() - start.getTime()) / 1000;
    };
    expect(await keptFor('AccessToken', 'oidc_access_token')).to.equal(120);
    expect(await keptFor('AuthorizationCode', 'oidc_authorization_code')).to.be.at.least(30 * 24 * 3600);
    expect(await keptFor('PushedAuthorizationRequest', 'oidc_pushed_authorization_request')).to.be.at.least(7 * 24 * 3600);
    expect(await keptFor('Session', 'oidc_session')).to.be.at.least(24 * 3600);
  });

  it('builds every index it looks up by, and one that cleans up', async () => {
    for (const { collection, indexes = [], lasting } of Object.values(MODELS)) {
      const built = await db.collection(collection).indexes();
      const keys = built.map(({ key }) => Object.keys(key).join());
      expect(keys, collection).to.include.members(indexes.map((index) => Object.keys(index).join()));
      expect(built.find(({ key }) => key.expiresAt === 1)?.expireAfterSeconds, collection).to.equal(lasting ? undefined : 0);
    }
  });

  it('refuses a model that nobody has thought about', () => {
    expect(() => adapterOf('DeviceCode')).to.throw('DeviceCode');
  });
});
