import { expect } from 'chai';
import { createLifetimes } from '../../src/oidc/lifetimes.ts';

const HOUR = 3600;

describe('oidc/lifetimes', () => {
  let now = 1_800_000_000;
  const lifetimes = createLifetimes({ session: { idleMinutes: 30, absoluteHours: 12 } }, () => new Date(now * 1000));
  const ttl = lifetimes.ttl as Record<string, (...given: unknown[]) => number>;
  const ctx = (entities: object) => ({ oidc: { entities } });
  beforeEach(() => {
    now = 1_800_000_000;
  });

  it('ends a session after 30 idle minutes, and 12 hours after the sign-in at the latest', () => {
    expect(ttl.Session!({}, {})).to.equal(HOUR / 2);
    expect(ttl.Session!({}, { loginTs: now })).to.equal(HOUR / 2);
    expect(ttl.Session!({}, { loginTs: now - 11.75 * HOUR })).to.equal(HOUR / 4);
    expect(ttl.Session!({}, { loginTs: now - 13 * HOUR })).to.equal(1);
    expect(lifetimes.sessionEnd(now - 11.75 * HOUR)).to.equal(now + HOUR / 4);
    expect(lifetimes.isOver(now - 12 * HOUR + 1)).to.equal(false);
    expect(lifetimes.isOver(now - 12 * HOUR)).to.equal(true);
    expect(lifetimes.isOver(undefined)).to.equal(true);
  });

  it('moves the end of a session by a minute at least, or by a twentieth of a short idle time', () => {
    const moves = (idleMinutes: number, seconds: number) =>
      createLifetimes({ session: { idleMinutes, absoluteHours: 12 } }, () => new Date(now * 1000)).isWorthMoving(now, now + seconds);
    expect([30, 30, 60, 1, 1].map((minutes, index) => moves(minutes, [59, 60, 60, 2, 3][index]!))).to.deep.equal([
      false,
      true,
      true,
      false,
      true,
    ]);
    expect(moves(30, -1)).to.equal(false);
  });

  it('ends a family of refresh tokens at one moment, however often they are rotated', () => {
    const bound = { expiresWithSession: true, authTime: now - 2 * HOUR };
    const lasting = { expiresWithSession: false, authTime: now, iiat: now };
    const ends = (token: object) => now + ttl.RefreshToken!({}, token);
    const [first, second] = [ends(bound), ends(lasting)];
    now += 5 * HOUR;
    expect([ends(bound), ends(lasting)]).to.deep.equal([first, second]);
    expect(first).to.equal(1_800_000_000 + 10 * HOUR);
    now += 5 * HOUR;
    expect(ttl.RefreshToken!({}, bound)).to.equal(1);
  });

  it('gives access tokens an hour, an API’s its own time, and none more than is left of the session', () => {
    const token = (more: object) => ({ expiresWithSession: true, ...more });
    expect(ttl.AccessToken!(ctx({ AuthorizationCode: { authTime: now } }), token({}))).to.equal(HOUR);
    expect(ttl.AccessToken!(ctx({ RefreshToken: { authTime: now } }), token({ resourceServer: { accessTokenTTL: 300 } }))).to.equal(300);
    expect(ttl.AccessToken!(ctx({ RefreshToken: { authTime: now - 12 * HOUR + 60 } }), token({}))).to.equal(60);
    expect(ttl.AccessToken!(ctx({ RefreshToken: { authTime: now - 24 * HOUR } }), token({ expiresWithSession: false }))).to.equal(HOUR);
  });

  it('keeps a sign-up open for 7 days, other pages for an hour', () => {
    expect(ttl.Interaction!({}, { prompt: { name: 'create' } })).to.equal(7 * 24 * HOUR);
    expect(ttl.Interaction!({}, { prompt: { name: 'change' } })).to.equal(HOUR / 2);
    for (const name of ['login', 'account-type', 'consent']) expect(ttl.Interaction!({}, { prompt: { name } })).to.equal(HOUR);
  });

  it('keeps a grant longer than any token it gives', () => {
    expect(lifetimes.ttl.Grant).to.be.greaterThan(ttl.RefreshToken!({}, { expiresWithSession: false, iiat: now }));
  });
});
