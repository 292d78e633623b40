import { expect } from 'chai';
import fc from 'fast-check';
import { createExemptions, networkKey } from '../../src/attempts/network-key.ts';

describe('networks', () => {
  for (const [ip, key] of [
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::203.0.113.7', '64:ff9b:0:0::/64'],
    ['', ''],
    ['unknown', 'unknown'],
  ] as const)
    it(`counts ${ip || 'nothing'} as ${key || 'nothing'}`, () => {
      expect(networkKey(ip)).to.equal(key);
      expect(networkKey(key)).to.equal(key);
    });

  it('counts two addresses of a /64 as one, and those of two as two', () => {
    const group = fc.integer({ min: 0, max: 0xffff }).map((number) => number.toString(16));
    const groups = (count: number) => fc.array(group, { minLength: count, maxLength: count });
    fc.assert(
      fc.property(groups(4), groups(4), groups(4), (prefix, one, other) => {
        fc.pre(prefix.some((part) => part !== '0'));
        expect(networkKey([...prefix, ...one].join(':'))).to.equal(networkKey([...prefix, ...other].join(':')));
        const next = [...prefix.slice(0, 3), (Number.parseInt(prefix[3] ?? '0', 16) ^ 1).toString(16)];
        expect(networkKey([...next, ...one].join(':'))).not.to.equal(networkKey([...prefix, ...one].join(':')));
      }),
    );
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (text) => void networkKey(text)));
  });

  it('exempts the networks it is given, and no other', () => {
    const isExempt = createExemptions(['198.51.100.0/24', '2001:db8:aa00::/40']);
    for (const ip of ['198.51.100.1', '198.51.100.255', '::ffff:198.51.100.9', '2001:db8:aa12:3::4', networkKey('2001:db8:aa12:3::4')])
      expect(isExempt(ip), ip).to.equal(true);
    for (const ip of ['198.51.101.1', '2001:db8:ab00::1', '', 'unknown', '::1']) expect(isExempt(ip), ip).to.equal(false);
    expect(createExemptions([])('198.51.100.1')).to.equal(false);
  });
});
