/** An app on a device, which listens on a port that it is given when it starts (RFC 8252 7.3), in a real browser. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { configDir } from '../config/config-dir.ts';
import { openBrowser } from '../support/browser.ts';
import { completeQuickly } from '../support/newcomer.ts';
import { codeAfter, newAddress } from '../support/people.ts';
import { startServer, type TestServer } from '../support/server.ts';

const APP = {
  client_id: 'app',
  client_name: 'The App',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/cb'],
  first_party: true,
};

describe('walk: an app on a device, in a browser', function () {
  this.timeout(120_000);
  let server: TestServer;
  let browser: Browser;
  let app: Server;
  before(async () => {
    server = await startServer({ env: { CONFIG_DIR: configDir({ 'clients.json': [APP] }) } });
    browser = await openBrowser();
    app = createServer((_request, response) => response.end('back in the app'));
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    app?.closeAllConnections();
    app?.close();
  });

  it('OA-04: gets the answer at its port from the last button of the sign-in', async () => {
    const newcomer = server.visitor();
    await newcomer.open('/users/sign_up');
    const { email, password } = await completeQuickly(server, newcomer, newAddress(), { email: true });

    const callback = `http://127.0.0.1:${(app.address() as AddressInfo).port}/cb`;
    const page = await browser.newPage();
    const request = {
      client_id: APP.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 'a-state',
    };
    await page.goto(`${server.origin}/authorize?${new URLSearchParams(request)}`);
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(password);
    const code = await codeAfter(server, email, () => page.getByRole('button', { name: 'Sign In', exact: true }).click());
    await page.getByLabel('Secure one-time password').fill(code);
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL(`${callback}?*`, { timeout: 5000 });
    expect(Object.fromEntries(new URL(page.url()).searchParams)).to.include({ state: 'a-state', iss: server.origin });
  });
});
