import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Comparison, Scene } from '../comparison.js';
import { MIB } from '../library.js';
import { plainUpload } from '../plain-upload.js';
import { makeRandomFile } from '../random-file.js';
import { timedProgram } from '../timed-program.js';
import { uploadSeconds } from '../upload-span.js';

/** Bytes a second that the emulated storage takes. */
const LINE = 20e6;

/** A file whose content the cloud has already: nothing but the proof of having it is sent. */
export function knownContent(bytes: number): Comparison {
  return {
    name: 'known-content',
    title: `Known content: a file of ${bytes / MIB} MiB that the cloud has already`,
    goal: '0 bytes uploaded',
    columns: [
      { key: 'uploaded', heading: 'uploaded bytes', digits: 0 },
      { key: 'seconds', heading: 's with hashing', digits: 2 },
    ],
    films: 0,
    rounds: 1,
    onlyOurs: true,
    async run(side, _films, tally, scene) {
      const { path, sha1, remove } = randomFile(scene, bytes);
      await scene.cloud.makeKnown({ content: { kind: 'disk', path }, size: bytes, sha1 });
      await scene.cloud.clearStorageFigures();
      await timedProgram('cp', path, side.at(basename(path)));
      const began = performance.now();
      await side.drained();
      const seconds = (performance.now() - began) / 1000;
      if ((await scene.cloud.hash({ path: `/${basename(path)}` }, 'sha1')) !== sha1) tally.wrong += 1;
      const { bytesReceived: uploaded } = await scene.cloud.storageFigures();
      await remove();
      return { uploaded, seconds };
    },
  };
}

/** A file that is new to the cloud, from its init call to its completion, beside one plain client that sends the same parts. */
export function unknownContent({ bytes, rounds }: { bytes: number; rounds: number }): Comparison {
  return {
    name: 'unknown-content',
    title: `Unknown content: a file of ${bytes / MIB} MiB, from the init call to the completion`,
    goal: 'at least 0.90 of the line of 20 MB/s, 30 ms a request',
    columns: [
      { key: 'speed', heading: 'MB/s', digits: 2, ratio: true },
      { key: 'line', heading: 'of the line', digits: 3 },
      { key: 'requests', heading: 'storage requests', digits: 0 },
    ],
    films: 0,
    rounds,
    onlyOurs: true,
    baseline: {
      async measure(raw, _films, scene) {
        const { path, remove } = randomFile(scene, bytes);
        const content = await readFile(path);
        await scene.cloud.clearStorageFigures();
        await plainUpload(raw.uploads, `plain-${basename(path)}`, content);
        await remove();
        return { values: await uploadFigures(scene, bytes), wanted: 0 };
      },
    },
    async run(side, _films, tally, scene) {
      const { path, sha1, remove } = randomFile(scene, bytes);
      await scene.cloud.clearStorageFigures();
      await timedProgram('cp', path, side.at(basename(path)));
      await side.drained();
      if ((await scene.cloud.hash({ path: `/${basename(path)}` }, 'sha1')) !== sha1) tally.wrong += 1;
      await remove();
      return await uploadFigures(scene, bytes);
    },
  };
}

/** A new file with a name that no other has. */
function randomFile({ folder }: Scene, bytes: number) {
  const path = join(folder, `random-${performance.now().toFixed(3)}.bin`);
  return { path, sha1: makeRandomFile(path, bytes), remove: () => rm(path) };
}

async function uploadFigures({ cloud }: Scene, bytes: number) {
  const seconds = uploadSeconds(await cloud.log());
  const { calls } = await cloud.storageFigures();
  return { speed: bytes / 1e6 / seconds, line: bytes / seconds / LINE, requests: calls.total };
}
