import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { FileEntry } from '../../../src/driver/entry.js';
import type {
  OfflineDownloads,
  OfflineOutcome,
  OfflineTask,
  OfflineTaskList,
  OfflineTorrents,
} from '../../../src/driver/offline.js';
import { callOf } from '../../fakes/calls.js';
import type { Check, Place } from './check.js';
import { allPages, rejectsWith } from './expect.js';

/** No cloud under test takes so long. */
const LONG = 600_000;
/** A moment in which a task has begun and not ended. */
const BEGUN = 30_000;
/** More than one page of any list. */
const MANY = 35;

const LINKS = {
  http: 'http://example.org/PLACE',
  https: 'https://example.org/PLACE',
  ftp: 'ftp://example.org/PLACE',
  magnet: 'magnet:?xt=urn:btih:HASH&dn=PLACE',
  ed2k: 'ed2k://|file|PLACE|1000|0123456789ABCDEF0123456789ABCDEF|/',
} as const;

export const offlineChecks: readonly Check[] = [
  {
    name: 'offline takes links of every scheme that it names',
    needs: ['offline'],
    async run(place) {
      const offline = offlineOf(place);
      const links = offline.schemes.map((scheme) => linkOf(place, scheme, scheme));
      assert.deepEqual(
        (await add(place, links)).map(({ kind }) => kind),
        links.map(() => 'added'),
      );
    },
  },
  {
    name: 'offline tells what became of each link',
    needs: ['offline'],
    async run(place) {
      const links = [linkOf(place, 'one'), 'nonsense', linkOf(place, 'two'), linkOf(place, 'one')];
      const outcomes = await add(place, links);
      assert.deepEqual(
        outcomes.map(({ kind }) => kind),
        ['added', 'refused', 'added', 'known'],
      );
      assert.equal(errorOf(outcomes[1]).errno, 'EINVAL');
      assert.notEqual(idOf(outcomes[0]), idOf(outcomes[2]));
    },
  },
  {
    name: 'offline finds the task that a link has already',
    needs: ['offline'],
    async run(place) {
      const links = [linkOf(place, 'web'), linkOf(place, 'magnet', 'magnet')];
      const ids = (await add(place, links)).map(idOf);
      for (const outcome of await add(place, links)) assert.equal(outcome.kind, 'known');
      assert.deepEqual((await add(place, links)).map(idOf), ids);
    },
  },
  {
    name: 'offline brings what a link leads to into the folder',
    needs: ['offline', 'advance'],
    async run(place) {
      const id = await ask(place, linkOf(place, 'film.mkv'));
      assert.equal((await lookAt(place, id)).entryId, null);
      assert.deepEqual(await place.shown(), []);
      await pass(place, LONG);
      const task = await lookAt(place, id);
      assert.deepEqual([task.state, task.progress, task.reason], ['done', 1, null]);
      const [file] = await place.shown();
      assert.ok(file?.kind === 'file');
      assert.deepEqual([file.id, file.size], [task.entryId, task.size]);
      assert.equal(task.folderId ?? place.folder.id, place.folder.id);
    },
  },
  {
    name: 'offline tells how far a task is',
    needs: ['offline', 'advance'],
    async run(place) {
      const id = await ask(place, linkOf(place, 'slow'));
      const first = await lookAt(place, id);
      assert.ok(first.state === 'waiting' || first.state === 'running', first.state);
      await pass(place, BEGUN);
      const later = await lookAt(place, id);
      assert.equal(later.state, 'running');
      assert.ok(later.progress > first.progress && later.progress < 1, String(later.progress));
    },
  },
  {
    name: 'offline tells that a task has failed',
    needs: ['offline', 'advance', 'failOffline'],
    async run(place) {
      const task = await failedTask(place, linkOf(place, 'dead'));
      assert.equal(task.entryId, null);
      assert.notEqual((task.reason ?? '').trim(), '');
      assert.deepEqual(await place.shown(), []);
    },
  },
  {
    name: 'offline begins a failed task again',
    needs: ['offline', 'advance', 'failOffline'],
    async run(place) {
      const failed = await failedTask(place, linkOf(place, 'again'));
      const outcome = await offlineOf(place).retry(failed, callOf());
      assert.equal(outcome.kind, 'added');
      await pass(place, LONG);
      const task = await lookAt(place, idOf(outcome));
      assert.equal(task.state, 'done');
      assert.deepEqual(
        (await place.shown()).map(({ id }) => id),
        [task.entryId],
      );
    },
  },
  {
    name: 'offline looks for the tasks that it is asked about, and leaves out what is gone',
    needs: ['offline'],
    async run(place) {
      const ids = (
        await add(
          place,
          ['a', 'b', 'c'].map((name) => linkOf(place, name)),
        )
      ).map(idOf);
      const [first = '', second = ''] = ids;
      const found = await allPages(offlineOf(place).look([second, 'e'.repeat(40), first], callOf()));
      assert.deepEqual(found.map(({ id }) => id).sort(), [first, second].sort());
      assert.deepEqual(await allPages(offlineOf(place).look([], callOf())), []);
    },
  },
  {
    name: 'offline lists each task once over several pages',
    needs: ['offline'],
    async run(place) {
      const links = Array.from({ length: MANY }, (_, index) => linkOf(place, `many ${index}`));
      const ids = (await add(place, links)).map(idOf);
      const listed = (await allTasks(place)).map(({ id }) => id);
      assert.equal(new Set(listed).size, listed.length, 'a task is listed twice');
      assert.deepEqual(
        ids.filter((id) => !listed.includes(id)),
        [],
      );
    },
  },
  {
    name: 'offline removes a task and keeps what it brought, or takes it along',
    needs: ['offline', 'advance'],
    async run(place) {
      const [kept, dropped] = [
        await ask(place, linkOf(place, 'kept')),
        await ask(place, linkOf(place, 'dropped')),
      ];
      await pass(place, LONG);
      const entry = (await lookAt(place, kept)).entryId;
      await listOf(place).remove([await lookAt(place, kept)], { files: false }, callOf());
      await listOf(place).remove([await lookAt(place, dropped)], { files: true }, callOf());
      assert.deepEqual(await allPages(offlineOf(place).look([kept, dropped], callOf())), []);
      assert.deepEqual(
        (await place.shown()).map(({ id }) => id),
        [entry],
      );
    },
  },
  {
    name: 'offline resolves when a task that is to be removed is gone already',
    needs: ['offline'],
    async run(place) {
      const task = await lookAt(place, await ask(place, linkOf(place, 'gone')));
      await listOf(place).remove([task], { files: false }, callOf());
      await listOf(place).remove([task], { files: true }, callOf());
    },
  },
  {
    name: 'offline clears the tasks of one state and keeps what they brought',
    needs: ['offline', 'advance', 'failOffline'],
    async run(place) {
      const failed = await failedTask(place, linkOf(place, 'failed'));
      const done = await ask(place, linkOf(place, 'done'));
      await pass(place, LONG);
      const running = await ask(place, linkOf(place, 'running'));
      const left = async () => (await allTasks(place)).map(({ id }) => id);
      await listOf(place).clear('done', callOf());
      assert.ok(!(await left()).includes(done) && (await left()).includes(failed.id));
      assert.equal((await place.shown()).length, 1);
      await listOf(place).clear('failed', callOf());
      assert.ok(!(await left()).includes(failed.id) && (await left()).includes(running));
      await listOf(place).clear('running', callOf());
      assert.ok(!(await left()).includes(running));
      await ask(place, linkOf(place, 'one more'));
      await listOf(place).clear('all', callOf());
      assert.deepEqual(await left(), []);
    },
  },
  {
    name: 'offline counts tasks against the quota',
    needs: ['offline'],
    async run(place) {
      const before = await offlineOf(place).quota(callOf());
      assert.ok(before !== null);
      await ask(place, linkOf(place, 'counted'));
      const after = await offlineOf(place).quota(callOf());
      assert.deepEqual(
        [after?.total, after?.used, after?.left],
        [before.total, before.used + 1, before.left - 1],
      );
    },
  },
  {
    name: 'offline refuses links with EDQUOT when the quota is used up',
    needs: ['offline', 'exhaustOffline'],
    async run(place) {
      await place.during(place.subject.exhaustOffline, async () => {
        const [outcome] = await add(place, [linkOf(place, 'too much')]);
        assert.equal(errorOf(outcome).errno, 'EDQUOT');
        assert.equal((await offlineOf(place).quota(callOf()))?.left, 0);
      });
    },
  },
  {
    name: 'offline rejects with ENOENT when the folder does not exist',
    needs: ['offline'],
    async run(place) {
      const folder = await place.directory();
      await place.subject.remove(folder.id);
      const asking = offlineOf(place).add([linkOf(place, 'nowhere')], folder, callOf());
      await rejectsWith('ENOENT', asking);
    },
  },
  {
    name: 'offline tells what a torrent holds',
    needs: ['offline', 'addTorrent'],
    async run(place) {
      const { name, files } = await torrentsOf(place).read(await torrentFile(place), callOf());
      assert.equal(name, 'film');
      assert.deepEqual(files, [
        { path: 'film/a.mkv', size: 2_000_000, preselected: true },
        { path: 'film/a.nfo', size: 3200, preselected: false },
      ]);
    },
  },
  {
    name: 'offline rejects with EINVAL what is no torrent',
    needs: ['offline', 'addTorrent'],
    async run(place) {
      await rejectsWith('EINVAL', torrentsOf(place).read(await place.file(100), callOf()));
    },
  },
  {
    name: 'offline brings the chosen files of a torrent',
    needs: ['offline', 'addTorrent', 'advance'],
    async run(place) {
      const torrents = torrentsOf(place);
      const file = await torrentFile(place);
      const torrent = await torrents.read(file, callOf());
      const target = await place.directory('target');
      const outcome = await torrents.add(file, torrent, [1], target, callOf());
      assert.deepEqual(outcome, { kind: 'added', id: torrent.id });
      assert.deepEqual(await torrents.add(file, torrent, [0], target, callOf()), {
        kind: 'known',
        id: torrent.id,
      });
      await pass(place, LONG);
      assert.equal((await lookAt(place, torrent.id)).state, 'done');
      assert.deepEqual(await filesBelow(place, target.id), ['a.nfo 3200']);
    },
  },
];

/** A link that no other check has. */
function linkOf({ folder }: Place, name: string, scheme: keyof typeof LINKS = 'https'): string {
  const unique = encodeURIComponent(`${folder.id} ${name}`);
  const hash = createHash('sha1').update(unique).digest('hex');
  return LINKS[scheme].replace('PLACE', unique).replace('HASH', hash);
}

/** Asks for links, as many at once as the driver takes. */
async function add(place: Place, links: readonly string[]): Promise<readonly OfflineOutcome[]> {
  const offline = offlineOf(place);
  const outcomes: OfflineOutcome[] = [];
  for (let start = 0; start < links.length; start += offline.batch) {
    const some = links.slice(start, start + offline.batch);
    outcomes.push(...(await offline.add(some, place.folder, callOf())));
  }
  return outcomes;
}

async function ask(place: Place, link: string): Promise<string> {
  const [outcome] = await add(place, [link]);
  assert.equal(outcome?.kind, 'added');
  return idOf(outcome);
}

async function failedTask(place: Place, link: string): Promise<OfflineTask> {
  let id = '';
  await place.during(place.subject.failOffline, async () => {
    id = await ask(place, link);
  });
  await pass(place, LONG);
  const task = await lookAt(place, id);
  assert.equal(task.state, 'failed');
  return task;
}

async function lookAt(place: Place, id: string): Promise<OfflineTask> {
  const [task] = await allPages(offlineOf(place).look([id], callOf()));
  assert.ok(task?.id === id, `task ${id} is not found`);
  return task;
}

async function allTasks(place: Place): Promise<readonly OfflineTask[]> {
  return await allPages(listOf(place).all(callOf()));
}

async function pass({ subject }: Place, ms: number): Promise<void> {
  await subject.advance?.(ms);
}

async function torrentFile(place: Place): Promise<FileEntry> {
  const id = await place.subject.addTorrent?.(place.folder.id);
  await place.shown();
  const entry = await place.child(id ?? '');
  assert.ok(entry.kind === 'file');
  return entry;
}

/** Names and sizes of all files, however deep. */
async function filesBelow(place: Place, id: string): Promise<readonly string[]> {
  const found: string[] = [];
  const folder = { ...place.folder, id };
  for (const entry of await place.shown(folder)) {
    if (entry.kind === 'file') found.push(`${entry.name} ${entry.size}`);
    else found.push(...(await filesBelow(place, entry.id)));
  }
  return found;
}

function idOf(outcome: OfflineOutcome | undefined): string {
  assert.ok(outcome !== undefined && outcome.kind !== 'refused' && outcome.id !== null);
  return outcome.id;
}

function errorOf(outcome: OfflineOutcome | undefined): { readonly errno: string } {
  assert.ok(outcome?.kind === 'refused');
  assert.notEqual(outcome.error.message.trim(), '');
  return outcome.error;
}

function offlineOf({ driver }: Place): OfflineDownloads {
  assert.ok(driver.offline !== undefined);
  return driver.offline;
}

function listOf(place: Place): OfflineTaskList {
  const { list } = offlineOf(place);
  assert.ok(list !== undefined);
  return list;
}

function torrentsOf(place: Place): OfflineTorrents {
  const { torrents } = offlineOf(place);
  assert.ok(torrents !== undefined);
  return torrents;
}
