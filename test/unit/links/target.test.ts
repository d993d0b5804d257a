import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseTargetPath, targetPath } from '../../../src/links/target.js';

const name = fc
  .string({ minLength: 1, unit: 'binary' })
  .filter((text) => !/[/\0]/.test(text) && text !== '.' && text !== '..');

describe('targets', () => {
  it('are written in characters of web addresses', () => {
    assert.equal(
      targetPath({ drive: 'films', path: '/2026/新 片?#%.mkv' }),
      '/d/films/2026/%E6%96%B0%20%E7%89%87%3F%23%25.mkv',
    );
  });

  it('are read as they were written', () => {
    fc.assert(
      fc.property(name, fc.array(name, { minLength: 1, maxLength: 4 }), (drive, names) => {
        const target = { drive, path: `/${names.join('/')}` };
        assert.deepEqual(parseTargetPath(targetPath(target)), target);
      }),
    );
  });

  const none = [
    ...['/', '/d/', '/d/films', '/d/films/', '/x/films/a.mkv', 'd/films/a', '/d//a.mkv', '/d/films/a/'],
    ...[
      '/d/films/../a',
      '/d/films/%2e%2e/a',
      '/d/films/a%2Fb',
      '/d/films/%00',
      '/d/films/%ff',
      '/d/films/./a',
    ],
  ];
  for (const path of none) {
    it(`are not behind ${path}`, () => assert.equal(parseTargetPath(path), null));
  }

  it('with half a character in their name are named without it', () => {
    assert.equal(targetPath({ drive: 'films', path: '/\ud800' }), '/d/films/%EF%BF%BD');
  });
});
