/** What people call their phones, apps and passkeys. */
import { z } from 'zod';

const LONGEST_NAME = 40;

/** May be empty. Controls, and what turns the direction of the text around it, would spoil the pages that show it. */
export const givenName = z
  .string({ error: 'problems.name_required' })
  .trim()
  .normalize('NFC')
  .refine((typed) => [...typed].length <= LONGEST_NAME, 'problems.name_too_long')
  // What joins or parts letters (U+200C, U+200D) belongs into names of many languages, and into emoji.
  .refine((typed) => !/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029]/u.test(typed.replace(/[\u200c\u200d]/g, '')), 'problems.name_characters');
