import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { leaveSettings, settingsOf } from '../../scripts/settings.ts';

describe('scripts/settings', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'settings-test-'));
  after(() => rmSync(folder, { recursive: true }));

  it('has in development what the provider that runs was started with, where the environment says nothing else', () => {
    const takeBack = leaveSettings(folder, { MONGODB_URI: 'mongodb://here/', ISSUER: 'http://localhost:3000', DEMO_URL: 'x', SHELL: 'sh' });
    expect(statSync(path.join(folder, 'settings.json')).mode & 0o777).to.equal(0o600);
    const here = { DATA_DIR: folder, ISSUER: 'http://localhost:4000', DEMO_URL: '' };
    expect(settingsOf(here)).to.deep.equal({
      MONGODB_URI: 'mongodb://here/',
      ISSUER: 'http://localhost:4000',
      DEMO_URL: 'x',
      DATA_DIR: folder,
    });
    for (const env of [
      { ...here, NODE_ENV: 'production' },
      { ...here, MONGODB_URI: 'mongodb://elsewhere/' },
    ])
      expect(settingsOf(env)).to.equal(env);
    takeBack();
    expect(settingsOf(here)).to.equal(here);
  });
});
