/** Development: serves every page in every state with made-up models, to be looked at. `node scripts/gallery.ts [port]` */
import { createServer } from 'node:http';
import { galleryServer } from '../test/support/gallery-server.ts';

const port = Number(process.argv[2] ?? 3999);
createServer(galleryServer).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
