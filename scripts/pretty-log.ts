/** The JSON log lines of the processes, made readable. */
export async function pretty(destination: NodeJS.WritableStream): Promise<NodeJS.WritableStream> {
  // A development dependency: production never comes here.
  const { default: pinoPretty } = await import('pino-pretty');
  const stream = pinoPretty({
    destination: destination as NodeJS.WritableStream & { fd?: number },
    colorize: (destination as { isTTY?: boolean }).isTTY === true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  });
  // Two processes write into it, and one of them may end before the other.
  stream.setMaxListeners(0);
  return stream;
}
