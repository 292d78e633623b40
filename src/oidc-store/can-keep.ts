/** What MongoDB takes of JSON that others have made. */

/** Far more than anybody needs, far less than the 180 at which the database refuses. */
const DEEPEST = 20;

/** False where a name in it has a NUL, or it is nested deeper than anything is that is meant: neither can be saved, however it is written. */
export function canKeep(value: unknown, deepest = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return deepest > 0 && Object.entries(value).every(([name, inner]) => !name.includes('\0') && canKeep(inner, deepest - 1));
}
