/** Writes the list of common passwords that sign-up refuses, from the one that zxcvbn-ts keeps; run it when that package was updated. */
import { writeFileSync } from 'node:fs';
import { dictionary } from '@zxcvbn-ts/language-common';
import { COMMON_PASSWORDS } from '../src/passwords/common-passwords.ts';
import { fold } from '../src/passwords/fold.ts';

const words = new Set((dictionary['passwords-common'] as string[]).map(fold));
writeFileSync(COMMON_PASSWORDS, `${[...words].sort().join('\n')}\n`);
