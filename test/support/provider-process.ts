/** One process of several that serve the same provider; the tests start it. Says its pid when it listens. */
import { connectMongo } from '../../src/mongo/connect.ts';
import { CLIENTS, openTestProvider } from './provider.ts';

const { MONGODB_URI = '', PORT = '', ISSUER = '', SIGNING_SECONDS, MORE_CLIENTS = '[]' } = process.env;
/** How long a key signs and is published before, in seconds, where a test waits for it; what it asks for is looked at ten times as often. */
const [rotate, publish] = SIGNING_SECONDS?.split(' ').map(Number) ?? [];
const opened = await openTestProvider({
  db: await connectMongo(MONGODB_URI),
  port: Number(PORT),
  issuer: ISSUER,
  clients: [...CLIENTS, ...JSON.parse(MORE_CLIENTS)],
  ...(rotate && publish && { signingKeys: { rotateDays: rotate / 24 / 3600, publishHours: publish / 3600 } }),
});
if (publish) {
  const look = () => void opened.keyRing.refresh().finally(() => setTimeout(look, publish * 100));
  look();
}
process.stdout.write(`listening ${process.pid}\n`);
