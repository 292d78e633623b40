import { goOidc } from '../../scripts/relying-parties/go-oidc.ts';
import { signsPeopleIn } from './walk.ts';

signsPeopleIn({
  kind: goOidc,
  folder: 'go-oidc',
  method: 'app',
  // A third party: it asks for consent, and for offline access in order to refresh.
  record: { scope: 'openid email offline_access', id_token_signed_response_alg: 'ES256' },
  addresses: () => ({
    signIn: () => '/login',
    callback: '/callback',
    account: '/account',
    refresh: () => '/refresh',
    signOut: '/logout',
    signedOut: '/',
    backChannel: '/backchannel-logout',
  }),
});
