import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudProcess } from '../../../test/clouds/process.js';
import type { Comparison, Scene } from '../comparison.js';
import { below } from '../folders.js';
import { makeRandomFile } from '../random-file.js';
import { timedProgram } from '../timed-program.js';

const SIZE = 64 * 1024;

const GOALS = {
  known: 'at most 1.1 API calls a file, 0 MB uploaded',
  unknown: 'at most 1.3 API calls a file, besides the requests that carry the bytes',
} as const;

/** Many small files copied into one folder at once; only calls of the API count, not requests to the storage. */
export function smallFiles(content: 'known' | 'unknown', count: number): Comparison {
  const folder = `small-${content}`;
  let hashes: readonly string[] = [];
  return {
    name: folder,
    title: `${count} files of 64 KiB, content ${content}, at 9 API calls a second`,
    goal: GOALS[content],
    columns: [
      { key: 'calls', heading: 'calls a file', digits: 2 },
      { key: 'requests', heading: 'storage requests', digits: 0 },
      { key: 'uploaded', heading: 'uploaded MB', digits: 1 },
      { key: 'copy', heading: 'cp s', digits: 2 },
      { key: 'seconds', heading: 's until all there', digits: 1 },
    ],
    films: 0,
    rounds: 1,
    onlyOurs: true,
    async prepare(side, _films, scene) {
      hashes = await makeFiles(scene, folder, content, count);
      mkdirSync(side.at(folder));
      await side.drained();
    },
    async run(side, _films, tally, { cloud, folder: files }) {
      await cloud.clearStorageFigures();
      const began = performance.now();
      // What is in it, not the folder itself.
      const all = `${join(files, folder)}/.`;
      const { seconds: copy } = await timedProgram('cp', '-r', all, side.at(folder));
      await side.drained();
      const seconds = (performance.now() - began) / 1000;
      const made = await hashesOf(cloud, folder);
      if (made.size !== count || !hashes.every((sha1) => made.has(sha1))) tally.wrong += 1;
      const { calls: requests, bytesReceived } = await cloud.storageFigures();
      const { calls } = await cloud.figures();
      const uploaded = bytesReceived / 1e6;
      return { calls: calls.total / count, requests: requests.total, uploaded, copy, seconds };
    },
  };
}

/** SHA-1s of the bytes that the cloud has in a folder. */
async function hashesOf(cloud: CloudProcess, folder: string): Promise<ReadonlySet<string>> {
  const files = await cloud.children({ path: `/${folder}` });
  return new Set(await Promise.all(files.map(({ id }) => cloud.hash({ id }, 'sha1'))));
}

/** Answers the SHA-1s of all. */
async function makeFiles(
  { cloud, folder }: Scene,
  name: string,
  content: 'known' | 'unknown',
  count: number,
): Promise<readonly string[]> {
  const files = below(folder, name);
  const hashes: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const path = join(files, `file-${String(index).padStart(3, '0')}.bin`);
    const sha1 = makeRandomFile(path, SIZE);
    hashes.push(sha1);
    if (content === 'known') await cloud.makeKnown({ content: { kind: 'disk', path }, size: SIZE, sha1 });
  }
  return hashes;
}
