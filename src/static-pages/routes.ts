/**
 * The pages that need nobody to be signed in and change nothing: Help, Terms of Use, Privacy, Accessibility, and the brand's colours.
 * They are readable before signing up, and never ask for anything.
 */
import Router from '@koa/router';
import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import { brandSheet } from '../http/brand-sheet.ts';
import { languageOf } from '../http/cookies.ts';
import type { Views } from '../http/views.ts';

const PAGES = ['help', 'terms', 'privacy', 'accessibility'] as const;

/** GET and HEAD of `/help`, `/terms`, `/privacy`, `/accessibility` and the brand's stylesheet; other methods of the pages throw `method_not_allowed`. */
export function staticPagesRoutes({
  views,
  config,
}: {
  readonly views: Views;
  readonly config: Pick<Config, 'brand' | 'terms' | 'policy'>;
}) {
  const router = new Router();
  const sheet = brandSheet(config.brand.colors);

  const { signUpDays, session, recovery, closing } = config.policy;
  const facts = { days: signUpDays, ...session, ...recovery, closingDays: closing.days };

  for (const page of PAGES) {
    router.get(`/${page}`, (ctx) => {
      const language = languageOf(ctx);
      const model = page === 'terms' ? { version: config.terms.version, markdown: config.terms.text[language] } : { facts };
      ctx.type = 'html';
      ctx.vary('Accept-Language');
      ctx.body = views.render(`static/${page}`, model, { language, path: `/${page}` });
    });
    router.all(`/${page}`, (ctx) => {
      ctx.set('Allow', 'GET, HEAD');
      throw new AppError('method_not_allowed');
    });
  }

  router.get(sheet.address, (ctx) => {
    ctx.type = 'css';
    ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.body = sheet.css;
  });

  return router.routes();
}
