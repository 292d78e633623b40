import { authlib } from '../../scripts/relying-parties/authlib.ts';
import { signsPeopleIn } from './walk.ts';

signsPeopleIn({
  kind: authlib,
  folder: 'authlib',
  method: 'email',
  record: { scope: 'openid email', first_party: true },
  addresses: () => ({
    signIn: () => '/login',
    callback: '/callback',
    account: '/account',
    refresh: () => '/refresh',
    signOut: '/logout',
    signedOut: '/signed-out',
    backChannel: '/backchannel-logout',
  }),
});
