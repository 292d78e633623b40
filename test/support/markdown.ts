/** What tests read out of Markdown. */

/** The fenced blocks, in order, with what stands behind their opening: the language, and a name where they have one. */
export const snippetsOf = (markdown: string): { readonly name: string; readonly text: string }[] =>
  [...markdown.matchAll(/^(`{3,}|~{3,})([^\n]*)\n(.*?)^\1$/gms)].map(([, , name = '', text = '']) => ({ name: name.trim(), text }));

/** The contents of the fenced blocks of a language, in order. */
export const blocksOf = (markdown: string, language: string): string[] =>
  snippetsOf(markdown).flatMap(({ name, text }) => (name.split(' ')[0] === language ? [text] : []));

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
