import { expect } from 'chai';
import { tooMany } from '../../../src/oidc/requests/too-many.ts';

describe('oidc/requests/too-many', () => {
  it('is a 429 that says when to come back, in a second at the least', () => {
    for (const [seconds, least, most] of [
      [90, 89, 90],
      [0.2, 1, 1],
      [-5, 1, 1],
    ] as const) {
      const headers = new Map<string, string>();
      const ctx = { set: (name: string, value: string) => void headers.set(name, value) };
      const refusal = tooMany(ctx, 'wishes', new Date(Date.now() + seconds * 1000));
      expect(refusal).to.include({ statusCode: 429, error: 'temporarily_unavailable' });
      expect(refusal.error_description).to.equal('too many wishes; try again later');
      expect(Number(headers.get('retry-after'))).to.be.within(least, most);
    }
  });
});
