import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** What each folder may import besides itself. `drivers` alone is its table of kinds; type-only imports count. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  store: ['lib', 'driver/credential-store'],
  net: ['lib'],
  driver: ['lib'],
  'drivers/*': ['driver', 'net', 'lib', 'drivers/oss'],
  'drivers/index': ['drivers/*', 'driver', 'net', 'lib'],
  content: ['driver', 'net', 'store', 'lib'],
  metadata: ['driver', 'store', 'lib'],
  upload: ['driver', 'store', 'lib'],
  // Makes files elsewhere without a daemon's parts: from what a drive shows to what a drive is owed; names as programs type them.
  rapid: ['driver', 'content', 'metadata', 'upload', 'vfs/typed-names', 'lib'],
  vfs: ['driver', 'metadata', 'content', 'upload', 'lib'],
  links: ['lib'],
  fuse: ['vfs', 'lib'],
  control: ['lib'],
  // Looks at everything that can be wrong, with a daemon or without one.
  doctor: ['lib', 'net', 'config', 'driver/credential-store', 'fuse/mount-table'],
  config: ['lib', 'drivers/index', 'upload/junk', 'upload/queue/bandwidth-schedule'],
  cli: ['control/client', 'config', 'lib'],
  daemon: [
    'lib',
    'store',
    'net',
    'driver',
    'drivers/index',
    'content',
    'metadata',
    'rapid',
    'upload',
    'vfs',
    'fuse',
    'links',
    'control',
    'config',
    'doctor',
  ],
  main: ['cli'],
};

/** Commands that work without a running daemon may start one, or its parts, themselves. */
const CLI_FILES_WITH_DAEMON = ['cli/run', 'cli/login', 'cli/doctor'];

interface Import {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}

/** Every relative import of a file, types included, as paths below src without extension. */
export function importsOf(name: string, text: string): Import[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.filter((found) => found.fileName.startsWith('.'))
    .map((found) => ({
      from: name.replace(/\.ts$/, ''),
      to: relative(SRC, resolve(SRC, dirname(name), found.fileName)).replace(/\.js$/, ''),
    }));
}

function roomOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  if (first !== 'drivers') return first;
  return second === 'index' ? 'drivers/index' : `drivers/${second}`;
}

function isAllowed({ from, to }: Import): boolean {
  const room = roomOf(from);
  if (room === roomOf(to)) return true;
  if (CLI_FILES_WITH_DAEMON.includes(from) && roomOf(to) === 'daemon') return true;
  const rule = ALLOWED[room] ?? ALLOWED[room.replace(/\/.*$/, '/*')] ?? [];
  return rule.some((entry) => {
    if (entry === 'drivers/*') return roomOf(to).startsWith('drivers/');
    return to === entry || to.startsWith(`${entry}/`);
  });
}

describe('layer rule', () => {
  it('holds for every import', () => {
    const files = sourceFiles();
    assert.ok(files.length > 5, 'no sources found');
    const broken = files
      .flatMap((name) => importsOf(name, readFileSync(join(SRC, name), 'utf8')))
      .filter((found) => !isAllowed(found))
      .map(({ from, to }) => `${from} must not import ${to}`);
    assert.deepEqual(broken, []);
  });

  it('finds a planted violation, type-only imports included', () => {
    const planted = importsOf('net/planted.ts', "import type { Tree } from '../metadata/tree.js';");
    assert.deepEqual(planted.map(isAllowed), [false]);
    assert.deepEqual(importsOf('drivers/a/x.ts', "export { y } from '../b/y.js';").map(isAllowed), [false]);
  });

  it('has a rule for every folder', () => {
    const rooms = new Set(sourceFiles().map((name) => roomOf(name.replace(/\.ts$/, ''))));
    const unknown = [...rooms].filter((room) => !(room in ALLOWED) && !/^drivers\/(?!index)/.test(room));
    assert.deepEqual(unknown, []);
  });

  it('keeps the FUSE binding behind one file', () => {
    const users = sourceFiles().filter((name) =>
      /from 'fuse-native'/.test(readFileSync(join(SRC, name), 'utf8')),
    );
    assert.deepEqual(users, ['fuse/binding.ts']);
  });
});
