import assert from 'node:assert/strict';
import { shownAt } from '../../../src/daemon/shown-at.js';

describe('where a mount shows a path', () => {
  const whole = { path: '/mnt/films', layout: 'drive', drives: ['films'], folder: '/' } as const;
  const part = { ...whole, folder: '/2026' } as const;
  const several = { path: '/mnt', layout: 'drives', drives: ['films', 'music'], folder: '/' } as const;
  const cases = [
    [whole, 'films', '/', '/mnt/films'],
    [whole, 'films', '/a/b', '/mnt/films/a/b'],
    [whole, 'music', '/a', null],
    [part, 'films', '/2026', '/mnt/films'],
    [part, 'films', '/2026/a', '/mnt/films/a'],
    [part, 'films', '/20266/a', null],
    [part, 'films', '/', null],
    [several, 'music', '/', '/mnt/music'],
    [several, 'music', '/a', '/mnt/music/a'],
  ] as const;
  for (const [mount, drive, path, expected] of cases) {
    it(`${mount.drives.join(',')}:${mount.folder} shows ${drive}:${path} at ${String(expected)}`, () =>
      assert.equal(shownAt(mount, drive, path), expected));
  }
});
