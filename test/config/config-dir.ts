import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '../support/scratch.ts';

const SHIPPED = path.resolve(import.meta.dirname, '../../config');

/** A copy of the shipped configuration with some files replaced (text as it is, anything else as JSON; undefined removes), gone with the file of tests. */
export function configDir(changes: Readonly<Record<string, unknown>> = {}): string {
  const folder = scratch('config-test');
  cpSync(SHIPPED, folder, { recursive: true });
  for (const [name, content] of Object.entries(changes)) {
    const file = path.join(folder, name);
    rmSync(file, { recursive: true, force: true });
    if (content === undefined) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** Every setting that production needs, and good ones. */
export const PRODUCTION = {
  NODE_ENV: 'production',
  ISSUER: 'https://account.agency.test',
  MONGODB_URI: 'mongodb://db1,db2,db3/provider?replicaSet=rs0',
  SMTP_URL: 'smtps://mail.agency.test:465',
  MAIL_FROM: 'USCIS Account <account@agency.test>',
  SMS_PROVIDER: 'webhook',
  SMS_WEBHOOK_URL: 'https://texts.agency.test/send',
  ENCRYPTION_KEYS: 'q3J9vX0cR2mT7yWb5nK8sLdF1hGzPaE4uVoCiBxNeQs=',
  COOKIE_KEYS: 'Zx7KpQ2vLm9RtYw4BnC8sHdJ1fGa3eUo6iVrXbNkTcE=',
} as const;

/** How a file names a setting: `${NAME}`. */
export const settingNamed = (name: string): string => `\${${name}}`;
