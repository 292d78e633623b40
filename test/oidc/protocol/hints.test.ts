/** What a service says beforehand of the person it sends: it shapes the page and decides nothing (OpenID Connect Core 3.1.2.1). */
import { expect } from 'chai';
import type { TestServer } from '../../support/server.ts';
import { sharedServer } from '../../support/shared-server.ts';
import { authorizeUrl, MYUSCIS } from '../../support/tour.ts';

describe('oidc: hints on the page to sign in', function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => {
    server = await sharedServer();
  });

  const pageFor = async (parameters: Record<string, string>) => {
    const visitor = server.visitor();
    await visitor.open(server.origin + authorizeUrl(MYUSCIS, parameters));
    return visitor.page();
  };
  const addressOn = ({ root }: Awaited<ReturnType<typeof pageFor>>) => root.querySelector('input[name=email]')?.getAttribute('value') ?? '';

  it('OP-06: login_hint fills in the address, and is only text', async () => {
    for (const hint of ['ana@people.test', `"><script>alert(1)</script>'&`, '+1 202 555 0123', 'é'.repeat(300)]) {
      const page = await pageFor({ login_hint: hint });
      expect(page.status, hint).to.equal(200);
      expect(addressOn(page), hint).to.equal(hint);
      expect(page.html, hint).not.to.include('<script>alert');
    }
    expect(addressOn(await pageFor({}))).to.equal('');
  });

  it('ui_locales chooses the first language that there is; display and what is unknown change nothing', async () => {
    const languageFor = async (parameters: Record<string, string>) =>
      (await pageFor(parameters)).root.querySelector('html')?.getAttribute('lang');
    for (const [ui_locales, language] of [
      ['es', 'es'],
      ['es-MX en', 'es'],
      ['fr xx es en', 'es'],
      ['fr', 'en'],
      ['"><b>', 'en'],
    ] as const)
      expect(await languageFor({ ui_locales }), ui_locales).to.equal(language);
    for (const parameters of [{ display: 'popup' }, { display: 'nonsense' }, { claims_locales: 'fr' }, { unknown: 'x'.repeat(1000) }])
      expect(await languageFor(parameters as Record<string, string>), JSON.stringify(parameters)).to.equal('en');
  });

  it('prompt=create begins with the sign-up, in the language wanted', async () => {
    const page = await pageFor({ prompt: 'create', ui_locales: 'es' });
    expect(page.url).to.match(/sign-up\/email$/);
    expect(page.root.querySelector('html')?.getAttribute('lang')).to.equal('es');
  });
});
