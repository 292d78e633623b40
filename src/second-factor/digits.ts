/**
 * Digits as people's keyboards write them: Arabic, Persian, Devanagari, full-width and the other decimal digits of Unicode become
 * `0`–`9`, and the invisible marks that come along when a number is copied from an address book are dropped.
 */
export function plainDigits(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Nd}/gu, (digit) => {
      // Unicode keeps each script's ten digits together, zero first: the value is the distance to the first digit of the run, modulo 10.
      const point = digit.codePointAt(0) as number;
      let first = point;
      while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
      return String((point - first) % 10);
    });
}
