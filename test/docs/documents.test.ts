/** What the documents name is there: files, headings, settings, scripts. A document that has gone wrong is found here, not by its reader. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { anchorsOf, blocksOf, linksOf, namesOf } from '../support/markdown.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.includes('node_modules'))
    .map((file) => path.posix.join(folder, file));

const DOCUMENTS = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...filesIn('docs', '.md'),
  ...filesIn('demo', '.md'),
  ...(existsSync(path.join(ROOT, 'deploy')) ? filesIn('deploy', '.md') : []),
];
const OURS = DOCUMENTS.filter((file) => !file.startsWith('demo/') && !file.startsWith('deploy/'));

/** Files that `npm install` or a start makes, and names of documents to come with an example. */
const MADE = /^(?:node_modules|\.data|\.cache|my-config|coverage)\b/;

describe('documents', () => {
  for (const file of DOCUMENTS) {
    it(`${file} links to what exists`, () => {
      const dead = linksOf(read(file)).filter((target) => {
        if (/^[a-z]+:/.test(target)) return false;
        const [to = '', anchor] = target.split('#');
        const found = to === '' ? file : path.posix.join(path.posix.dirname(file), to);
        if (!existsSync(path.join(ROOT, found))) return true;
        return anchor !== undefined && !anchorsOf(read(found)).includes(anchor);
      });
      expect(dead).to.deep.equal([]);
    });
  }

  for (const file of OURS) {
    it(`${file} names files that exist`, () => {
      const named = namesOf(read(file)).filter((name) => /^(?:src|test|views|config|scripts|docs|public|demo)\/[\w./-]*\w\/?$/.test(name));
      expect(named.filter((name) => !MADE.test(name) && !existsSync(path.join(ROOT, name)))).to.deep.equal([]);
    });
  }

  it('name settings that .env.example has, or that something here reads', () => {
    const settings = new Set([...read('.env.example').matchAll(/^([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name));
    const sources = ['src', 'scripts', 'demo', 'test'].flatMap((folder) => filesIn(folder, '.ts')).map(read);
    const readSomewhere = (name: string) => sources.some((text) => new RegExp(`\\b${name}\\b`).test(text));
    const unknown = OURS.flatMap((file) => {
      const text = read(file);
      const prose = namesOf(text).map((name) => /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=\S*)?$/.exec(name)?.[1]);
      const shell = blocksOf(text, 'sh').flatMap((block) => [...block.matchAll(/\b([A-Z][A-Z0-9_]+)=/g)].map(([, name]) => name));
      return [...prose, ...shell].flatMap((name) => (name && !settings.has(name) && !readSomewhere(name) ? [`${file}: ${name}`] : []));
    });
    expect(unknown.filter((name) => !/: (?:PATH|CLIENT_SECRET|NODE_EXTRA_CA_CERTS)$/.test(name))).to.deep.equal([]);
  });

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = OURS.flatMap((file) =>
      [...read(file).matchAll(/npm (?:run ([\w:-]+)|(start|test)\b)/g)].map(([, run, short]) => run ?? short!),
    );
    expect(named.filter((name) => scripts[name] === undefined)).to.deep.equal([]);
  });

  it('show pictures of pages, not placeholders', () => {
    const pictures = linksOf(read('README.md')).filter((target) => target.endsWith('.png'));
    expect(pictures).to.have.length.of.at.least(6);
    for (const picture of pictures) expect(statSync(path.join(ROOT, picture)).size, picture).to.be.above(5000);
  });

  it('README shows lines of scripts that docs/integrating.md runs', () => {
    const scripts = blocksOf(read('docs/integrating.md'), 'js');
    const excerpts = blocksOf(read('README.md'), 'js');
    expect(excerpts).to.have.length.of.at.least(3);
    for (const excerpt of excerpts)
      expect(
        scripts.some((script) => script.includes(excerpt)),
        excerpt,
      ).to.equal(true);
  });

  it('ARCHITECTURE has the layers that are executed', () => {
    const executed = /const LAYERS[^=]*= \[\n(.*?)\n\];/s.exec(read('test/architecture.test.ts'))![1]!;
    const layers = [...executed.matchAll(/\[([^\]]*)\]/g)].map(([, row = '']) =>
      [...row.matchAll(/'([^']+)'/g)].map(([, folder]) => folder),
    );
    const section = read('ARCHITECTURE.md').split('## Layers')[1]!.split('\n## ')[0]!;
    const told = [...section.matchAll(/^\| [a-z ]+ \| ((?:`[^`]+` ?)+)\|/gm)].map(([, row = '']) =>
      [...row.matchAll(/`([^`]+)`/g)].map(([, folder]) => folder),
    );
    expect(told).to.deep.equal(layers);
  });

  it('decisions are numbered without a gap, and each names its number', () => {
    const files = readdirSync(path.join(ROOT, 'docs/decisions')).sort();
    expect(files.map((file) => Number(file.slice(0, 4)))).to.deep.equal(files.map((_, index) => index + 1));
    for (const file of files) expect(read(`docs/decisions/${file}`)).to.match(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `));
  });
});
