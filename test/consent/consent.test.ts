import { expect } from 'chai';
import { consent } from '../../src/consent/consent.ts';
import { answerOf, INTERACTION, press, sharedServer, visitOf } from '../support/shared-server.ts';

describe('consent/consent', () => {
  const client = {
    ...INTERACTION.client,
    name: 'A Shop',
    uri: 'https://shop.example',
    redirectOrigins: ['https://xn--shp-0na.example:8443'],
  };
  const visit = () => visitOf({}, { interaction: { ...INTERACTION, client, scopesAsked: ['openid', 'email'] } });

  it('says who asks for what', async () => {
    const { deps } = await sharedServer();
    expect(await consent.show(deps, visit())).to.deep.include({
      clientName: 'A Shop',
      clientUri: 'https://shop.example',
      host: 'xn--shp-0na.example:8443',
      scopes: ['openid', 'email'],
    });
  });

  it('names no host where an app on the device is told', async () => {
    const { deps } = await sharedServer();
    for (const origin of ['http://127.0.0.1:5000', 'com.example.app:']) {
      const interaction = { ...INTERACTION, client: { ...client, redirectOrigins: [origin] } };
      expect(await consent.show(deps, visitOf({}, { interaction }))).to.have.property('host', undefined);
    }
  });

  it('allows what was shown, or refuses all of it', async () => {
    expect(answerOf(await press(consent, visit()))).to.deep.equal({ scopes: ['openid', 'email'] });
    expect(await press(consent, visit(), {}, 'decline')).to.deep.equal({ kind: 'refuse', error: 'access_denied' });
  });
});
