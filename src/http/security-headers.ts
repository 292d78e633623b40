/** The headers that tell a browser what our pages may do. They stand before anything else answers, errors included. */
import { randomBytes } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';

const FEATURES_OFF = [
  'accelerometer',
  'camera',
  'display-capture',
  'geolocation',
  'gyroscope',
  'microphone',
  'midi',
  'payment',
  'usb',
  'browsing-topics',
];
const PERMISSIONS = [
  ...FEATURES_OFF.map((name) => `${name}=()`),
  'publickey-credentials-create=(self)',
  'publickey-credentials-get=(self)',
].join(', ');

/**
 * Must run before oidc-provider: for the page that changes accounts the library adds the hash of its own inline script to the
 * `script-src` that it finds. `ctx.state.nonce` is the nonce of this response. A handler names in `ctx.state.formTargets` the
 * origins (`https://service.example`) that a form on its page may lead to: Chrome judges `form-action` along the whole chain of
 * redirects, so without the client's own address a finished sign-in would stop here.
 */
export function securityHeaders({ issuer }: { issuer: string }): Middleware {
  const https = issuer.startsWith('https:');
  const set = helmet({
    contentSecurityPolicy: false,
    strictTransportSecurity: https ? { maxAge: 63_072_000, includeSubDomains: true } : false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    // Under `no-referrer` Chromium sends `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  return async (ctx: Context, next) => {
    const nonce = randomBytes(16).toString('base64');
    ctx.state.nonce = nonce;
    ctx.set('Content-Security-Policy', policy(nonce));
    ctx.set('Permissions-Policy', PERMISSIONS);
    // The default for pages; what may be kept (files, keys, discovery) says so itself.
    ctx.set('Cache-Control', 'no-store');
    await set(ctx, async () => {
      try {
        await next();
      } finally {
        admitFormTargets(ctx);
      }
    });
  };
}

const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "object-src 'none'",
  ].join('; ');

/** Origins and the schemes of apps; anything else could close the directive and open another. */
const TARGET = /^(?:https?:\/\/(?:[a-z0-9.:-]+|\*:\d+)|[a-z][a-z0-9+.-]*:)$/i;

function admitFormTargets(ctx: Context): void {
  const targets = (ctx.state.formTargets as readonly string[] | undefined)?.filter((target) => TARGET.test(target));
  const current = ctx.response.get('Content-Security-Policy');
  if (!targets?.length || !current || ctx.headerSent) return;
  ctx.set('Content-Security-Policy', current.replace("form-action 'self'", `form-action 'self' ${[...new Set(targets)].join(' ')}`));
}

/**
 * What `formTargets` needs of a redirect address: its origin, or for an app its scheme (`com.example.app:`). A policy has no words for an
 * IPv6 address (CSP 3, 2.3.1: `host-char`): of the one that an app may have, `[::1]`, only the port can be said.
 */
export function formTarget(redirectUri: string): string | undefined {
  const parsed = URL.parse(redirectUri);
  if (!parsed || /^(?:javascript|data|blob|file):$/.test(parsed.protocol)) return undefined;
  if (parsed.hostname === '[::1]') return `${parsed.protocol}//*:${parsed.port || (parsed.protocol === 'https:' ? 443 : 80)}`;
  return parsed.origin === 'null' ? parsed.protocol : parsed.origin;
}
