import { expect } from 'chai';
import { newBackupCode } from '../../src/steps/new-backup-code.ts';
import { answerOf, press, sharedServer, visitOf } from '../support/shared-server.ts';

describe('steps/new-backup-code', () => {
  it('shows one code until it is answered, and keeps its hash alone', async () => {
    const { deps } = await sharedServer();
    const visit = visitOf();
    const { keep } = await newBackupCode.arrive!(deps, visit);
    const again = { ...visit, kept: keep };
    expect(await newBackupCode.arrive!(deps, again)).to.deep.equal({ keep });
    const { code, text } = (await newBackupCode.show(deps, again)) as { code: string[]; text: string };
    expect(code.join('-')).to.equal(text);
    const download = await press(newBackupCode, again, {}, 'download');
    expect(download).to.include({ kind: 'download', name: 'backup-code.txt' });
    expect(download.kind === 'download' && download.text).to.contain(text);
    const answer = answerOf(await press(newBackupCode, again));
    expect(Object.keys(answer)).to.deep.equal(['hash']);
    expect(await deps.passwords.verify(code.join(''), String(answer.hash))).to.equal(true);
  });
});
