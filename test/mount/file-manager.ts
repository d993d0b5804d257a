import { TESTER } from './library.js';
import { python } from './programs.js';

/** The trash of whoever runs the tests, in a drive. */
export const TRASH = `/.Trash-${TESTER.uid}`;

/** What file managers do, by the trash specification of freedesktop.org, in the order of calls of GIO and GVfs. */
const FILE_MANAGER = `
import random, shutil
top = at + '${TRASH}'
def free(name):
  stem, dot, extension = name.partition('.')
  for number in range(1, 100):
    yield name if number == 1 else stem + '.' + str(number) + dot + extension
def trash(path):
  for d in (top, top + '/files', top + '/info'): os.path.isdir(d) or os.mkdir(d, 0o700)
  for name in free(os.path.basename(path)):
    try: info = os.open(top + '/info/' + name + '.trashinfo', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError: continue
    break
  os.write(info, ('[Trash Info]\\nPath=' + path + '\\nDeletionDate=2026-11-21T12:00:00\\n').encode()); os.close(info)
  os.rename(at + '/' + path, top + '/files/' + name)
  sizes = top + '/directorysizes.' + str(random.random())
  with open(sizes, 'w') as f: f.write('0 0 ' + name)
  os.rename(sizes, top + '/directorysizes')
def restore(name):
  info = top + '/info/' + name + '.trashinfo'
  path = open(info).read().split('Path=')[1].split('\\n')[0]
  os.rename(top + '/files/' + name, at + '/' + path); os.unlink(info)
def empty():
  expunged = top + '/expunged'
  os.path.isdir(expunged) or os.mkdir(expunged, 0o700)
  for name in os.listdir(top + '/files'):
    item = expunged + '/' + str(random.randrange(2**31))
    os.rename(top + '/files/' + name, item); os.unlink(top + '/info/' + name + '.trashinfo')
    shutil.rmtree(item) if os.path.isdir(item) else os.unlink(item)
  os.rmdir(expunged)
def shown(): return ' '.join(sorted(os.listdir(top + '/files')))
`;

/** Runs Python in a mount, with `trash`, `restore`, `empty` and `shown` of a file manager; answers what it prints. */
export async function fileManager(mount: string, script: string): Promise<string> {
  return await python(mount, `${FILE_MANAGER}${script}`);
}
