import { expect } from 'chai';
import fc from 'fast-check';
import { generate } from 'otplib';
import qrcode from 'qrcode';
import { createSecret, groupSecret, otpauthUri, qrSvg, verifyAuthenticatorCode } from '../../src/second-factor/authenticator.ts';

describe('authenticator apps', () => {
  const at = new Date('2026-11-22T12:00:10Z');
  const step = Math.floor(at.getTime() / 30_000);
  const secret = createSecret();
  const codeAt = (seconds: number) => generate({ secret, epoch: Math.floor(at.getTime() / 1000) + seconds });

  it('makes secrets of 160 bits in base32, each its own', () => {
    expect(secret).to.match(/^[A-Z2-7]{32}$/);
    expect(new Set(Array.from({ length: 100 }, createSecret)).size).to.equal(100);
    expect(groupSecret(secret)).to.have.length(8);
    expect(groupSecret(secret).join('')).to.equal(secret);
  });

  it('writes an otpauth URI with issuer, label and secret', () => {
    const uri = new URL(otpauthUri({ issuer: 'USCIS: Account', account: 'ana+1@x.test', secret }));
    expect(uri.protocol).to.equal('otpauth:');
    expect(uri.host).to.equal('totp');
    expect(decodeURIComponent(uri.pathname)).to.equal('/USCIS Account:ana+1@x.test');
    expect(uri.searchParams.get('issuer')).to.equal('USCIS Account');
    expect(uri.searchParams.get('secret')).to.equal(secret);
  });

  it('draws the URI as an SVG with a name, a view box and no style', async () => {
    const uri = otpauthUri({ issuer: 'USCIS', account: 'ana@x.test', secret });
    const svg = await qrSvg(uri, 'Code for <your> "app"');
    expect(svg).to.match(
      /^<svg role="img" aria-label="Code for &#60;your&#62; &#34;app&#34;" [^>]*viewBox="0 0 (\d+) \1"[^>]*><title>Code for &#60;your&#62; &#34;app&#34;<\/title>/,
    );
    expect(await qrSvg(uri)).to.match(/^<svg aria-hidden="true" /);
    expect(svg).not.to.match(/style|<script|\swidth=/);
    const modules = qrcode.create(uri, { errorCorrectionLevel: 'M' }).modules.size;
    expect(svg).to.include(`viewBox="0 0 ${modules + 8} ${modules + 8}"`);
  });

  it('accepts the current and the previous step, spaces and other digits allowed, and tells the step', async () => {
    const current = await codeAt(0);
    const previous = await codeAt(-30);
    expect(await verifyAuthenticatorCode({ secret, code: current, at })).to.deep.equal({ step });
    expect(await verifyAuthenticatorCode({ secret, code: ` ${current.slice(0, 3)} ${current.slice(3)} `, at })).to.deep.equal({ step });
    if (previous !== current) expect(await verifyAuthenticatorCode({ secret, code: previous, at })).to.deep.equal({ step: step - 1 });
  });

  for (const seconds of [-90, -60, 30, 60])
    it(`refuses the code of ${seconds} seconds away`, async () => {
      const near = [await codeAt(0), await codeAt(-30)];
      const code = await codeAt(seconds);
      expect(await verifyAuthenticatorCode({ secret, code, at })).to.deep.equal(
        near.includes(code) ? { step: near[0] === code ? step : step - 1 } : undefined,
      );
    });

  it('covers exactly two steps at their edges', async () => {
    const code = await codeAt(0);
    const verdictAt = async (seconds: number) =>
      (await verifyAuthenticatorCode({ secret, code, at: new Date(step * 30_000 + seconds * 1000) }))?.step;
    expect(await Promise.all([0, 29.999, 30, 59.999].map(verdictAt))).to.deep.equal([step, step, step, step]);
    expect(await Promise.all([-0.001, 60].map(verdictAt))).not.to.include(step);
  });

  it('refuses an accepted step and every earlier one', async () => {
    const current = await codeAt(0);
    const previous = await codeAt(-30);
    expect(await verifyAuthenticatorCode({ secret, code: current, at, afterStep: step })).to.equal(undefined);
    expect(await verifyAuthenticatorCode({ secret, code: previous, at, afterStep: step })).to.equal(undefined);
    expect(await verifyAuthenticatorCode({ secret, code: current, at, afterStep: step - 1 })).to.deep.equal({ step });
    if (previous !== current)
      expect(await verifyAuthenticatorCode({ secret, code: previous, at, afterStep: step - 1 })).to.equal(undefined);
    expect(await verifyAuthenticatorCode({ secret, code: current, at, afterStep: step + 1000 })).to.equal(undefined);
  });

  it('gives the values of RFC 6238, appendix B, cut to six digits', async () => {
    const rfc = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    for (const [seconds, code] of [
      [59, '287082'],
      [1111111109, '081804'],
      [1234567890, '005924'],
      [20000000000, '353130'],
    ] as const)
      expect(await verifyAuthenticatorCode({ secret: rfc, code, at: new Date(seconds * 1000) })).to.deep.equal({
        step: Math.floor(seconds / 30),
      });
  });

  it('never throws on what is typed, and accepts nothing but the two codes', async () => {
    const right = [await codeAt(0), await codeAt(-30)];
    const typed = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'0123456789 '), minLength: 5, maxLength: 8 }),
    );
    await fc.assert(
      fc.asyncProperty(typed, async (code) => {
        if (!right.includes(code.replace(/\s/g, ''))) expect(await verifyAuthenticatorCode({ secret, code, at })).to.equal(undefined);
      }),
    );
  });

  it('throws for a stored secret gone bad, rather than calling every code wrong', async () => {
    const error = await verifyAuthenticatorCode({ secret: 'not base32!', code: '123456', at }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error);
  });
});
