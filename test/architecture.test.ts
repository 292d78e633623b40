/** The rules of ARCHITECTURE.md, executed: imports go down only, files and folders stay small, every step has its view and its test. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { JOURNEYS, journeysUnder } from '../src/app.ts';
import { drawAll } from '../src/journey/draw.ts';

/** From the top down. A folder may import from folders of lower layers, and from its own; pages never from one another. */
const LAYERS: readonly (readonly string[])[] = [
  ['.', 'http'],
  [
    'sign-up',
    'sign-in',
    'recovery',
    'service-entry',
    'consent',
    'account-changes',
    'account-pages',
    'alerts',
    'static-pages',
    'development',
    'oidc',
  ],
  ['steps'],
  ['journey'],
  ['accounts'],
  ['passwords', 'second-factor', 'security-questions'],
  ['attempts'],
  ['messages', 'audit', 'oidc-store'],
  ['mongo'],
  ['crypto'],
];
/** What everything may name: words without behaviour of their own, and how pages are read and rendered. */
const COMMON = [
  'clock.ts',
  'language.ts',
  'errors.ts',
  'texts.ts',
  'http/cookies.ts',
  'http/device.ts',
  'http/even-time.ts',
  'http/form-body.ts',
  'http/brand-sheet.ts',
  'http/same-origin.ts',
  'http/security-headers.ts',
  'http/views.ts',
];
/** Types of these may be named anywhere: the shape of what is passed down. */
const TYPES_ANYWHERE = ['deps.ts', 'config.ts', 'second-factor/code-store.ts'];
/** Packages that only some files may know. */
const ONLY_IN: Readonly<Record<string, RegExp>> = {
  mongoose: /-store\.ts$|^mongo\/|^oidc-store\/|mongo-adapter\.ts$|^http\/handle-errors\.ts$/,
  'oidc-provider': /^oidc\/|^oidc-store\//,
  koa: /^app\.ts$|^server\.ts$|^http\/|routes\.ts$|^oidc\/|^journey\/(interaction|continue|journey-page|journey-flow)\.ts$/,
};

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const folderOf = (file: string) => dirname(file).split('/')[0]!;
const layerOf = (folder: string) => LAYERS.findIndex((layer) => layer.includes(folder === 'config' ? '.' : folder));

/** What a file imports: of ours the path in `src`, of others the name of the package. */
function importsOf(file: string) {
  const text = readFileSync(join('src', file), 'utf8');
  return [...text.matchAll(/^(?:import|export)( type)?\b[^;]*? from '([^']+)';/gm)].map(([, type, from = '']) => {
    const ours = from.startsWith('.');
    return { type: type !== undefined, ours, target: ours ? relative('src', join('src', dirname(file), from)) : from };
  });
}

function faultsOf(file: string): string[] {
  const faults: string[] = [];
  const lines = readFileSync(join('src', file), 'utf8').split('\n').length - 1;
  if (lines > 200) faults.push(`${lines} lines`);
  for (const { type, ours, target } of importsOf(file)) {
    if (!ours) {
      if (!type && ONLY_IN[target] && !ONLY_IN[target].test(file)) faults.push(`imports ${target}`);
      continue;
    }
    const [here, there] = [folderOf(file), folderOf(target)];
    if (here === there || COMMON.includes(target) || (type && TYPES_ANYWHERE.includes(target))) continue;
    const sideways = layerOf(here) === layerOf(there) && layerOf(here) !== 0;
    if (layerOf(there) < layerOf(here) || (sideways && !type)) faults.push(`imports ${target}`);
  }
  return faults;
}

/** Everything that this file hangs on, through others, too. */
function reachedFrom(file: string, types: boolean, reached = new Set<string>()): ReadonlySet<string> {
  for (const { type, ours, target } of importsOf(file)) {
    if (!ours || (type && !types) || reached.has(target)) continue;
    reached.add(target);
    reachedFrom(target, types, reached);
  }
  return reached;
}

describe('architecture', () => {
  it('has no imports in a circle, and in the folder of the protocol no types either', () => {
    expect(sources.filter((file) => reachedFrom(file, folderOf(file) === 'oidc').has(file))).to.deep.equal([]);
  });

  for (const file of sources) it(`src/${file} keeps to its layer and size`, () => expect(faultsOf(file)).to.deep.equal([]));

  it('knows every folder', () => {
    expect(sources.filter((file) => layerOf(folderOf(file)) < 0)).to.deep.equal([]);
  });

  it('keeps folders at 14 files or fewer', () => {
    const counts = Map.groupBy(sources, (file) => dirname(file));
    expect([...counts].filter(([, files]) => files.length > 14).map(([folder]) => folder)).to.deep.equal([]);
  });

  it('has a test file for every source file', () => {
    const pure = sources.filter((file) => isPureTypes(readFileSync(join('src', file), 'utf8')));
    const missing = sources.filter((file) => !pure.includes(file) && !existsSync(join('test', file.replace(/\.ts$/, '.test.ts'))));
    expect(missing).to.deep.equal([]);
  });

  it('has a view for every step, and a step for every view of a step', () => {
    const views = JOURNEYS.flatMap(({ steps }) => steps.map(({ view }) => `${view}.ejs`));
    expect(views.filter((view) => !existsSync(join('views', view)))).to.deep.equal([]);
    const beside = ['sign-up/confirm-link.ejs', 'sign-up/resend.ejs', 'sign-up/resend-sent.ejs'];
    const files = ['steps', 'sign-up', 'sign-in', 'recovery', 'service-entry', 'consent', 'account-changes'].flatMap((folder) =>
      readdirSync(join('views', folder)).map((file) => `${folder}/${file}`),
    );
    expect(files.filter((file) => !views.includes(file) && !beside.includes(file))).to.deep.equal([]);
  });

  it('draws docs/journeys.md from the journeys that run', () => {
    expect(readFileSync('docs/journeys.md', 'utf8'), 'npm run docs').to.equal(drawAll(JOURNEYS, journeysUnder({ profile: 'nist' })));
  });
});

/** A file that declares types alone has nothing to test. */
const isPureTypes = (text: string) =>
  !/^(export )?(async )?(function|const|class|let|export default)\b/m.test(text) && !/^export \* from/m.test(text);
