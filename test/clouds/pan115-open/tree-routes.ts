import { contentHash, expectedBytes, type ContentSpec } from '../house/content.js';
import type { CloudClock } from '../house/cloud-clock.js';
import type { ControlInput, ControlRoute } from '../house/control.js';
import { ROOT, type Drive, type DriveItem, type NewFile } from '../house/drive.js';

type Body = ControlInput['body'];

/** What the control path can do with the tree: look, and change it as another client would. */
export function treeRoutes(drive: () => Drive, clock: CloudClock): ControlRoute[] {
  return [
    { method: 'GET', path: 'item', run: ({ query }) => find(drive(), Object.fromEntries(query)) },
    { method: 'GET', path: 'children', run: ({ query }) => children(drive(), Object.fromEntries(query)) },
    { method: 'GET', path: 'named', run: ({ query }) => named(drive(), query.get('name') ?? '') },
    { method: 'GET', path: 'bin', run: () => drive().trash() },
    { method: 'PUT', path: 'space', run: ({ body }) => setSpace(drive(), body) },
    ...editRoutes(drive, clock),
    ...contentRoutes(drive),
  ];
}

function editRoutes(drive: () => Drive, clock: CloudClock): ControlRoute[] {
  const id = (body: Body): string => find(drive(), body).id;
  const edit = (path: string, run: (body: Body) => unknown): ControlRoute => ({
    method: 'POST',
    path: `tree/${path}`,
    run: ({ body }) => run(body),
  });
  return [
    edit('file', (body) =>
      drive().addFile(text(body, 'parent', ROOT), text(body, 'name'), {
        created: clock.seconds(),
        ...(body as unknown as NewFile),
      }),
    ),
    edit('directory', (body) => drive().addDirectory(text(body, 'parent', ROOT), text(body, 'name'))),
    edit('rename', (body) => drive().rename(id(body), text(body, 'name'), clock.seconds())),
    edit('move', (body) => drive().move(id(body), text(body, 'parent'))),
    edit('remove', (body) => drive().remove(id(body), clock.seconds())),
    edit('restore', (body) => drive().restore(id(body))),
    edit('purge', (body) => drive().purge(id(body))),
    edit('replace', (body) => {
      const { size, content } = body as unknown as NewFile;
      const file = content === undefined ? { size } : { size, content };
      return drive().replace(id(body), file, clock.seconds());
    }),
  ];
}

function contentRoutes(drive: () => Drive): ControlRoute[] {
  return [
    {
      method: 'GET',
      path: 'content',
      run: ({ query }) => {
        const item = find(drive(), Object.fromEntries(query));
        const start = Number(query.get('start') ?? 0);
        const length = Math.min(Number(query.get('length') ?? item.size), item.size - start);
        return expectedBytes(contentOf(item), start, length);
      },
    },
    {
      method: 'GET',
      path: 'hash',
      run: async ({ query }) => {
        const item = find(drive(), Object.fromEntries(query));
        const algorithm = query.get('algorithm') === 'md5' ? 'md5' : 'sha1';
        return { hash: await contentHash(contentOf(item), item.size, algorithm) };
      },
    },
  ];
}

function contentOf(item: DriveItem): ContentSpec {
  return item.content ?? { kind: 'bytes', base64: '' };
}

function children(drive: Drive, where: Readonly<Record<string, unknown>>): readonly DriveItem[] {
  const isRoot = where['id'] === ROOT || where['path'] === '' || where['path'] === '/';
  return drive.children(isRoot ? ROOT : find(drive, where).id);
}

/** Everything outside the recycle bin with this name, wherever it lies. */
function named(drive: Drive, name: string): readonly DriveItem[] {
  return [...drive.descendants(ROOT)].filter((item) => item.name === name);
}

function setSpace(drive: Drive, body: Body): void {
  const total = body['total'];
  if (typeof total !== 'number' || !(total >= 0)) throw new RangeError('total must be a number of bytes');
  drive.total = total;
}

/** By id or by path. Throws RangeError. */
function find(drive: Drive, where: Readonly<Record<string, unknown>>): DriveItem {
  const { id, path } = where;
  const names = String(path)
    .split('/')
    .filter((name) => name !== '');
  const item = typeof id === 'string' ? drive.item(id) : drive.resolve(names);
  if (item === null) throw new RangeError(`no item ${JSON.stringify(id ?? path)}`);
  return item;
}

function text(body: Body, name: string, initial?: string): string {
  const value = body[name] ?? initial;
  if (typeof value !== 'string') throw new RangeError(`${name} must be a text`);
  return value;
}
