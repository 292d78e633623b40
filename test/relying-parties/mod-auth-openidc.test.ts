import { modAuthOpenidc } from '../../scripts/relying-parties/mod-auth-openidc.ts';
import { signsPeopleIn } from './walk.ts';

const CALLBACK = '/account/callback';

/** What people meet who decline, by the way the answer comes. */
const REFUSALS = {
  // The module (2.4.12) takes an answer that has `iss` (RFC 9207) and no code for a sign-in that the provider begins. It signs nobody in,
  // but says it in words that help nobody; in production, form_post is the better choice.
  query: 'Invalid Request',
  form_post: 'access_denied',
};

for (const [mode, refusal] of Object.entries(REFUSALS)) {
  signsPeopleIn({
    kind: modAuthOpenidc,
    folder: 'mod-auth-openidc',
    method: 'app',
    record: { scope: 'openid email', first_party: true },
    settings: { RESPONSE_MODE: mode },
    refusal,
    // Everything but the pages themselves is the module's, at its redirect address.
    addresses: (home) => ({
      // As if begun by the provider's welcome page (OpenID Connect Core, 4). A page that is asked for itself leads to the provider, too, but
      // what is no navigation of a browser gets a 401, and requests of Node say that they are none (`Sec-Fetch-Mode`).
      signIn: (issuer) => `${CALLBACK}?${new URLSearchParams({ iss: issuer, target_link_uri: `${home}/account/` })}`,
      callback: CALLBACK,
      account: `${CALLBACK}?info=json`,
      refresh: (accessToken) => `${CALLBACK}?${new URLSearchParams({ refresh: `${home}/account/`, access_token: accessToken })}`,
      signOut: `${CALLBACK}?${new URLSearchParams({ logout: `${home}/` })}`,
      signedOut: '/',
      backChannel: `${CALLBACK}?logout=backchannel`,
    }),
  });
}
