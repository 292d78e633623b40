/** Before `npm test`: sees to it that a MongoDB server, a browser and the relying parties are there, and says which. */
import { cacheDirOf, findMongod } from '../src/mongo/find-mongod.ts';
import { CHROMIUM_ADVICE, prepareChromium } from './chromium.ts';
import { prepareRelyingParties } from './relying-parties/prepare.ts';

const { env } = process;
const log = (line: string) => console.log(line);
const isRoot = process.getuid?.() === 0;

try {
  const mongod = await findMongod({ env, cacheDir: cacheDirOf(env), log });
  log(`MongoDB ${mongod.version}: ${mongod.path}`);
  const found = prepareChromium({ env, isRoot, log });
  if (!found) throw new Error(CHROMIUM_ADVICE);
  log(`Chromium: ${found}`);
  prepareRelyingParties({ env, cacheDir: cacheDirOf(env), isRoot, log });
  log(`Node ${process.version}`);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
