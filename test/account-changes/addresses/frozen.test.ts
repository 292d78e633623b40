import { expect } from 'chai';
import { frozen } from '../../../src/account-changes/addresses/frozen.ts';
import type { AnyStep } from '../../../src/journey/journey.ts';
import { press, sharedServer, visitOf } from '../../support/shared-server.ts';

describe('account-changes/addresses/frozen', () => {
  it('has a way to settle it, and no way on', async () => {
    const { deps } = await sharedServer();
    expect(await frozen.show(deps, visitOf())).to.deep.equal({ settleUrl: '/account/change/settle-email' });
    expect(await press(frozen as unknown as AnyStep, visitOf())).to.deep.equal({
      kind: 'refuse',
      error: 'access_denied',
      page: '/account',
    });
    expect(frozen.revisit).to.equal(undefined);
  });
});
