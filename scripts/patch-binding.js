/**
 * Lets the FUSE binding hand attributes to the kernel together with directory entries: `ls -l` of a large
 * folder then needs no request per entry. Without the patch everything works, slower.
 *
 * node scripts/patch-binding.js            changes node_modules/fuse-native/fuse-native.c; it must be built afterwards
 * node scripts/patch-binding.js --check    prints `patched` or `unpatched`: what the binding that loads was built from
 * A last argument names another folder of the binding.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ORIGINAL = `  return filler(
    buffer,
    name,
    stat,
    next_offset,
    (enum fuse_fill_dir_flags) 0
  );`;

/** Kept in the compiled binding, so that what was built can be told from what was only patched. */
const MARK = 'panfuse: directory entries carry attributes';

const PATCHED = `  static const char mark[] __attribute__((used)) = "${MARK}";
  (void) mark;
  return filler(
    buffer,
    name,
    stat,
    next_offset,
    (enum fuse_fill_dir_flags) (stat == NULL ? 0 : FUSE_FILL_DIR_PLUS)
  );`;

function patch(folder) {
  const path = join(folder, 'fuse-native.c');
  const source = readFileSync(path, 'utf8');
  if (source.includes(MARK)) return;
  const parts = source.split(ORIGINAL);
  if (parts.length !== 2) {
    console.error(`${path} is not the source this patch was made for; it stays as it is`);
    process.exitCode = 3;
    return;
  }
  writeFileSync(`${path}.new`, parts.join(PATCHED));
  renameSync(`${path}.new`, path);
}

/** A local build is what loads whenever it exists (lib/native-binding.js of the binding). */
function builtFrom(folder) {
  try {
    return readFileSync(join(folder, 'build/Release/fuse.node')).includes(MARK) ? 'patched' : 'unpatched';
  } catch (error) {
    if (error.code === 'ENOENT') return 'unpatched';
    throw error;
  }
}

const given = process.argv.slice(2);
const check = given[0] === '--check';
const folder = resolve(
  given[check ? 1 : 0] ?? join(import.meta.dirname, '..', 'node_modules', 'fuse-native'),
);
if (check) console.log(builtFrom(folder));
else patch(folder);
