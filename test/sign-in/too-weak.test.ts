import { expect } from 'chai';
import { tooWeak } from '../../src/sign-in/too-weak.ts';
import { completeSignUp, newAddress, PASSWORD } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { INTERACTION, visitOf } from '../support/shared-server.ts';

const AAL2 = 'http://idmanagement.gov/ns/assurance/aal/2';

describe('a sign-in that is too weak for the service', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
  });
  after(() => server.close());

  const demand = () =>
    `/authorize?${new URLSearchParams({
      client_id: 'myuscis',
      redirect_uri: 'http://localhost:9/callback',
      response_type: 'code',
      scope: 'openid',
      state: 'a-state',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      claims: JSON.stringify({ id_token: { acr: { essential: true, value: AAL2 } } }),
    })}`;

  it('is said on a page, and then to the service: that the level was not reached, not that the person declined', async () => {
    const email = newAddress();
    const first = server.visitor();
    await first.open('/users/sign_up');
    await completeSignUp(server, first, email);

    const visitor = server.visitor();
    await visitor.open(demand());
    await visitor.press('Sign In', { 'Email address': email, Password: PASSWORD });
    expect(visitor.page().url).to.match(/sign-in\/too-weak$/);
    const [button] = visitor.page().root.querySelectorAll('main form button');
    await visitor.press(button!.structuredText.trim());

    const { searchParams } = new URL(visitor.page().url);
    expect(Object.fromEntries(searchParams)).to.include({
      error: 'unmet_authentication_requirements',
      error_description: 'the account has no method that reaches the requested acr',
      state: 'a-state',
      iss: server.origin,
    });
  });

  it('offers to set up what is missing where the request can be begun anew afterwards', async () => {
    const shown = (requestUrl: string | undefined) =>
      tooWeak.show(server.deps, visitOf({}, { interaction: { ...INTERACTION, wanted: { acr: AAL2, essential: true }, requestUrl } }));
    expect(await shown('/authorize?client_id=x'))
      .to.have.nested.property('setUp.url')
      .that.includes('client_id%3Dx');
    for (const none of [undefined, `/authorize?state=${'x'.repeat(7000)}`]) expect(await shown(none)).not.to.have.property('setUp');
  });
});
