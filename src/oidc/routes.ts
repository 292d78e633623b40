/** Where the endpoints of the protocol are; the names are the library's. */
export const ROUTES = {
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
  jwks: '/jwks',
  introspection: '/introspect',
  revocation: '/revoke',
  end_session: '/logout',
  pushed_authorization_request: '/par',
  registration: '/register',
} as const;

/** Bytes that anybody may send as a request and have kept; what proves that it comes from a client may push more (RFC 9126). */
export const LONGEST_REQUEST = 8 * 1024;

const READ = ['GET', 'HEAD'];
/** What an endpoint can be asked by, beside the OPTIONS of browsers; registration has more addresses than one, and sees to itself. */
export const METHODS: Readonly<Record<string, readonly string[]>> = {
  [ROUTES.authorization]: [...READ, 'POST'],
  [ROUTES.token]: ['POST'],
  [ROUTES.userinfo]: [...READ, 'POST'],
  [ROUTES.jwks]: READ,
  [ROUTES.introspection]: ['POST'],
  [ROUTES.revocation]: ['POST'],
  [ROUTES.end_session]: [...READ, 'POST'],
  [ROUTES.pushed_authorization_request]: ['POST'],
};
