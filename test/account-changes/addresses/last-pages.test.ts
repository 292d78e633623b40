import { expect } from 'chai';
import { frozen, nothingFromBefore, nothingToSettle } from '../../../src/account-changes/addresses/last-pages.ts';
import type { AnyStep } from '../../../src/journey/journey.ts';
import { press, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('account-changes/addresses/last-pages', () => {
  for (const page of [frozen, nothingToSettle, nothingFromBefore])
    it(`have in "${page.name}" no way on`, async () => {
      expect(await press(page as unknown as AnyStep, visitOf())).to.deep.equal({
        kind: 'refuse',
        error: 'access_denied',
        page: '/account',
      });
      expect(Object.keys(page.actions)).to.deep.equal(['submit']);
      expect(page.revisit).to.equal(undefined);
    });

  it('have a way to settle it where a change was stopped, and nowhere else', async () => {
    const { deps } = await sharedServer();
    const shown = [frozen, nothingToSettle, nothingFromBefore].map((page) => page.show(deps, visitOf()));
    expect(await Promise.all(shown)).to.deep.equal([{ settleUrl: '/account/change/settle-email' }, {}, {}]);
  });
});
