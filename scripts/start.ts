/** `npm start`: production runs the provider and nothing else; development starts everything, without a setting. */

import { type Development, startDevelopment } from './development.ts';
import { pretty } from './pretty-log.ts';
import { StartError } from './start-error.ts';

if (process.env['NODE_ENV'] === 'production') await import('../src/main.ts');
else await develop();

async function develop(): Promise<void> {
  const say = (line: string) => console.log(line);
  let running: Development | undefined;
  let asked = false;
  const starting = startDevelopment({ env: process.env, say, output: await pretty(process.stdout) });

  const end = async (): Promise<void> => {
    if (asked) {
      running?.kill();
      process.exit(130);
    }
    asked = true;
    // Asked while still starting: what has been started is ended once it can be.
    await starting.then(
      (started) => started.stop(),
      () => {},
    );
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

  try {
    running = await starting;
  } catch (error) {
    if (asked) return;
    console.error(error instanceof StartError ? `\n${error.message}` : error);
    process.exit(error instanceof StartError ? error.exitCode : 1);
  }
  const code = await running.ended;
  if (asked) return;
  asked = true;
  console.error(`\nOne of the processes has ended (code ${code}); ending the others.`);
  await running.stop();
  process.exit(code);
}
