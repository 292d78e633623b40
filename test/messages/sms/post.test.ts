import { expect } from 'chai';
import { later, post } from '../../../src/messages/sms/post.ts';
import { json, startHttpServer } from '../../support/http-server.ts';

describe('a post to a text message provider', () => {
  it('reads an answer that is a JSON object, and takes anything else as an empty one', async () => {
    const bodies = ['{"code":1}', '[1]', 'null', '"text"', '<html>', ''];
    const server = await startHttpServer((_, response, attempt) => response.writeHead(200).end(bodies[attempt - 1]));
    const read: unknown[] = [];
    for (const _ of bodies) {
      const answer = await post(server.url, { headers: {}, body: 'x' });
      read.push('json' in answer && { ...answer.json });
    }
    await server.close();
    expect(read).to.deep.equal([{ code: 1 }, { 0: 1 }, {}, {}, {}, {}]);
  });

  it('says when to come back as far as that is known', async () => {
    const server = await startHttpServer((_, response) => json(response, 429, {}, { 'retry-after': '7' }));
    const answer = await post(server.url, { headers: {}, body: 'x' });
    await server.close();
    if (!('status' in answer)) expect.fail('no answer');
    expect(later(answer, 'busy')).to.deep.equal({ outcome: 'later', detail: 'busy', afterSeconds: 7 });
    expect(later({ ...answer, retryAfter: '-1' }, 'busy')).to.deep.equal({ outcome: 'later', detail: 'busy' });
    expect(later({ ...answer, retryAfter: null }, 'busy')).to.deep.equal({ outcome: 'later', detail: 'busy' });
  });
});
