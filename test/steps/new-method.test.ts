import { expect } from 'chai';
import type { DeliveryMethod } from '../../src/accounts/account.ts';
import { MOST_METHODS } from '../../src/accounts/credential-store.ts';
import { type MethodAnswers, methodAdded, newMethodSteps } from '../../src/steps/new-method.ts';
import { appCode, newPhone } from '../support/people.ts';
import { type AnyVisit, answerOf, commit, makeAccount, press, problemAt, sharedServer, visitOf } from '../support/shared-server.ts';

type Needs = { readonly accountId: string };
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const ACCEPTED = { text_risks: 'acknowledged' };

describe('steps/new-method', () => {
  const options = {
    account: async (deps: Awaited<ReturnType<typeof sharedServer>>['deps'], { answers }: { answers: Needs }) =>
      (await deps.accounts.find(answers.accountId))!,
    person: ({ accountId }: Needs) => accountId,
  };
  const steps = newMethodSteps<Needs>({ ...options, removes: true });
  const phone = newPhone();
  const methods: DeliveryMethod[] = [
    { id: 'a-phone', method: 'text', phone, name: 'Old phone' },
    { id: 'an-app', method: 'app', secret: SECRET, lastStep: 0 },
  ];
  const visitOn = async (has: readonly DeliveryMethod[] = methods) => {
    const account = await makeAccount({ methods: has });
    return { account, visit: visitOf({ accountId: account.id }) };
  };
  const withAnswers = (visit: AnyVisit, answers: object): AnyVisit => ({ ...visit, answers: { ...visit.answers, ...answers } });
  const shown = async (visit: AnyVisit, of = steps) =>
    (await of.choice.show((await sharedServer()).deps, visit)) as {
      offered: string[];
      former: object[];
      values: Record<string, string>;
    };

  it('offers mail where it is not set up, and lists phones and apps that may be lost', async () => {
    const { visit } = await visitOn();
    const { offered, former } = await shown(visit);
    expect(offered).to.deep.equal(['email', 'text', 'app']);
    expect(former).to.deep.equal([
      { id: 'a-phone', method: 'text', name: 'Old phone', to: `•••${phone.slice(-2)}` },
      { id: 'an-app', method: 'app', name: undefined, to: undefined },
    ]);
    const { visit: withMail } = await visitOn([{ id: 'email', method: 'email' }, ...methods]);
    expect((await shown(withMail)).offered).to.deep.equal(['text', 'app']);
    expect(problemAt(await press(steps.choice, withMail, { method: 'email' }), 'method')).to.equal('problems.new_method_required');
    const anew = newMethodSteps<Needs>({ ...options, replaces: true });
    expect(await shown(withMail, anew)).to.deep.include({ offered: ['email', 'text', 'app'], former: [] });
  });

  it('takes none where there is no room, but one in the place of another', async () => {
    const full = Array.from(
      { length: MOST_METHODS },
      (_, index) => ({ id: `m${index}`, method: 'app', secret: SECRET, lastStep: 0 }) as const,
    );
    const { visit } = await visitOn(full);
    expect(problemAt(await press(steps.choice, visit, { method: 'email' }), 'method')).to.equal('problems.too_many_methods');
    expect(answerOf(await press(steps.choice, visit, { method: 'email', remove_2: 'm1' })).remove).to.deep.equal(['m1']);
    const anew = newMethodSteps<Needs>({ ...options, replaces: true });
    expect(answerOf(await press(anew.choice, visit, { method: 'email' })).method).to.equal('email');
  });

  it('takes no name that would spoil a page', async () => {
    // What happened: the rule was known to the forms that rename, and not to the one that names first.
    const { visit } = await visitOn();
    const named = (name: string) => press(steps.choice, visit, { method: 'app', name });
    expect(problemAt(await named('turned \u202e around'), 'name')).to.equal('problems.name_characters');
    expect(problemAt(await named('x'.repeat(41)), 'name')).to.equal('problems.name_too_long');
  });

  it('takes one method, its number and name, and what is to be removed of this account', async () => {
    const { account, visit } = await visitOn();
    const form = {
      method: 'text',
      phone: '(202) 555-0199',
      name: ' My phone ',
      remove_1: 'a-phone',
      remove_2: 'theirs',
      remove_9: 'email',
    };
    const answer = answerOf(await press(steps.choice, visit, { ...form, ...ACCEPTED }));
    expect(answer).to.deep.equal({ person: account.id, method: 'text', phone: '+12025550199', name: 'My phone', remove: ['a-phone'] });
    const { values } = await shown(withAnswers(visit, { 'new-method': answer }));
    expect(values).to.deep.equal({ method: 'text', phone: '+12025550199', name: 'My phone', remove_1: 'a-phone' });
    const plain = newMethodSteps<Needs>(options);
    expect(answerOf(await press(plain.choice, visit, { method: 'app', remove_1: 'a-phone' }))).to.deep.include({
      method: 'app',
      remove: [],
    });
  });

  it('names what is wrong at its field', async () => {
    const { visit } = await visitOn();
    const wrong = async (form: Record<string, string>, field: string) => problemAt(await press(steps.choice, visit, form), field);
    expect(await wrong({}, 'method')).to.equal('problems.new_method_required');
    expect(await wrong({ method: 'pigeon' }, 'method')).to.equal('problems.new_method_required');
    expect(await wrong({ method: 'text', ...ACCEPTED }, 'phone')).to.equal('problems.phone_required');
    expect(await wrong({ method: 'text', phone: '+52 55 1234 5678', ...ACCEPTED }, 'phone')).to.equal('problems.phone_not_us');
    expect(await wrong({ method: 'text', phone, ...ACCEPTED }, 'phone')).to.equal('problems.phone_there');
    expect(await wrong({ method: 'text', phone: '202 555 0199' }, 'method')).to.equal('problems.text_risks_required');
    expect(await wrong({ method: 'app', name: 'x'.repeat(41) }, 'name')).to.equal('problems.name_too_long');
  });

  it('counts what was chosen and proven for that account alone, and for that number', async () => {
    const { account, visit } = await visitOn();
    const proof = { person: `${account.id}|new`, at: '2026-11-22T12:00:00Z' };
    const chosen = { person: account.id, method: 'text' as const, phone: '+12025550199', remove: [] };
    const answers = (change: object) => ({ ...visit.answers, 'new-method': chosen, ...change }) as Needs & MethodAnswers;
    const { choice, emailCode, textCode, authenticator } = steps;
    expect(choice.holds!(chosen, answers({}))).to.equal(true);
    expect(choice.holds!(chosen, answers({ accountId: 'another' }))).to.equal(false);
    for (const step of [emailCode, textCode, authenticator]) {
      const given = { ...proof, address: chosen.phone, id: 'x', step: 1 };
      expect(step.holds!(given, answers({})), step.name).to.equal(true);
      expect(step.holds!(given, answers({ accountId: 'another' })), step.name).to.equal(false);
      expect(step.holds!({ skipped: 'x' }, answers({})), step.name).to.equal(false);
    }
    expect(textCode.holds({ ...proof, address: '+12025550100' }, answers({}))).to.equal(false);
  });

  it('proves a phone by a code of its own, counted apart from those of sign-ins', async () => {
    const { deps, newest } = await sharedServer();
    const { account, visit } = await visitOn();
    const to = newPhone();
    const chosen = withAnswers(visit, { 'new-method': { person: account.id, method: 'text', phone: to, remove: [] } });
    const { keep, writes } = await steps.textCode.arrive!(deps, chosen);
    await commit(writes);
    const [code] = (await newest(to)).codes;
    const page = { ...chosen, kept: keep };
    expect(problemAt(await press(steps.textCode, page, { code: code === '000000' ? '111111' : '000000' }), 'code')).to.equal(
      'problems.code_wrong',
    );
    expect((await deps.attempts.peek('code-account', account.id)).left).to.equal(10);
    await deps.audit.settled();
    expect(await deps.audit.of(account.id)).to.deep.equal([]);
    const outcome = await press(steps.textCode, page, { code: code! });
    const answers = { ...page.answers, 'new-text-code': answerOf(outcome) } as MethodAnswers;
    const added = methodAdded(deps, answers);
    expect(added).to.deep.include({ method: 'text', phone: to });
    expect(added.id).to.match(/^[\w-]{20,}$/);
  });

  it('proves an app by its first code, whose step counts as used, and names it', async () => {
    const server = await sharedServer();
    const { account, visit } = await visitOn();
    const chosen = withAnswers(visit, { 'new-method': { person: account.id, method: 'app', name: 'Tablet', remove: [] } });
    const { keep } = await steps.authenticator.arrive!(server.deps, chosen);
    const { secret } = keep as { secret: string };
    const page = { ...chosen, kept: keep };
    const { setup } = (await steps.authenticator.show(server.deps, page)) as { setup: { uri: string } };
    expect(decodeURIComponent(setup.uri)).to.contain(account.email);
    const proof = answerOf(await press(steps.authenticator, page, { code: await appCode(server, secret) }));
    const added = methodAdded(server.deps, { ...page.answers, 'new-authenticator': proof } as MethodAnswers);
    expect(added).to.deep.equal({ id: proof.id, method: 'app', secret, lastStep: proof.step, name: 'Tablet' });
  });

  it('proves the address of the account', async () => {
    const { deps, newest } = await sharedServer();
    const { account, visit } = await visitOn();
    const chosen = withAnswers(visit, { 'new-method': { person: account.id, method: 'email', remove: [] } });
    const { keep, writes } = await steps.emailCode.arrive!(deps, chosen);
    await commit(writes);
    const proof = answerOf(await press(steps.emailCode, { ...chosen, kept: keep }, { code: (await newest(account.email)).codes[0]! }));
    expect(methodAdded(deps, { ...chosen.answers, 'new-email-code': proof } as MethodAnswers)).to.deep.equal({
      id: 'email',
      method: 'email',
    });
  });

  it('adds nothing that was not proven', async () => {
    const { deps } = await sharedServer();
    const choice = { person: 'a', remove: [] };
    for (const answers of [
      {},
      { 'new-method': { ...choice, method: 'app' as const } },
      { 'new-method': { ...choice, method: 'text' as const, phone: '+12025550199' } },
      {
        'new-method': { ...choice, method: 'text' as const, phone: '+12025550199' },
        'new-text-code': { address: '+12025550100', person: 'a|new', at: '' },
      },
    ])
      expect(() => methodAdded(deps, answers)).to.throw('not proven');
  });
});
