import { expect } from 'chai';
import { axeViolations } from '../support/axe.ts';
import { type GalleryBrowser, openGallery } from '../support/gallery-browser.ts';

/** What single pages do; what is judged of every page is in `gallery-ways-in.test.ts` and `gallery-others.test.ts`. */
describe('pages in a browser', function () {
  this.timeout(60_000);
  let gallery: GalleryBrowser;
  let page: GalleryBrowser['page'];
  let open: GalleryBrowser['open'];

  before(async () => {
    gallery = await openGallery();
    ({ page, open } = gallery);
  });
  after(() => gallery?.close());

  // What happened: a pale band stood between a short page and its footer.
  it('is of one colour down to the footer where it has no edge', async () => {
    await page.setViewportSize({ width: 390, height: 2000 });
    await open('sign-in/too-weak');
    const colour = await page.evaluate(`getComputedStyle(
      document.elementFromPoint(195, document.querySelector('.footer').getBoundingClientRect().top - 4)).backgroundColor`);
    expect(colour).to.equal('rgb(255, 255, 255)');
    await page.setViewportSize({ width: 320, height: 640 });
  });

  it('puts the focus on the list of problems, and from there on the field', async () => {
    await open('sign-up/email (invalid)');
    expect(await page.evaluate('document.activeElement.className')).to.equal('error-summary');
    await page.getByRole('link', { name: 'Enter an email address in the correct format' }).click();
    expect(await page.evaluate('document.activeElement.id')).to.equal('email');
  });

  it('puts the focus there without scripts too, and shows nothing that needs them', async () => {
    const bare = await gallery.browser.newContext({ javaScriptEnabled: false });
    const still = await bare.newPage();
    for (const name of [
      'steps/new-backup-code',
      'steps/authenticator (set up)',
      'steps/new-password',
      'sign-in/password',
      'static/terms',
    ]) {
      await still.goto(gallery.urlOf(name));
      for (const words of ['Print', 'Copy', 'Copy the key', 'Show password'])
        expect(await still.getByText(words, { exact: true }).isVisible(), `${name}: ${words}`).to.equal(false);
    }
    await still.goto(gallery.urlOf('steps/delivery'));
    expect(await still.getByLabel('U.S. mobile phone number').isVisible()).to.equal(true);
    await still.goto(gallery.urlOf('sign-up/email (invalid)'));
    expect(await still.locator('.error-summary:focus').count()).to.equal(1);
    await bare.close();
  });

  it('shows the password when asked, hides it again when the form is sent', async () => {
    await open('steps/new-password');
    const field = page.getByLabel('Password', { exact: true });
    await page.getByLabel('Show password').check();
    expect(await field.getAttribute('type')).to.equal('text');
    await page.evaluate(`document.forms[1].addEventListener('submit', (event) => event.preventDefault())`);
    await page.getByRole('button', { name: 'Submit' }).click();
    expect(await field.getAttribute('type')).to.equal('password');
  });

  it('ticks the password rules while typing', async () => {
    await open('steps/new-password');
    const met = () => page.evaluate(`[...document.querySelectorAll('.rule-met')].map((item) => item.dataset.rule)`);
    await page.getByLabel('Password', { exact: true }).fill('abc');
    expect(await met()).to.deep.equal(['lowercase', 'too-long']);
    await page.getByLabel('Password', { exact: true }).fill('correct Horse battery');
    expect(await met()).to.deep.equal(['length', 'uppercase', 'lowercase', 'special', 'too-long']);
  });

  it('asks for a phone number where text messages are chosen', async () => {
    await open('steps/delivery');
    const phone = page.getByLabel('U.S. mobile phone number');
    expect(await phone.isVisible()).to.equal(false);
    await page.getByLabel('Text message').check();
    expect(await phone.isVisible()).to.equal(true);
  });

  it('takes a code that is pasted with spaces, and a name it is found by', async () => {
    await open('steps/email-code');
    const code = page.getByLabel('Secure one-time password');
    await code.fill('  123 456  ');
    expect(await code.inputValue()).to.equal('  123 456  ');
    expect(await code.getAttribute('autocomplete')).to.equal('one-time-code');
    expect(await code.getAttribute('inputmode')).to.equal('numeric');
  });

  it('sends a form once when its button is clicked twice, and never switches the button off', async () => {
    let sent = 0;
    await page.route('**/interaction/**', async (route) => {
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
      await route.fulfill({ status: 204 });
    });
    await open('steps/questions');
    await page.getByRole('button', { name: 'Submit' }).dblclick();
    await page.waitForFunction('document.readyState === "complete"');
    expect(sent).to.equal(1);
    expect(await page.getByRole('button', { name: 'Submit' }).isEnabled()).to.equal(true);
    await page.unroute('**/interaction/**');
  });

  it('has axe find a field without a name', async () => {
    await open('sign-up/email');
    await page.evaluate(`document.querySelector('label[for=email]').remove()`);
    const found = (await axeViolations(page)).find(({ id }) => id === 'label');
    expect(found?.nodes).to.have.length(1);
    expect(found?.nodes[0]?.target).to.deep.equal(['#email']);
    expect(found?.nodes[0]?.failureSummary).to.match(/label/);
  });

  it('has axe find words that are too pale, but not where others see to the colours', async () => {
    await open('sign-up/email');
    await page.evaluate(`document.querySelector('h1').style.color = '#ccc'`);
    expect((await axeViolations(page)).map(({ id }) => id)).to.deep.equal(['color-contrast']);
    expect(await axeViolations(page, { without: ['color-contrast'] })).to.deep.equal([]);
  });

  it('breaks no rule of its content security policy and throws nothing', () => {
    expect(gallery.faults).to.deep.equal([]);
  });
});
