/** A log that keeps its lines. */
export interface KeptLog {
  readonly lines: readonly {
    readonly level: 'info' | 'warn' | 'error';
    readonly fields: Readonly<Record<string, unknown>>;
    readonly text: string;
  }[];
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

export function keptLog(): KeptLog {
  const lines: KeptLog['lines'][number][] = [];
  const at = (level: 'info' | 'warn' | 'error') => (fields: object, text: string) =>
    void lines.push({ level, fields: { ...fields }, text });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
