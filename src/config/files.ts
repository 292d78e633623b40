/** Reads the files of `CONFIG_DIR`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import { LANGUAGES, type Language } from '../language.ts';
import {
  type Brand,
  brandShape,
  LEAST_HASH_COST,
  type Policy,
  policyShape,
  questionsShape,
  type Service,
  servicesShape,
} from './shapes.ts';

export interface ConfigFiles {
  readonly brand: Brand;
  readonly policy: Policy;
  readonly services: readonly Service[];
  /** Ids; the words are `questions.<id>` of the locale files. */
  readonly questions: readonly string[];
  /** The newest Terms of Use: `version` is their date, `text` Markdown. */
  readonly terms: { readonly version: string; readonly text: Readonly<Record<Language, string>> };
}

export interface FileContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly production: boolean;
  /** The folders that are read, in this order; the first is `CONFIG_DIR`. */
  readonly folders: readonly string[];
}

export function readFiles({ env, production, folders }: FileContext, faults: string[]): ConfigFiles {
  const root = folders[0] ?? '.';
  const one = <Shape extends z.ZodType>(name: string, shape: Shape): z.infer<Shape> =>
    check(name, shape, fill(readJson(path.join(root, name), faults), env, name, faults), faults);

  const all = folders.flatMap((folder) => readServices(folder, folder !== root, env, faults));
  const services = check('services.json', servicesShape, all, faults);
  if (production) {
    for (const service of services ?? []) {
      if (!service.initiateLoginUri.startsWith('https:'))
        faults.push(`services.json: ${service.id}.initiateLoginUri must begin with https:// in production`);
    }
  }
  const policy = one('policy.json', policyShape);
  if (production) {
    for (const cost of ['memoryKiB', 'passes'] as const) {
      if (policy?.passwordHash[cost] < LEAST_HASH_COST[cost])
        faults.push(`policy.json: passwordHash.${cost} must be at least ${LEAST_HASH_COST[cost]} in production`);
    }
  }
  return {
    brand: one('brand.json', brandShape),
    policy,
    services,
    questions: one('security-questions.json', questionsShape),
    terms: readTerms(path.join(root, 'terms'), faults),
  };
}

/** The parsed file; undefined, with a fault, when it cannot be read. A file that may be missing counts as an empty list. */
export function readJson(file: string, faults: string[], mayBeMissing = false): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (mayBeMissing && (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    faults.push(`${file} cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

/** Puts settings in the place of `${NAME}`, in any text at any depth, so that addresses and secrets need not stand in a file. */
export function fill(value: unknown, env: FileContext['env'], where: string, faults: string[]): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([A-Z][A-Z0-9_]*)\}/g, (whole, name: string) => {
      const setting = env[name];
      if (!setting) faults.push(`${where}: ${name} is missing`);
      return setting ?? whole;
    });
  }
  if (Array.isArray(value)) return value.map((inner) => fill(inner, env, where, faults));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner, env, where, faults)]));
  }
  return value;
}

/** A record of the development folder that names a setting which is not there is left out: nothing runs that it could lead to. */
function readServices(folder: string, mayBeMissing: boolean, env: FileContext['env'], faults: string[]): unknown[] {
  const records = readJson(path.join(folder, 'services.json'), faults, mayBeMissing);
  if (records === undefined) return [];
  return (Array.isArray(records) ? records : [records]).flatMap((record) => {
    const missing: string[] = [];
    const filled = fill(record, env, 'services.json', missing);
    if (missing.length === 0) return [filled];
    if (!mayBeMissing) faults.push(...missing);
    return [];
  });
}

function check<Shape extends z.ZodType>(name: string, shape: Shape, value: unknown, faults: string[]): z.infer<Shape> {
  if (value === undefined) return undefined as z.infer<Shape>;
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  faults.push(...parsed.error.issues.map((issue) => `${name}: ${issue.path.length > 0 ? `${issue.path.join('.')} ` : ''}${issue.message}`));
  return undefined as z.infer<Shape>;
}

function readTerms(folder: string, faults: string[]): ConfigFiles['terms'] {
  const text = Object.fromEntries(LANGUAGES.map((language) => [language, ''])) as Record<Language, string>;
  let version = '';
  try {
    const versions = readdirSync(folder).flatMap((name) => /^(\d{4}-\d{2}-\d{2})\.[a-z]{2}\.md$/.exec(name)?.[1] ?? []);
    version = versions.sort().at(-1) ?? '';
    if (!version) faults.push(`${folder} has no Terms of Use (<date>.<language>.md)`);
    else for (const language of LANGUAGES) text[language] = readFileSync(path.join(folder, `${version}.${language}.md`), 'utf8');
  } catch (error) {
    faults.push(`the Terms of Use cannot be read: ${(error as Error).message}`);
  }
  return { version, text };
}
