import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { eventLines, shownEvent } from '../../src/account-pages/history.ts';
import type { HistoryEvent } from '../../src/audit/audit-store.ts';
import { LANGUAGES } from '../../src/language.ts';
import { connectMongo } from '../../src/mongo/connect.ts';
import { createClientStore } from '../../src/oidc-store/client-store.ts';
import { sharedServer } from '../support/shared-server.ts';

/** Of no file. */
const SHOP = { client_name: 'A Shop', token_endpoint_auth_method: 'none', redirect_uris: ['https://shop.example/cb'] };
const AT = new Date('2026-11-22T20:15:00Z');
const from = { at: AT, ip: '192.0.2.7', browser: 'a-digest' };

type Sample = HistoryEvent extends infer Event ? (Event extends HistoryEvent ? Omit<Event, 'at' | 'ip' | 'browser'> : never) : never;

describe('account-pages/history', () => {
  it('of years is said in pieces, between which others are answered', async () => {
    const { deps } = await sharedServer();
    const event: HistoryEvent = { type: 'sign-in.failed', ...from };
    let turns = 0;
    let over = false;
    const turn = () => {
      turns++;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    const lines = await eventLines(
      deps,
      Array.from({ length: 2000 }, () => event),
      'en',
    );
    over = true;
    expect(lines).to.have.length(2000);
    expect(new Set(lines)).to.deep.equal(
      new Set(['November 22, 2026, 3:15 PM Eastern Time: Sign-in refused: wrong password (Unknown device, network address 192.0.2.7)']),
    );
    expect(turns).to.be.at.least(20);
  });

  it('says each kind of event in both languages', async () => {
    const { deps, config } = await sharedServer();
    const db = await connectMongo(config.mongodbUri);
    await createClientStore({ db, seal: deps.seal }).add('by-command', { client_id: 'by-command', ...SHOP }, 'command');
    await db.close();
    const events: readonly [Sample, string][] = [
      [{ type: 'account.created', methods: ['email'] }, 'Account created'],
      [{ type: 'sign-in.succeeded', method: 'text', acr: 'x', client: 'y' }, 'Signed in with one-time code by text message'],
      [{ type: 'sign-in.succeeded', method: 'password-passkey', acr: 'x', client: 'y' }, 'Signed in with passkey'],
      [{ type: 'terms.accepted', version: '1' }, 'Terms of Use accepted'],
      [{ type: 'account-type.chosen', service: 'myuscis', accountType: 'x' }, 'Account type chosen at myUSCIS'],
      [{ type: 'account-type.chosen', service: 'gone', accountType: 'x' }, 'Account type chosen at gone'],
      [{ type: 'consent.given', client: 'gone', scopes: [] }, 'gone was allowed to use the account'],
      [{ type: 'consent.given', client: 'by-command', scopes: [] }, 'A Shop was allowed to use the account'],
      [{ type: 'service.withdrawn', client: 'myuscis' }, 'myUSCIS may no longer use the account'],
      [{ type: 'password.changed', how: 'changed' }, 'Password changed'],
      [{ type: 'password.changed', how: 'recovered' }, 'Password reset with "Forgot your password?"'],
      [{ type: 'questions.switched', on: true }, 'switched on'],
      [{ type: 'questions.switched', on: false }, 'switched off'],
      [{ type: 'code.failed', method: 'app' }, 'Wrong code: authentication app'],
      [{ type: 'code.failed', method: 'backup-code' }, 'Wrong code: backup code'],
      [{ type: 'limit.reached', limit: 'code-account', until: AT }, 'Too many tries: stopped until November 22, 2026'],
      [{ type: 'sessions.ended', scope: 'all' }, 'Devices signed out'],
      ...(['method.added', 'method.removed', 'method.renamed'] as const).map((type): [Sample, string] => [
        { type, method: 'app' },
        'authentication app',
      ]),
      ...PLAIN.map((type): [Sample, string] => [{ type } as Sample, '']),
    ];
    const said = new Set<string>();
    for (const [event, words] of events) {
      const { text } = await shownEvent(deps, { ...event, ...from } as HistoryEvent);
      const { key, ...params } = text;
      said.add(key.replace('history.', ''));
      expect(deps.texts.in('en').t(key, params), event.type).to.contain(words);
      for (const language of LANGUAGES) expect(deps.texts.in(language).t(key, params), event.type).not.to.match(/history\.|undefined|\{\{/);
    }
    const { methods: _, 'on-device': __, ...words } = JSON.parse(readFileSync('config/locales/en.json', 'utf8')).history;
    expect(Object.keys(words).filter((key) => !said.has(key))).to.deep.equal([]);
  });

  it('tells neither the network address nor the browser', async () => {
    const { deps } = await sharedServer();
    const shown = await shownEvent(deps, { type: 'session.ended', ...from, device: 'Firefox (Windows)' });
    expect(shown).to.deep.equal({ at: AT, text: { key: 'history.session-ended' }, device: 'Firefox (Windows)' });
    expect((await shownEvent(deps, { type: 'session.ended', ...from, device: '' })).device).to.equal(undefined);
  });
});

const PLAIN = [
  'sign-in.failed',
  'session.ended',
  'passkey.added',
  'passkey.removed',
  'passkey.renamed',
  'passkey.refused',
  'backup-code.used',
  'backup-code.replaced',
  'questions.changed',
  'recovery.requested',
  'recovery.waiting',
  'recovery.failed',
  'recovery.cancelled',
  'email.change-requested',
  'email.changed',
  'email.frozen',
  'email.restored',
  'email.settled',
  'notice-email.changed',
  'language.changed',
  'account.closing',
  'account.kept',
  'account.locked',
  'account.unlocked',
  'data.downloaded',
  'not-me.reported',
] as const;
