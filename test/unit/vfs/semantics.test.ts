import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDERS = ['test/mount', 'test/unit/vfs', 'test/unit/fuse'];

/** Titles of tests; `${…}` in one stands for anything. */
function titles(): RegExp[] {
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(ROOT, folder, name), 'utf8')),
  );
  return sources.flatMap((source) =>
    [...source.matchAll(/\bit\(\s*(['`])(.+?)\1/g)].map(([, , title = '']) => {
      const parts = title.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return new RegExp(`^${parts.join('.+')}$`);
    }),
  );
}

/** What SEMANTICS.md puts in parentheses and quotes. */
function claims(): string[] {
  const text = readFileSync(join(ROOT, 'src/vfs/SEMANTICS.md'), 'utf8').replace(/\s+/g, ' ');
  return [...text.matchAll(/\(("[^"]+"(?:, "[^"]+")*)\)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  );
}

describe('SEMANTICS.md', () => {
  it('names tests that exist', () => {
    const known = titles();
    const named = claims();
    assert.ok(named.length > 30, `${named.length} claims found`);
    const missing = named.filter((claim) => !known.some((title) => title.test(claim)));
    assert.deepEqual(missing, []);
  });

  it('puts nothing in quotes but the titles of tests', () => {
    const text = readFileSync(join(ROOT, 'src/vfs/SEMANTICS.md'), 'utf8').replace(/\s+/g, ' ');
    assert.equal([...text.matchAll(/"[^"]+"/g)].length, claims().length);
  });
});
