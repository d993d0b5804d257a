import { existsSync } from 'node:fs';
import type { Outcome } from './outcome.js';
import type { ProgramStep } from './program.js';
import type { FileKind, Scene } from './scene.js';

/**
 * A checkpoint of the daemon; an answer of the cloud that is held, `match` is part of its request; or the moment when the
 * program has been answered everything.
 */
export type Stop =
  | { readonly kind: 'checkpoint'; readonly name: string }
  | { readonly kind: 'held'; readonly match: string }
  | { readonly kind: 'answered' };

/** A moment at which a daemon is killed, how it comes to it, and what shall become of the files. */
export interface KillPoint {
  readonly name: string;
  readonly stop: (kind: FileKind) => Stop;
  /** Until when nothing is uploaded: what is closed stays in the queue. */
  readonly paused?: 'until the last steps' | 'until the kill';
  /** What the cloud has before. */
  readonly before?: (scene: Scene) => Promise<void>;
  /** What programs have done when the last steps begin. */
  readonly earlier?: (scene: Scene) => readonly ProgramStep[];
  readonly steps: (scene: Scene) => readonly ProgramStep[];
  /** In a new house: a start repeats what was removed lately, and would be stopped at once. */
  readonly inNewHouse?: true;
  /** The last steps are over before the kill: what is stopped does not stop programs. */
  readonly programsEnd?: true;
  /** Asked right after the restart. */
  readonly outcome: (scene: Scene) => Outcome;
}

const MIB = 2 ** 20;
const FILM = 'film.mkv';
const OTHER = 'other.mkv';
/** More than the cache of the house holds: the last of them push the first one out. */
const FILLING = ['1.mkv', '2.mkv', '3.mkv', '4.mkv', '5.mkv', '6.mkv'];
const FILLING_SIZE = 10 * MIB;
const MANY = ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'e.txt'];

const at = (name: string) => (): Stop => ({ kind: 'checkpoint', name });

/** The way of one file to the cloud, stopped somewhere. */
const writing = (
  name: string,
  stop: KillPoint['stop'],
  outcome: KillPoint['outcome'],
  others: Partial<KillPoint> = {},
): KillPoint => ({
  name,
  stop,
  before: oldFilm,
  steps: (scene) => [copied(scene, FILM)],
  outcome,
  ...others,
});

export const KILL_POINTS: readonly KillPoint[] = [
  writing('after create', at('spool:created'), unclosed),
  writing('after the first write', at('spool:written'), unclosed),
  writing('in the middle of writing', at('spool:written@5'), unclosed),
  writing('after fsync', at('spool:synced'), unclosed),
  writing('inside close, before its journal row', at('spool:sealed'), unclosed),
  writing('inside close, after its journal row', at('spool:closed'), closed),
  writing('after close', () => ({ kind: 'answered' }), closed, { paused: 'until the kill' }),
  writing('while hashing', at('upload:hashing'), closed),
  writing('after the challenge', at('upload:answered'), closed, { before: knownFilm }),
  writing('after the rapid answer, known bytes', at('upload:answered@2'), closed, { before: knownFilm }),
  writing('after the rapid answer, unknown bytes', at('upload:answered'), closed),
  writing('between two parts', (kind) => at(kind === 'large' ? 'upload:part@2' : 'upload:part')(), closed, {
    before: async (scene) => {
      await oldFilm(scene);
      scene.source(FILM, (scene.kind === 'large' ? 41 : 21) * MIB);
    },
  }),
  writing('while the cloud makes the file', (kind) => ({ kind: 'held', match: makingRequest(kind) }), closed),
  writing('after the cloud made the file, before the journal', at('upload:completed'), closed),
  writing('after the upload, before its landing', at('upload:done'), closed),
  writing('while the spool file goes', at('spool:dropped'), closed),
  writing('after the landing, before the spool file is gone', at('spool:forgotten'), closed),
  writing('while what was replaced goes', at('changes:remove'), replaced, {
    inNewHouse: true,
    before: async (scene) => {
      await scene.addToCloud(FILM);
    },
  }),
  writing('while the cache adopts the file', at('block-cache:units-written'), closed),
  {
    name: 'while the cache evicts another file',
    stop: at('block-cache:evicted'),
    paused: 'until the last steps',
    earlier: (scene) => FILLING.map((name) => copied(scene, name, FILLING_SIZE)),
    steps: () => [],
    outcome: (scene) => ({
      files: Object.fromEntries(FILLING.map((name) => [name, scene.source(name).sha1])),
      binned: [],
      drafts: [],
    }),
  },
  {
    name: 'during rename of a queued file',
    stop: at('writes:moved'),
    paused: 'until the kill',
    before: (scene) => oldFile(scene, OTHER),
    earlier: (scene) => [copied(scene, FILM)],
    steps: (scene) => [['rename', scene.at(FILM), scene.at(OTHER)]],
    outcome: (scene) => ({
      files: { [OTHER]: scene.source(FILM).sha1 },
      binned: oldHashes(scene, OTHER),
      drafts: [],
    }),
  },
  {
    name: 'during unlink of a queued file',
    stop: at('spool:dropped'),
    paused: 'until the kill',
    before: oldFilm,
    earlier: (scene) => [copied(scene, FILM)],
    steps: (scene) => [['unlink', scene.at(FILM)]],
    outcome: (scene) => (existsSync(scene.at(FILM)) ? closed(scene) : gone(scene)),
  },
  {
    name: 'after unlink of a queued file',
    stop: at('writes:removed'),
    paused: 'until the kill',
    before: oldFilm,
    earlier: (scene) => [copied(scene, FILM)],
    steps: (scene) => [['unlink', scene.at(FILM)]],
    outcome: gone,
  },
  {
    name: 'during a batch of new folders',
    stop: at('changes:makeDirectory'),
    programsEnd: true,
    steps: (scene) => [
      ['mkdir', scene.at('new')],
      ['mkdir', scene.at('new/inside')],
      copied(scene, `new/inside/${FILM}`),
    ],
    outcome: (scene) => {
      const path = `new/inside/${FILM}`;
      return { files: { [path]: scene.source(path).sha1 }, binned: [], drafts: [] };
    },
  },
  {
    name: 'during a batch of moves',
    stop: at('changes:move'),
    programsEnd: true,
    before: manyFiles,
    steps: (scene) => [
      ['mkdir', scene.at('there')],
      ...MANY.map((name): ProgramStep => ['rename', scene.at(name), scene.at(`there/${name}`)]),
    ],
    outcome: (scene) => ({
      files: Object.fromEntries(MANY.map((name) => [`there/${name}`, scene.inCloud(name).sha1])),
      binned: [],
      drafts: [],
    }),
  },
  {
    name: 'during a batch of removals',
    stop: at('changes:remove'),
    inNewHouse: true,
    programsEnd: true,
    before: manyFiles,
    steps: (scene) => MANY.map((name) => ['unlink', scene.at(name)]),
    outcome: (scene) => ({
      files: {},
      binned: MANY.map((name) => scene.inCloud(name).sha1),
      drafts: [],
    }),
  },
];

/** The cloud has the file: the new one, once. */
function closed(scene: Scene): Outcome {
  return { files: { [FILM]: scene.source(FILM).sha1 }, binned: oldHashes(scene, FILM), drafts: [] };
}

/** As `closed`, of a file that the cloud had whatever the kind. */
function replaced(scene: Scene): Outcome {
  return { ...closed(scene), binned: [scene.inCloud(FILM).sha1] };
}

/** The cloud has what it had, and the new bytes are a draft. */
function unclosed(scene: Scene): Outcome {
  const files = scene.replaces ? { [FILM]: scene.inCloud(FILM).sha1 } : {};
  return { files, binned: [], drafts: [FILM] };
}

function gone(scene: Scene): Outcome {
  return { files: {}, binned: oldHashes(scene, FILM), drafts: [] };
}

function oldHashes(scene: Scene, name: string): readonly string[] {
  return scene.replaces ? [scene.inCloud(name).sha1] : [];
}

async function oldFilm(scene: Scene): Promise<void> {
  await oldFile(scene, FILM);
}

/** Somebody else has uploaded the bytes before. */
async function knownFilm(scene: Scene): Promise<void> {
  await oldFilm(scene);
  await scene.knownSource(FILM);
}

async function oldFile(scene: Scene, name: string): Promise<void> {
  if (scene.replaces) await scene.addToCloud(name);
}

async function manyFiles(scene: Scene): Promise<void> {
  for (const name of MANY) await scene.addToCloud(name);
}

function copied(scene: Scene, name: string, size?: number): ProgramStep {
  return ['copy', scene.source(name, size).path, scene.at(name)];
}

/** Part of the request by which the storage makes the file: the whole object, or the completion of its parts. */
function makingRequest(kind: FileKind): string {
  return kind === 'large' ? '?uploadId=' : 'PUT ';
}
