import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { Comparison } from '../comparison.js';
import { GIB, MIB } from '../library.js';
import { timedProgram } from '../timed-program.js';

/**
 * Large files without a byte of their own wait for the cloud and are hashed. Their content is known to it, so that
 * the part ends: what an upload holds besides is in the part of the upload.
 */
export function sparseQueue({ files, bytes }: { files: number; bytes: number }): Comparison {
  const names = Array.from({ length: files }, (_, index) => `sparse-${index}.bin`);
  return {
    name: 'sparse-queue',
    title: `Memory while ${files} sparse files of ${(bytes / GIB).toFixed(2)} GiB are queued and hashed`,
    goal: 'at most 300 MB (RAM MB)',
    columns: [
      { key: 'made', heading: 'truncate s', digits: 2 },
      { key: 'seconds', heading: 's until all there', digits: 1 },
      { key: 'speed', heading: 'hashed MB/s', digits: 0 },
    ],
    films: 0,
    rounds: 1,
    onlyOurs: true,
    async prepare(side, _films, { cloud }) {
      // Memory that parts before have left is not the queue's.
      await side.stop();
      await side.start();
      const content = { kind: 'modulo', modulus: 1 } as const;
      await cloud.makeKnown({ content, size: bytes, sha1: await hashOfZeros(bytes) });
    },
    async run(side, _films, tally, { cloud }) {
      const began = performance.now();
      const paths = names.map((name) => side.at(name));
      const { seconds: made } = await timedProgram('truncate', `--size=${bytes}`, ...paths);
      await side.drained();
      const seconds = (performance.now() - began) / 1000;
      for (const name of names) if ((await cloud.item({ path: `/${name}` })).size !== bytes) tally.wrong += 1;
      for (const path of paths) await rm(path);
      return { made, seconds, speed: (files * bytes) / 1e6 / seconds };
    },
  };
}

async function hashOfZeros(bytes: number): Promise<string> {
  const hash = createHash('sha1');
  const zeros = Buffer.alloc(16 * MIB);
  for (let done = 0; done < bytes; done += zeros.length) {
    hash.update(zeros.subarray(0, Math.min(zeros.length, bytes - done)));
    // Connections that are kept open end meanwhile, and that must be heard of.
    await setImmediate();
  }
  return hash.digest('hex').toUpperCase();
}
