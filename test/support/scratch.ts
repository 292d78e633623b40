import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterFile } from './suite.ts';

/** A new, empty folder that is gone when the file of tests is done. */
export function scratch(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `${name}-`));
  afterFile(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
