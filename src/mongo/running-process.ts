import { readFileSync } from 'node:fs';

/** Whether this process id (from a file that its owner may not have lived to remove) is now a running `program`. */
export function isRunning(pid: number, program: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process, which we may not even ask, is none of ours.
    return (error as NodeJS.ErrnoException).code === 'EPERM' && commandOf(pid)?.includes(program) === true;
  }
  // Where the system does not tell, better one "in use" too many than two on one folder.
  return commandOf(pid)?.includes(program) ?? true;
}

/** After a restart of the machine the number may belong to anything, so Linux is asked what it is. */
function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return undefined;
  }
}
