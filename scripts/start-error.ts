/** Something that the person at the keyboard can put right; the message is a whole sentence and is shown without a stack. */
export class StartError extends Error {
  readonly exitCode: number;

  constructor(message: string, { exitCode = 1, cause }: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'StartError';
    this.exitCode = exitCode;
  }
}
