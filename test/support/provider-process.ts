/** One process of several that serve the same provider; the tests start it. Says its pid when it listens. */
import { connectMongo } from '../../src/mongo/connect.ts';
import { openTestProvider } from './provider.ts';

const { MONGODB_URI = '', PORT = '', ISSUER = '' } = process.env;
await openTestProvider({ db: await connectMongo(MONGODB_URI), port: Number(PORT), issuer: ISSUER });
process.stdout.write(`listening ${process.pid}\n`);
