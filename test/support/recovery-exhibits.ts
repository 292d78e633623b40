/** The pages of a recovery in every state: part of the gallery. */
import type { PageModel } from '../../src/http/views.ts';
import type { Exhibit } from './gallery.ts';

const AT = new Date('2026-11-22T20:15:00Z');
const LONG = 'maria-guadalupe.de-los-santos.rodriguez-hernandez-y-fernandez@department.of.example-university.example.org';
const PAGE: PageModel = {
  action: (name?: string) => ['/interaction/abc/recovery/step', name].filter(Boolean).join('/'),
  to: (step: string) => `/interaction/abc/recovery/${step}`,
};
const STAGES = ['email', 'proof', 'new-sign-in'];
const stage = (name: string) => ({ stage: { name: { key: `stages.${name}` }, index: STAGES.indexOf(name) + 1, total: STAGES.length } });
const problem = (field: string, key: string, params: object = {}) => ({ problems: { [field]: { key: `problems.${key}`, ...params } } });

const codeModel = {
  ...stage('email'),
  address: 'ana.lopez@example.com',
  sender: 'USCIS Account <myaccount@example.org>',
  minutes: 10,
  sent: true,
  sentAt: AT,
  expiresAt: AT,
  until: undefined,
};
const WAYS = [
  { proof: 'questions', kind: 'questions' },
  { proof: 'backup-code', kind: 'backup-code' },
  { proof: 'method:a', kind: 'text', to: '•••12' },
  { proof: 'method:b', kind: 'text', to: '•••34', name: 'Teléfono de la oficina' },
  { proof: 'method:c', kind: 'app' },
  { proof: 'method:d', kind: 'app', name: LONG.slice(0, 40) },
  { proof: 'passkey', kind: 'passkey', waiting: { ripe: false, ripeAt: AT, until: AT } },
  { proof: 'operators', kind: 'operators' },
  { proof: 'nothing', kind: 'nothing', waiting: { ripe: true, ripeAt: AT, until: AT } },
];
const chooseModel = { ...stage('proof'), ways: WAYS, former: false, holdHours: 24 };
const answersModel = {
  ...stage('proof'),
  coolingOffHours: 72,
  nothingLeft: false,
};
const waits = (proof: string) => ({
  ...stage('proof'),
  ripeAt: AT,
  until: new Date(AT.getTime() + 7 * 24 * 3_600_000),
  proof,
  settling: false,
});

/** `questions`: ids that have words. */
export const recoveryExhibits = (questions: readonly string[]): Exhibit[] => {
  const exhibit = (view: string, models: Record<string, PageModel>): Exhibit[] =>
    Object.entries(models).map(([state, model]) => ({ view: `recovery/${view}`, state, model: { ...PAGE, ...model } }));
  const asked = questions.slice(0, 5);
  const fieldNames = Object.fromEntries(asked.map((id, index) => [`answer_${index + 1}`, { key: `questions.${id}` }]));
  const answering = { ...answersModel, questions: asked, fieldNames };
  return [
    ...exhibit('email', {
      default: { ...stage('email'), signInUrl: '/' },
      invalid: { ...stage('email'), signInUrl: '/', values: { email: 'ana.lopez@' }, ...problem('email', 'email_invalid') },
    }),
    ...exhibit('recovery-code', {
      default: codeModel,
      'wrong code, long address': { ...codeModel, address: LONG, ...problem('code', 'code_wrong', { count: 4 }) },
      'sent again': { ...codeModel, notice: { key: 'notices.recovery_code_sent', to: codeModel.address } },
      'not sent again': {
        ...codeModel,
        until: AT,
        notice: { key: 'notices.wait_before_sending', until: AT.toISOString(), tone: 'warning' },
      },
      'not sent': { ...codeModel, sent: false, sentAt: undefined, expiresAt: undefined, until: AT },
    }),
    ...exhibit('frozen', { default: stage('email') }),
    ...exhibit('choose-proof', {
      default: chooseModel,
      'none chosen': { ...chooseModel, ways: WAYS.slice(0, 3), ...problem('proof', 'proof_required') },
      'from a former address': { ...chooseModel, ways: [WAYS[1], WAYS[2], { proof: 'nothing', kind: 'nothing' }], former: true },
    }),
    ...exhibit('answer-questions', {
      default: answering,
      'nothing left': { ...answering, nothingLeft: true },
      wrong: {
        ...answering,
        values: { answer_1: 'Ng', answer_2: 'Blue lantern', answer_3: 'x', answer_4: 'Route 66', answer_5: 'Mango' },
        ...problem('form', 'answers_wrong', { count: 1 }),
      },
      'no try left': { ...answering, ...problem('form', 'answers_wrong', { count: 0 }) },
      shut: { ...answering, ...problem('form', 'answers_shut', { until: AT }) },
      'answers missing': {
        ...answering,
        problems: { answer_1: { key: 'problems.answer_required' }, answer_4: { key: 'problems.answer_too_long', max: 200 } },
      },
    }),
    ...exhibit('support-code', {
      default: stage('proof'),
      wrong: { ...stage('proof'), ...problem('code', 'support_code_wrong', { count: 3 }) },
    }),
    ...exhibit('support', {
      default: { ...stage('proof'), coolingOffHours: 72, answers: true },
      'without questions': { ...stage('proof'), coolingOffHours: 72, answers: false },
    }),
    ...exhibit('waiting', {
      default: waits('text'),
      ...Object.fromEntries(['app', 'passkey', 'questions', 'operators'].map((proof) => [proof, waits(proof)])),
      settling: { ...waits('operators'), settling: true },
    }),
  ];
};
