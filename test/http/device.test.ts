import { expect } from 'chai';
import { deviceOf } from '../../src/http/device.ts';

const MOZILLA = 'Mozilla/5.0';
const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';

describe('http/device', () => {
  for (const [userAgent, device] of [
    [`${MOZILLA} (Linux; Android 14; Pixel 8) ${WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36`, 'Chrome (Android)'],
    [
      `${MOZILLA} (Linux; Android 14; SM-S918B) ${WEBKIT} SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36`,
      'Samsung Internet (Android)',
    ],
    [
      `${MOZILLA} (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1`,
      'Safari (iOS)',
    ],
    [`${MOZILLA} (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0`, 'Firefox (Windows)'],
    [`${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0`, 'Microsoft Edge (Windows)'],
    [
      `${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15`,
      'Safari (macOS)',
    ],
    [`${MOZILLA} (X11; Linux x86_64)`, 'Linux'],
  ] as const)
    it(`names ${device}`, () => expect(deviceOf(userAgent)).to.equal(device));

  for (const userAgent of [
    undefined,
    '',
    'node',
    'curl/8.0',
    `${MOZILLA} (compatible; Evil<b>x</b>/1.0; +http://evil.example)`,
    'Buy <a href="https://evil.example">gold</a>/1.0',
    'Firefox',
    'a'.repeat(100_000),
    `${'('.repeat(50_000)} Chrome/1`,
    '\u0000\u202e',
  ])
    it(`repeats nothing that a stranger made up: ${userAgent?.slice(0, 40)}`, () =>
      expect(deviceOf(userAgent)).to.match(/^(?:Firefox|Linux|)$/));
});
