/** Stands in for a process that `npm start` runs: says what it was given, is ready, and ends when told to. */
import { createServer } from 'node:http';

const { PORT, HOST, FAIL, ENDS_AT, MONGODB_URI, ENCRYPTION_KEYS, DEMO_CLIENT_SECRET } = process.env;
console.log(JSON.stringify({ msg: 'started', pid: process.pid, port: PORT, MONGODB_URI, ENCRYPTION_KEYS, DEMO_CLIENT_SECRET }));
if (FAIL === PORT) process.exit(7);
const server = createServer((_, response) => response.end()).listen(Number(PORT), HOST, () => process.send?.({ ready: true }));
process.on('SIGUSR2', () => process.exit(9));
let ending = false;
const end = () => {
  if (ending) return;
  ending = true;
  console.log(JSON.stringify({ msg: 'ending', port: PORT }));
  server.close(() => process.connected && process.disconnect());
  server.closeAllConnections();
};
process.once('SIGTERM', end);
process.once('disconnect', end);
if (ENDS_AT === PORT) setImmediate(() => process.exit(5));
