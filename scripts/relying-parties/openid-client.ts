import { readFileSync } from 'node:fs';
import path from 'node:path';
import { folderOf, type RelyingPartyKind } from './relying-party.ts';

const NAME = 'openid-client';
const MANIFEST = path.resolve(import.meta.dirname, '../../node_modules', NAME, 'package.json');

export const openidClient: RelyingPartyKind = {
  name: 'openid-client (JavaScript)',
  advice: 'npm install',
  find: () => {
    const { version } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string };
    return { version, command: process.execPath, args: [path.join(folderOf(NAME), 'service.mjs')], env: {} };
  },
  install: () => {},
};
