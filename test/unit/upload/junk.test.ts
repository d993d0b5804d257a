import assert from 'node:assert/strict';
import { JUNK_PATTERNS, junkMatcher } from '../../../src/upload/junk.js';

describe('junkMatcher', () => {
  const isJunk = junkMatcher(JUNK_PATTERNS);

  for (const name of [
    ...['.DS_Store', 'thumbs.db', 'desktop.ini', '._film.mkv', 'film.mkv.part', 'a.crdownload', 'a.!qB'],
    ...['.~lock.letter.odt#', '.letter.txt.swp', 'letter.txt~', '.fuse_hidden0000000100000002'],
    ...['film.mkv.trashinfo', 'directorysizes'],
  ]) {
    it(`keeps ${name} here`, () => {
      assert.equal(isJunk(name), true);
    });
  }

  for (const name of ['film.mkv', 'DS_Store', 'part', 'film.part.mkv', 'a_.b', '~letter', 'axqB']) {
    it(`uploads ${name}`, () => {
      assert.equal(isJunk(name), false);
    });
  }

  it('keeps nothing here without patterns, and takes signs as they are', () => {
    assert.equal(junkMatcher([])('.DS_Store'), false);
    assert.equal(junkMatcher(['a.b', '(c)+'])('axb'), false);
    assert.equal(junkMatcher(['a.b', '(c)+'])('(C)+'), true);
  });
});
