import { expect } from 'chai';
import type { Client } from 'oidc-provider';
import { askingSector, isSectorAsked, sectorOf } from '../../../src/oidc/clients/sector.ts';

const client = (more: object) => ({ clientId: 'app', sectorIdentifier: 'host.example', ...more }) as unknown as Client;

describe('oidc/clients/sector', () => {
  it('OP-09: is the host that the library says, and an app’s own where it has none', () => {
    expect(sectorOf(client({ redirectUris: ['https://host.example/cb'] }))).to.equal('host.example');
    expect(sectorOf(client({ applicationType: 'native', redirectUris: ['https://host.example/cb'] }))).to.equal('host.example');
    expect(sectorOf(client({ applicationType: 'native', redirectUris: ['com.example.app:/cb'] }))).to.equal('app app');
    const listed = { applicationType: 'native', sectorIdentifierUri: 'https://host.example/list', redirectUris: ['com.example.app:/cb'] };
    expect(sectorOf(client(listed))).to.equal('host.example');
  });

  it('is asked for its addresses where somebody says so, and by nobody beside', async () => {
    const inside = askingSector(async () => {
      await Promise.resolve();
      return isSectorAsked();
    });
    expect([isSectorAsked(), await inside, isSectorAsked()]).to.deep.equal([false, true, false]);
  });
});
