/**
 * How long a text message is. Up to 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1) are one text; one character outside
 * of it (á, í, ó and ú are) makes all of them UCS-2, 70 to a text, and the person or the operator pays for each.
 */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('\f^{}\\[~]|€');

/** Characters of one text message. */
export const ONE_TEXT = 160;

/** The number of septets, or undefined when the GSM 7-bit alphabet cannot write it. */
export function septets(text: string): number | undefined {
  let count = 0;
  for (const character of text) {
    if (BASIC.has(character)) count += 1;
    else if (EXTENDED.has(character)) count += 2;
    else return undefined;
  }
  return count;
}
