/**
 * Which keys sign in this process. Every process looks for itself what there is and what time it is; a key is published long before it
 * signs, so that it does not matter which of them notices first.
 */
import { randomInt } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import type { KeySet, KeyTimes, SigningKeys } from '../../oidc-store/signing-keys.ts';

export interface KeyRing {
  /** Looks whether other keys are to be used or published, or to be made, and goes on with them. */
  refresh(): Promise<void>;
  /** Does so every 10 seconds from now on; what fails is logged, and tried again. */
  start(): void;
  /** Starts no more, and waits for what is under way. */
  stop(): Promise<void>;
}

const EVERY_MS = 10_000;

export const keyTimesOf = ({ signingKeys: { rotateDays, publishHours } }: Pick<Config['policy'], 'signingKeys'>): KeyTimes => ({
  rotate: rotateDays * 24 * 3600,
  publish: publishHours * 3600,
});

interface Given<Built> {
  readonly signingKeys: SigningKeys;
  readonly log: Logger;
  /** What is used from the moment on at which these keys are found. */
  readonly build: (keys: KeySet) => Built;
  readonly everyMs?: number;
}

export async function createKeyRing<Built>({ signingKeys, log, build, everyMs = EVERY_MS }: Given<Built>) {
  let keys = await signingKeys.load();
  let built = build(keys);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function refresh(): Promise<void> {
    if (await signingKeys.rotateIfDue()) log.info('the next signing keys are published');
    const found = await signingKeys.load();
    if (found.version === keys.version) return;
    built = build(found);
    keys = found;
    log.info({ keys: keys.keys.map(({ kid, alg }) => `${alg} ${kid}`) }, 'signing keys changed');
  }

  const keyRing: KeyRing = {
    refresh,
    start() {
      // Not all processes at the same moment.
      timer = setTimeout(
        () => {
          running = refresh().catch((error: unknown) => log.error({ err: error }, 'signing keys could not be read'));
          void running.then(() => timer && keyRing.start());
        },
        everyMs - randomInt(everyMs / 2),
      );
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
  };
  return { current: () => built, keyRing };
}

/** An object whose functions are always those of the newest `current`. */
export function latest<T extends object>(current: () => T): T {
  return new Proxy({} as T, { get: (_, name) => current()[name as keyof T] });
}
