/** What a browser says it is, as people know it. Only names of a closed list: a page or a mail may repeat it. */
import bowser from 'bowser';

/** Longer ones are cut before they are read. */
const LONGEST_USER_AGENT = 400;
const BROWSERS = new Set(Object.values(bowser.BROWSER_MAP));
const SYSTEMS = new Set(Object.values(bowser.OS_MAP));

/** `Chrome (Android)`: the same in every language, and without versions, which change by themselves. '' when nothing is known. */
export function deviceOf(userAgent: string | undefined): string {
  if (!userAgent) return '';
  const parser = bowser.getParser(userAgent.slice(0, LONGEST_USER_AGENT));
  const known = (name: string | undefined, names: ReadonlySet<string>) => (name && names.has(name) ? name.replace(/ for \w+$/, '') : '');
  const [browser, system] = [known(parser.getBrowserName(), BROWSERS), known(parser.getOSName(), SYSTEMS)];
  return browser && system ? `${browser} (${system})` : browser || system;
}
