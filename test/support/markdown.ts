/** What tests read out of Markdown. */

/** The contents of the fenced blocks of a language, in order. */
export const blocksOf = (markdown: string, language: string): string[] =>
  [...markdown.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);

/** Without fenced blocks: where links and names in backticks are prose. */
export const proseOf = (markdown: string): string => markdown.replace(/^```.*?^```$/gms, '');

/** Targets of links and pictures. */
export const linksOf = (markdown: string): string[] => [...proseOf(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** What stands in backticks. */
export const namesOf = (markdown: string): string[] => [...proseOf(markdown).matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);

/** The anchors that headings get: lower case, punctuation dropped, spaces to hyphens. */
export const anchorsOf = (markdown: string): string[] =>
  [...proseOf(markdown).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
