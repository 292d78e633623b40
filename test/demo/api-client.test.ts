import { expect } from 'chai';
import { caseIds, sessionOf, signedIn, startDemo, type TestDemo } from './support/demo.ts';

describe('demo: asking its API', () => {
  let demo: TestDemo;
  beforeEach(async () => {
    demo = await startDemo();
  });
  afterEach(() => demo.stop());

  it('uses one access token until shortly before it ends, then refreshes and keeps the new refresh token', async () => {
    const browser = await signedIn(demo, 'ana');
    const session = sessionOf(demo, browser);
    const before = session.refreshToken;
    demo.provider.tokenRequests.length = 0;
    await browser.open(`${demo.url}/my-account`);
    expect(demo.provider.tokenRequests).to.deep.equal([]);
    demo.later(280_000);
    await browser.open(`${demo.url}/my-account`);
    expect(demo.provider.tokenRequests).to.deep.equal([`refresh_token ${demo.url}/api`]);
    expect(session.refreshToken).to.be.a('string').and.not.equal(before);
    session.api = undefined;
    expect(caseIds((await browser.open(`${demo.url}/my-account`)).text)).to.have.length(2);
  });

  it('sends a refresh token once, however many pages need it at the same time', async () => {
    const browser = await signedIn(demo, 'ana');
    demo.provider.tokenRequests.length = 0;
    sessionOf(demo, browser).api = undefined;
    const pages = await Promise.all(Array.from({ length: 12 }, () => browser.open(`${demo.url}/my-account`)));
    for (const page of pages) expect(caseIds(page.text)).to.have.length(2);
    expect(demo.provider.tokenRequests).to.have.length(1);
  });

  it('ends the session here and says so when the refresh token is no longer good', async () => {
    const browser = await signedIn(demo, 'ana');
    const session = sessionOf(demo, browser);
    session.api = undefined;
    session.refreshToken = 'replaced or revoked';
    const page = await browser.open(`${demo.url}/my-account`);
    expect(page.text).to.include('You have been signed out').and.include('href="/login"');
    expect((await browser.request(`${demo.url}/signout`)).status).to.equal(303);
  });

  it('shows who signed in, and that cases are missing, while the provider is away', async () => {
    const browser = await signedIn(demo, 'ana');
    sessionOf(demo, browser).api = undefined;
    await demo.provider.stop();
    const page = await browser.open(`${demo.url}/my-account`);
    expect(page.status).to.equal(200);
    expect(page.text).to.include('ana@example.org').and.include('Your cases cannot be shown right now.');
  });
});
