import { expect } from 'chai';
import { objectionFrom, objectionOf, shown } from '../../../src/account-changes/addresses/objection.ts';
import { newAddress } from '../../support/people.ts';
import { commit, makeAccount, sharedServer, visitOf } from '../../support/shared-server.ts';
import { codeOf, failure } from '../../support/store-parts.ts';

const address = (whole: string) => ({ address: whole, canonical: whole });
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

describe('account-changes/addresses/objection', () => {
  const changed = async (freeze = true) => {
    const { deps } = await sharedServer();
    const { id, email } = await makeAccount({
      methods: [
        { id: 'email', method: 'email' },
        { id: 'a-phone', method: 'text', phone: '+12025550123', name: 'Old' },
        { id: 'an-app', method: 'app', secret: SECRET, lastStep: 0 },
      ],
    });
    await commit([deps.accounts.changeEmail(id, address(email), address(newAddress()))]);
    if (freeze) await commit([deps.accounts.freeze(id, email)]);
    return { id, email, find: async () => (await deps.accounts.find(id))! };
  };

  it('rests on what was there before the change, and on nothing while nobody objects', async () => {
    const { email, find } = await changed();
    const { former, proofs } = objectionFrom(await find());
    expect(former).to.equal(email);
    expect(proofs).to.deep.equal([
      { id: 'email', method: 'email', to: email, name: undefined },
      { id: 'a-phone', method: 'text', to: '+12025550123', name: 'Old' },
      { id: 'an-app', method: 'app', to: undefined, name: undefined },
      { id: 'backup-code', method: 'backup-code' },
    ]);
    expect(JSON.stringify(proofs)).not.to.contain(SECRET);
    expect(objectionFrom(await (await changed(false)).find())).to.deep.equal({ former: '', proofs: [] });
  });

  it('has no backup code among its proofs where that was spent', async () => {
    const { deps } = await sharedServer();
    const { id, find } = await changed();
    await commit([deps.accounts.useBackupCode(id, 'a hash')]);
    expect(objectionFrom(await find()).proofs.map(({ method }) => method)).not.to.include('backup-code');
  });

  it('is over when it was settled, or another change followed', async () => {
    const { deps } = await sharedServer();
    const { id, email } = await changed();
    const visit = visitOf({ from: { accountId: id, former: email, proofs: [] } });
    expect((await objectionOf(deps, visit)).former.email).to.equal(email);
    expect(
      codeOf(await failure(objectionOf(deps, visitOf({ from: { accountId: id, former: 'other@people.test', proofs: [] } })))),
    ).to.equal('changed_elsewhere');
    await commit([deps.accounts.confirmEmail(id, address(email))]);
    expect(codeOf(await failure(objectionOf(deps, visit)))).to.equal('changed_elsewhere');
  });

  it('shows phones and mailboxes by their ends alone', () => {
    expect(shown({ id: 'a', method: 'text', to: '+12025550123', name: 'Old' })).to.include({ to: '•••23', name: 'Old' });
    expect(shown({ id: 'email', method: 'email', to: 'ana@people.test' })).to.include({ to: 'a•••@people.test' });
    expect(shown({ id: 'backup-code', method: 'backup-code' }).to).to.equal(undefined);
  });
});
