/** Signs that stand for each other in a disguised word; the list and the password are folded alike, so one look-up finds all. */
const DISGUISES: Readonly<Record<string, string>> = {
  0: 'o',
  1: 'i',
  l: 'i',
  '!': 'i',
  '|': 'i',
  3: 'e',
  4: 'a',
  '@': 'a',
  5: 's',
  $: 's',
  7: 't',
  '+': 't',
  8: 'b',
  9: 'g',
  2: 'z',
};

/** Case, accents, widths and disguises taken away: `P@ssw0rd` and `Pässwörd` are `password`. */
export function fold(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return plain.replace(/[\dl!|@$+]/g, (sign) => DISGUISES[sign] ?? sign);
}
