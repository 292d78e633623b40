/**
 * A change of the account by one form: a page that asks (GET, changes nothing) and the button that does it (POST, at the same address).
 * This file owns what all of them have in common: a fresh sign-in before both, nothing but what is the owner's own, one transaction, and
 * a page afterwards that says what was done. The forms themselves write no response.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { deviceOf } from '../http/device.ts';
import { readForm } from '../http/form-body.ts';
import type { PageModel } from '../http/views.ts';
import { browserKey, seeOther } from '../journey/journey-page.ts';
import type { Text } from '../language.ts';
import type { Write } from '../mongo/transaction.ts';
import { afterChange, alreadyDone, type Changed } from './changed.ts';
import { freshOwner, type Owner, ownerOf, showOwnPage } from './owner.ts';

/** A request that may change something. */
export interface Act<Target, Input> {
  readonly owner: Owner;
  readonly target: Target;
  readonly input: Input;
  /** What the history says of the request beside what was done. */
  readonly by: { readonly accountId: string; readonly ip: string; readonly browser: string; readonly device: string };
  /** The first part of the ids of messages: this request tells of itself once. */
  readonly id: string;
}

export interface AccountForm<Target, Input extends object> {
  /** Below `/account`; `:id` is handed to `find`. */
  readonly path: string;
  readonly view: string;
  /** The page it was opened from; there it says that it is done. */
  readonly back: '/account' | '/account/security';
  readonly changed: Changed;
  /** What the address names, among what is this owner's; undefined is "not found", for what others have and nobody has alike. */
  readonly find: (deps: Deps, owner: Owner, id: string) => Promise<Target | undefined>;
  /** Of what takes something away: whether the owner had what the address names, and it is gone. Asked where it is not found any more. */
  readonly isDone?: (deps: Deps, owner: Owner, id: string) => Promise<boolean>;
  readonly show: (target: Target, owner: Owner) => PageModel;
  /** What the form must hold; each message is a key of the locale files. */
  readonly shape: (target: Target) => z.ZodType<Input>;
  /** Fields that are shown again when something is wrong with them. */
  readonly typed?: readonly string[];
  /** Saved in one transaction; `after` runs once it is. */
  readonly change: (
    deps: Deps,
    act: Act<Target, Input>,
  ) => Promise<{ readonly writes: readonly Write[]; readonly after?: () => Promise<void> }>;
}

/** Fields of a form. Long input is cut: it is not what the field was for. */
const SHOWN_AGAIN = 500;

export function addForm<Target, Input extends object>(router: Router, deps: Deps, form: AccountForm<Target, Input>): void {
  const { path, view, back, changed, find, isDone, show, shape, typed = [], change } = form;
  const idIn = (ctx: Context) => String(ctx.params.id ?? '');

  /** Undefined for the second of two clicks, and for whoever comes back to the page: they are led to where the first was. */
  async function targetOf(ctx: Context, owner: Owner): Promise<Target | undefined> {
    const target = await find(deps, owner, idIn(ctx));
    if (target === undefined) await led(ctx, owner, new AppError('not_found'));
    return target;
  }
  /** Throws the error unless what was asked for is done already. */
  async function led(ctx: Context, owner: Owner, error: unknown): Promise<void> {
    if (!(await isDone?.(deps, owner, idIn(ctx)))) throw error;
    seeOther(ctx, alreadyDone(back, changed));
  }
  const page = (ctx: Context, owner: Owner, target: Target, more: PageModel = {}) =>
    showOwnPage(deps, ctx, owner, view, { formUrl: ctx.path, back, ...show(target, owner), ...more });

  router.get(path, async (ctx) => {
    const owner = await freshOwner(deps, ctx);
    const target = owner && (await targetOf(ctx, owner));
    if (owner && target !== undefined) page(ctx, owner, target);
  });

  router.post(path, async (ctx) => {
    const body = await readForm(ctx);
    const owner = await freshOwner(deps, ctx);
    if (!owner) return;
    const target = await targetOf(ctx, owner);
    if (target === undefined) return;
    const parsed = shape(target).safeParse(body);
    if (!parsed.success) {
      const problems: Record<string, Text> = {};
      for (const { path: field, message } of parsed.error.issues) problems[field.join('.') || 'form'] ??= { key: message };
      const values = Object.fromEntries(typed.map((name) => [name, (body[name] ?? '').slice(0, SHOWN_AGAIN)]));
      return page(ctx, owner, target, { problems, values });
    }
    const by = {
      accountId: owner.account.id,
      ip: ctx.ip,
      browser: browserKey(deps, ctx),
      device: deviceOf(ctx.get('user-agent')),
    };
    try {
      const { writes, after } = await change(deps, { owner, target, input: parsed.data, by, id: `account/${deps.newId()}` });
      await deps.transaction(writes);
      deps.outbox.nudge();
      await after?.();
    } catch (error) {
      if (!(error instanceof AppError) || (error.code !== 'changed_elsewhere' && error.code !== 'not_found')) throw error;
      // Perhaps done by another request since it was found; the account says so by now.
      return led(ctx, (await ownerOf(deps, ctx)) ?? owner, error);
    }
    seeOther(ctx, afterChange(back, changed));
  });
}
