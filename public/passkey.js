// Passkeys: asks the browser for one and posts its answer. Where this does not run, or the browser cannot, the page has other ways.
(() => {
  const { browserSupportsWebAuthn, startAuthentication, startRegistration } = window.SimpleWebAuthnBrowser ?? {};
  const form = document.querySelector('[data-passkey]');
  if (!form) return;
  if (!browserSupportsWebAuthn?.()) {
    const notice = document.querySelector('[data-no-passkeys]');
    if (notice) notice.hidden = false;
    return;
  }
  form.hidden = false;

  const said = form.querySelector('[data-said]');
  const creates = form.dataset.passkey === 'create';
  // What is to be signed is good for five minutes. A page that is older gets another, without losing what was typed on it.
  const OLD_MS = 4 * 60_000;
  let options = JSON.parse(form.dataset.options);
  let madeAt = Date.now();

  // The options, asked for again where they are too old; undefined where the page has moved on, which `moved` is then told.
  async function current(moved) {
    if (Date.now() - madeAt < OLD_MS) return options;
    // Where it leads on is not followed: begun anew behind this page, it would be gone for what the person sends from here.
    const answer = await fetch(form.dataset.page, { redirect: 'manual' });
    const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : '', 'text/html');
    const anew = page.querySelector('[data-passkey]');
    if (!anew) {
      moved();
      return undefined;
    }
    options = JSON.parse(anew.dataset.options);
    madeAt = Date.now();
    return options;
  }

  function send(credential) {
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  }

  // Waits, with the passwords that the browser knows for this address, until one of the passkeys is picked there.
  let renewal;
  async function offer() {
    clearTimeout(renewal);
    try {
      const optionsJSON = await current(() => {});
      if (!optionsJSON) return;
      renewal = setTimeout(offer, madeAt + OLD_MS - Date.now());
      send(await startAuthentication({ optionsJSON, useBrowserAutofill: true }));
    } catch {
      // Another request took its place, or the browser has none to offer: the button is still there.
    }
  }
  const autofills = form.hasAttribute('data-autofill');
  if (autofills) offer();

  const reasons = { NotAllowedError: 'cancelled', AbortError: 'cancelled', InvalidStateError: 'known' };
  let asking = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    said.textContent = '';
    try {
      const optionsJSON = await current(() => location.assign(form.dataset.page));
      if (optionsJSON) send(await (creates ? startRegistration({ optionsJSON }) : startAuthentication({ optionsJSON })));
    } catch (error) {
      said.textContent = said.dataset[reasons[error.name] ?? 'failed'];
      // What was asked for here took the place of what waits at the address.
      if (autofills) offer();
    } finally {
      asking = false;
    }
  });
})();
