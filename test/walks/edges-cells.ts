/**
 * Walks the table in `edges.ts`: every page × {back, reload, second tab, double submit, expired, next day}. In two halves, so that two
 * workers share it.
 */
import { expect } from 'chai';
import type { Connection } from 'mongoose';
import { connectMongo } from '../../src/mongo/connect.ts';
import { configDir } from '../config/config-dir.ts';
import { untilDelivered } from '../support/delivered.ts';
import { keepMoment } from '../support/moment.ts';
import { PASSWORD } from '../support/people.ts';
import { secretOf, startServer, type TestServer } from '../support/server.ts';
import { type Kind, type Place, ROWS, type Row } from './edges.ts';
import { CHANGE_WAYS } from './edges-changes.ts';
import { CALLBACK, createWalker, expireInteractions, placeOf, type Stage, type Walker } from './edges-walker.ts';

/** The pages in the order in which one walk meets them; `towards` picks between ways. */
interface Way {
  readonly kind: Kind;
  readonly towards: string;
  readonly steps: readonly string[];
}
const WAYS: readonly Way[] = [
  { kind: 'sign-up', towards: 'welcome', steps: ROWS.filter(({ kind }) => kind === 'sign-up').map(({ step }) => step) },
  { kind: 'sign-in', towards: 'email-code', steps: ['password', 'choose-method', 'email-code', 'terms'] },
  { kind: 'sign-in', towards: 'text-code', steps: ['text-code'] },
  { kind: 'sign-in', towards: 'authenticator', steps: ['authenticator'] },
  { kind: 'sign-in', towards: 'too-weak', steps: ['too-weak'] },
  { kind: 'sign-in', towards: 'locked', steps: ['locked'] },
  { kind: 'sign-in', towards: 'passkey', steps: ['passkey'] },
  { kind: 'sign-in', towards: 'passkey-offer', steps: ['passkey-offer'] },
  {
    kind: 'sign-in',
    towards: 'new-text-code',
    steps: ['backup-code', 'keep-account', 'new-method', 'new-text-code', 'new-backup-code', 'new-password'],
  },
  { kind: 'sign-in', towards: 'new-email-code', steps: ['new-email-code'] },
  { kind: 'sign-in', towards: 'new-authenticator', steps: ['new-authenticator'] },
  { kind: 'recovery', towards: 'new-password', steps: ['email', 'recovery-code', 'choose-proof', 'answer-questions', 'new-password'] },
  ...[
    'backup-code',
    'text-code',
    'authenticator',
    'passkey',
    'support-code',
    'support',
    'frozen',
    'new-email-code',
    'new-authenticator',
  ].map((towards) => ({ kind: 'recovery' as const, towards, steps: [towards] })),
  { kind: 'recovery', towards: 'waiting', steps: ['waiting'] },
  { kind: 'recovery', towards: 'new-backup-code', steps: ['new-method', 'new-text-code', 'new-backup-code'] },
  { kind: 'service-entry', towards: 'account-type', steps: ['account-type'] },
  { kind: 'consent', towards: 'consent', steps: ['consent'] },
  { kind: 'add-passkey', towards: 'new-passkey', steps: ['new-passkey'] },
  ...CHANGE_WAYS,
  { kind: 'close-account', towards: 'confirm', steps: ['confirm'] },
];

const rowOf = ({ kind }: Way, step: string) => ROWS.find((found) => found.kind === kind && found.step === step)!;

/** The ways to a service, and all others: how people come back, and what they change. */
export const HALVES = {
  'ways in': ({ kind }: Way) => ['sign-up', 'sign-in', 'service-entry', 'consent'].includes(kind),
  'ways back, and changes': (way: Way) => !HALVES['ways in'](way),
};

/** One test for each cell of this half. */
export function walkEdges(half: keyof typeof HALVES): void {
  describe(`walk: the table of edges, ${half}`, function () {
    this.timeout(60_000);
    let server: TestServer;
    let db: Connection;
    let stage: Stage;
    /** To where nobody has an account yet. */
    let toTheBeginning: () => Promise<void>;

    before(async () => {
      const shop = {
        client_id: 'shop',
        client_name: 'A Shop',
        client_secret: secretOf(),
        redirect_uris: [CALLBACK],
        scope: 'openid email',
        sandbox: true,
      };
      server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [shop] }) } });
      db = await connectMongo(server.env.MONGODB_URI);
      stage = { server, db };
      toTheBeginning = await keepMoment(server, db);
    });
    after(async () => {
      await db.close();
      await server.close();
    });

    if (half === 'ways in')
      it('has a row for each page that a way leads to, and a way to each', () => {
        const walked = WAYS.flatMap(({ kind, steps }) => steps.map((step) => `${kind}/${step}`));
        expect(walked.toSorted()).to.deep.equal(ROWS.map(({ place }) => place).toSorted());
      });

    type Edge = (walker: Walker, at: Place, row: Row) => Promise<unknown>;
    /** What is done at each page. Each group is one walk along a way: after all but its last edge everybody is at the page still. */
    const WALKS: readonly Readonly<Record<string, Edge>>[] = [
      {
        reload: async ({ visitor, place }, _at, { reload }) => {
          const { text, url } = visitor.page();
          await visitor.open(url);
          expect(place()).to.equal(reload);
          expect(visitor.page().text).to.equal(text);
        },
        'something else begun in a second tab': async ({ visitor, place }, _at, { otherBegun }) => {
          const { url } = visitor.page();
          await visitor.open('/users/sign_up');
          expect(place()).to.be.oneOf(['sign-up/email', 'welcome']);
          await visitor.open('/');
          expect(place()).to.be.oneOf(['sign-in/password', 'welcome']);
          await visitor.open(url);
          expect(place()).to.equal(otherBegun);
        },
        back: async ({ visitor, passed, place, submission }, at, { back }) => {
          const before = passed.findLast((earlier) => earlier.place !== at);
          if (back === 'first') return expect(before).to.equal(undefined);
          const { url } = visitor.page();
          await visitor.open(before!.url);
          expect(place()).to.equal(back.shows);
          if (back.shows === at) return;
          const messages = await countMessages();
          const { button, typed } = await submission();
          await visitor.press(button, typed);
          expect(place()).to.equal(back.submitted);
          expect(visitor.page().url).to.equal(url);
          expect(await countMessages(), 'messages').to.equal(messages);
        },
        'second tab': async ({ visitor, place, goOn }, at, { secondTab, next }) => {
          const { url } = visitor.page();
          await visitor.open(url);
          expect(place()).to.equal(at);
          await goOn();
          expect(place()).to.equal(afterwards(at, next));
          await visitor.open(url);
          expect(place()).to.equal(secondTab);
        },
      },
      {
        'double submit': async ({ visitor, place, submission }, at, { doubleSubmit }) => {
          const { button, typed } = await submission();
          const { url, body } = visitor.formOf(button, typed);
          const [first, second] = await Promise.all([visitor.postGivenUp(url, body.toString()), visitor.post(url, body.toString())]);
          expect(placeOf(second)).to.equal(afterwards(at, doubleSubmit));
          for (const page of [first, second]) expect(page.status, page.text).to.be.below(400);
          if (doubleSubmit === 'service') return;
          const messages = await countMessages();
          await visitor.post(url, body.toString());
          expect(place()).to.equal(doubleSubmit);
          expect(await countMessages(), 'messages').to.equal(messages);
        },
      },
      {
        'expired, and opened': async ({ visitor, place }, _at, { expired }) => {
          const { url } = visitor.page();
          await expireInteractions(db);
          await visitor.open(url);
          expect(place()).to.equal(expired.opened);
          expect(visitor.page().url).not.to.equal(url);
        },
        'expired, and submitted': async ({ visitor, place, submission }, _at, { expired }) => {
          const { button, typed } = await submission();
          const { url, body } = visitor.formOf(button, typed);
          await expireInteractions(db);
          await visitor.post(url, body.toString());
          expect(place()).to.equal(expired.submitted);
          expect(visitor.page().html).not.to.contain(PASSWORD);
          for (const [label, value] of Object.entries(typed)) {
            const field = visitor.fieldOf(label);
            const stands =
              value === true
                ? field.hasAttribute('checked')
                : (field.querySelector('option[selected]') ?? field).getAttribute('value') === value;
            expect(stands, label).to.equal(expired.keeps.includes(label));
          }
        },
      },
      {
        'next day': async (walker, at, { nextDay }) => {
          const { visitor, place, submission } = walker;
          const { url } = visitor.page();
          server.clock.advance(24 * 3600);
          // Only the authorization of a sign-up lives longer than an hour.
          if (!at.startsWith('sign-up/')) await expireInteractions(db);
          await visitor.open(url);
          expect(place()).to.equal(nextDay);
          if (!at.startsWith('sign-up/')) return;
          const { button, typed } = await submission(true);
          await visitor.press(button, typed);
          expect(visitor.page().status, visitor.page().text).to.be.below(400);
        },
      },
    ];

    for (const way of WAYS.filter(HALVES[half])) {
      const { kind, towards, steps } = way;
      /** The first page of the way: reached once by walking there, later by going back to that moment. */
      let first: { readonly walker: Walker; readonly back: () => Promise<void> } | undefined;
      const stand = async (): Promise<Walker> => {
        await (first?.back ?? toTheBeginning)();
        if (!first) {
          const walker = await createWalker(stage, kind, towards);
          await walker.walkTo(rowOf(way, steps[0]!).place);
          first = { walker, back: await keepMoment(server, db) };
        }
        return first.walker.copy();
      };

      for (const edges of WALKS) {
        // The pages of a walk depend on one another.
        let walker: Walker | undefined;
        for (const step of steps) {
          const { place, row } = rowOf(way, step);
          for (const [name, edge] of Object.entries(edges))
            it(`${place}${step === towards || towards === 'welcome' ? '' : ` (${towards})`}: ${name}`, async () => {
              walker ??= await stand();
              await walker.walkTo(place);
              await edge(walker, place, row);
            });
        }
      }
    }

    if (half === 'ways in')
      it('keeps what was proven later when an early page is changed from the last one', async () => {
        const { visitor, place, submission, passed, walkTo, email } = await createWalker(stage, 'sign-up', 'welcome');
        await walkTo('sign-up/questions');
        const messages = await countMessages();
        for (const { url, place: earlier } of passed.slice()) {
          await visitor.open(url);
          if (!['email', 'terms', 'new-password', 'delivery'].some((step) => earlier === `sign-up/${step}`)) {
            expect(place(), earlier).to.equal('sign-up/questions');
            continue;
          }
          expect(place()).to.equal(earlier);
          const { button, typed } = await submission();
          await visitor.press(button, typed);
          expect(place(), earlier).to.equal('sign-up/questions');
        }
        expect(await countMessages(), 'messages').to.equal(messages);
        await walkTo('welcome');
        expect(visitor.page().text).to.contain(email);
      });

    const countMessages = async () => {
      await untilDelivered(server);
      return db.collection('messages').countDocuments();
    };
  });
}

/** Who is turned away as too weak comes back to the service with an error. */
const afterwards = (at: Place, place: Place): string =>
  at === 'sign-in/too-weak' && place === 'service' ? 'service: unmet_authentication_requirements' : place;
