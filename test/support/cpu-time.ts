/** Milliseconds of processor that this process, all its threads, has used for the work: unlike its duration, it hardly depends on what else the machine does. */
export async function cpuTimeOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
