/** Fields of a client's record that docs/integrating.md and SECURITY.md make promises about, and that no code of ours mentions. */
import { expect } from 'chai';
import { testDatabase } from '../support/mongo.ts';
import { openTestProvider, SECRET } from '../support/provider.ts';
import { createBrowser, createRelyingParty } from '../support/relying-party.ts';

describe('the record of a client', () => {
  it('with default_max_age 0 asks for a sign-in each time, within one session too', async () => {
    const redirectUri = 'https://strict.example/callback';
    const clients = [{ client_id: 'strict', client_secret: SECRET, redirect_uris: [redirectUri], first_party: true, default_max_age: 0 }];
    let ahead = 0;
    const op = await openTestProvider({ db: await testDatabase(), clients, clock: () => new Date(Date.now() + ahead * 1000) });
    const strict = await createRelyingParty(op.issuer, 'strict', redirectUri);
    const browser = createBrowser(op.issuer);
    await strict.signIn(browser);
    ahead = 5;
    await strict.signIn(browser);
    expect(op.prompts).to.deep.equal(['login', 'login']);
  });
});
