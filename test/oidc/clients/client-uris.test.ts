import { expect } from 'chai';
import { internalHost, isLoopback, uriFault } from '../../../src/oidc/clients/client-uris.ts';

describe('oidc/clients/client-uris', () => {
  it('takes addresses that mean what they say', () => {
    for (const uri of [
      'https://a.example/cb',
      'https://a.example:8443/cb?x=1&y=%20',
      'https://a.example/@me?to=https://b@c.example',
      'com.example.app:/cb',
      'http://[::1]:3000/',
    ])
      expect(uriFault(uri), uri).to.equal(undefined);
  });

  for (const [uri, reason] of [
    [5, /must be an address/],
    [`https://a.example/${'x'.repeat(2048)}`, /2048/],
    ['/cb', /absolute/],
    ['', /visible|absolute/],
    ['https://', /absolute/],
    ['https://a.example/cb#x', /fragment/],
    ['https://a.example/cb#', /fragment/],
    ['https://*.example/cb', /wildcard/],
    ['https://a.example/*', /wildcard/],
    ['https:a.example/cb', /two slashes/],
    ['HTTP:/a.example/cb', /two slashes/],
    ['https:///a.example/cb', /two slashes/],
    ['https://@evil.example/', /user name/],
    ['https://good.example@evil.example/', /user name/],
    ['https://:x@evil.example/', /user name/],
    ['https://a.example\\@evil.example/', /backslash/],
    [' https://a.example/', /visible/],
    ['https://a.exa\nmple/', /visible/],
    ['https://a.example/\u202egnp', /visible/],
    ['https://exаmple.org/', /visible/],
  ] as const)
    it(`refuses ${JSON.stringify(uri).slice(0, 60)}`, () => expect(uriFault(uri)).to.match(reason));

  it('knows this machine by its names', () => {
    for (const host of ['localhost', 'localhost.', 'app.localhost', 'LOCALHOST', '127.0.0.1', '127.8.8.8', '[::1]'])
      expect(isLoopback(host), host).to.equal(true);
    for (const host of ['a.example', 'localhost.example', '128.0.0.1', '[::2]', '127.0.0.1.example'])
      expect(isLoopback(host), host).to.equal(false);
  });

  it('knows what looks as if it were inside', () => {
    for (const uri of ['https://10.0.0.1', 'https://0x7f000001', 'https://2130706433', 'https://[fd00::1]', 'https://8.8.8.8'])
      expect(internalHost(new URL(uri).hostname), uri).to.equal('address');
    for (const host of [
      'localhost',
      'db',
      'db.',
      'a.local',
      'a.internal',
      'metadata.google.internal',
      'a.lan',
      'x.home.arpa',
      'a.localhost',
    ])
      expect(internalHost(host), host).to.equal('name');
    for (const host of ['a.example', 'local.example', 'internal.example', 'thelocal.org'])
      expect(internalHost(host), host).to.equal(undefined);
  });
});
