/** Starts the demonstration myUSCIS: listen, find the provider, serve until told to end. The only reader of the environment. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { createDemo } from './app.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';

const settingsOrEnd = (): Settings => {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
};

const settings = settingsOrEnd();
const logger = pino({ level: settings.logLevel, name: 'demo' });
const server = createServer();
const { app, relyingParty } = createDemo(settings, {
  logger,
  ownAddress: () => {
    const host =
      { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[settings.host] ?? (settings.host.includes(':') ? `[${settings.host}]` : settings.host);
    return `http://${host}:${(server.address() as AddressInfo).port}`;
  },
});
server.on('request', app.callback());
server.on('error', (error) => {
  logger.fatal({ err: error }, 'cannot listen');
  process.exit(1);
});

const end = (): void => {
  relyingParty.stop();
  server.close(() => process.connected && process.disconnect());
  server.closeIdleConnections();
  // Whoever still waits for an answer gets a few seconds.
  setTimeout(() => server.closeAllConnections(), 3000).unref();
};
process.once('SIGTERM', end);
process.once('SIGINT', end);
// Started by another process that is gone: nobody is left to end this one.
if (process.send) process.once('disconnect', end);

server.listen(settings.port, settings.host, async () => {
  logger.info(`the demonstration myUSCIS listens for ${settings.url}`);
  if (!(await relyingParty.start())) return;
  logger.info(`found the provider ${settings.issuer}`);
  process.send?.({ ready: true });
});
