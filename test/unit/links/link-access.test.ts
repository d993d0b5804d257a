import assert from 'node:assert/strict';
import { LinkAccess } from '../../../src/links/link-access.js';

const TOKEN = 'a token that nobody guesses';
const FILM = { drive: 'films', path: '/2026/片.mkv' };
const NOTHING = { token: null, sign: null };

describe('LinkAccess', () => {
  const access = new LinkAccess(TOKEN);

  it('opens everything to the token', () => {
    assert.ok(access.allows(FILM, { ...NOTHING, token: TOKEN }));
    assert.ok(access.allows(null, { ...NOTHING, token: TOKEN }));
  });

  it('opens one file to its signature, and no other', () => {
    const sign = access.sign(FILM);
    assert.ok(access.allows(FILM, { ...NOTHING, sign }));
    for (const other of [{ ...FILM, path: '/2026/b.mkv' }, { ...FILM, drive: 'music' }, null]) {
      assert.equal(access.allows(other, { ...NOTHING, sign }), false);
    }
  });

  it('opens nothing to anything else', () => {
    const wrong = ['', TOKEN.slice(0, -1), `${TOKEN} `, TOKEN.toUpperCase(), 'é'.repeat(30)];
    for (const token of wrong) assert.equal(access.allows(FILM, { ...NOTHING, token }), false, token);
    for (const sign of [TOKEN, access.sign(FILM).slice(1)]) {
      assert.equal(access.allows(FILM, { ...NOTHING, sign }), false, sign);
    }
    assert.equal(access.allows(FILM, NOTHING), false);
    assert.equal(access.allows(null, { ...NOTHING, sign: access.sign({ drive: '', path: '' }) }), false);
  });

  it('signs otherwise with another token', () => {
    assert.notEqual(new LinkAccess('another').sign(FILM), access.sign(FILM));
    assert.match(access.sign(FILM), /^[\w-]{22}$/);
  });
});
