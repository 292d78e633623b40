import { expect } from 'chai';
import { MODELS, OFFLINE_LIFETIME } from '../../src/oidc-store/models.ts';

const DAY = 24 * 3600;
const CLOCK_TOLERANCE = 15;

describe('oidc-store/models', () => {
  it('gives every model a collection of its own', () => {
    const collections = Object.values(MODELS).map(({ collection }) => collection);
    expect(new Set(collections).size).to.equal(collections.length);
  });

  it('removes nothing that the library may still count as good', () => {
    for (const [name, { slack }] of Object.entries(MODELS)) expect(slack, name).to.be.greaterThan(CLOCK_TOLERANCE);
  });

  it('remembers a code as long as the tokens it gave, and a pushed request beyond a sign-up of a week', () => {
    expect(MODELS.AuthorizationCode!.slack).to.be.greaterThan(OFFLINE_LIFETIME);
    expect(MODELS.PushedAuthorizationRequest!.slack).to.be.greaterThan(7 * DAY);
  });

  it('closes whole what holds raw cookies, interaction ids, or what a person typed', () => {
    for (const name of ['Session', 'Interaction', 'PushedAuthorizationRequest'])
      expect(MODELS[name], name).to.have.property('sealed', true);
  });
});
