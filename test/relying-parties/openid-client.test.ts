import { openidClient } from '../../scripts/relying-parties/openid-client.ts';
import { signsPeopleIn } from './walk.ts';

signsPeopleIn({
  kind: openidClient,
  folder: 'openid-client',
  method: 'text',
  record: { scope: 'openid email', first_party: true },
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
