import { expect } from 'chai';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { revokeGrant, revokeReplayedCode } from '../../../src/oidc/sessions/replays.ts';
import { testDatabase } from '../../support/mongo.ts';
import { openTestProvider, type TestProvider } from '../../support/provider.ts';
import { createBrowser, createRelyingParty, oauthError, type RelyingParty } from '../../support/relying-party.ts';

describe('oidc/sessions/replays', function () {
  this.timeout(60_000);
  let op: TestProvider;
  let service: RelyingParty;

  before(async () => {
    op = await openTestProvider({ db: await testDatabase() });
    service = await createRelyingParty(op.issuer, 'service', 'https://service.example/callback');
  });

  it('end a whole grant: its tokens, and it', async () => {
    const tokens = await service.signIn(createBrowser(op.issuer));
    const { grantId } = (await op.provider.AccessToken.find(tokens.access_token))!;
    await revokeGrant(op.provider, grantId!);
    expect(await op.provider.AccessToken.find(tokens.access_token)).to.equal(undefined);
    expect(await op.provider.Grant.find(grantId!)).to.equal(undefined);
    expect(await oauthError(service.refresh(tokens.refresh_token!))).to.equal('invalid_grant');
  });

  it('are judged by the code and its client: an unused code, or another client’s request, ends nothing', async () => {
    const judge = (code: string, clientId: string) =>
      revokeReplayedCode({
        oidc: { provider: op.provider, client: { clientId }, params: { grant_type: 'authorization_code', code } },
      } as unknown as KoaContextWithOIDC);
    const browser = createBrowser(op.issuer);
    const used = await service.authorize(browser);
    const response = await service.signIn(browser);
    await judge(used.code!, 'service');
    await op.provider.AuthorizationCode.adapter.consume(used.code!);
    await judge(used.code!, 'open');
    await judge('unknown', 'service');
    expect(await service.introspect(response.access_token)).to.include({ active: true });
    await judge(used.code!, 'service');
    expect(await service.introspect(response.access_token)).to.deep.equal({ active: false });
  });
});
