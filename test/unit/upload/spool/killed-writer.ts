import { createHash, randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../../../src/lib/system-clock.js';
import { Journal } from '../../../../src/upload/journal/journal.js';
import type { SpoolFile } from '../../../../src/upload/spool/spool-file.js';
import { SpoolSpace } from '../../../../src/upload/spool/spool-space.js';
import { Spool } from '../../../../src/upload/spool/spool.js';
import { callOf } from '../../../fakes/calls.js';
import { fakeEnv } from '../../../fakes/fake-env.js';
import { MIB } from './spool-house.js';

/*
 * Writes, closes, changes and drops files in the spool of a folder until it is killed. A line is told before a file is
 * changed (`change <id> <SHA-1 that it will have>`), when its flush was answered (`closed <id>`), before and after it is
 * dropped (`drop <id>`, `dropped <id>`). Arguments: the folder, a word for the ids of this process.
 */
const [directory = '', word = ''] = process.argv.slice(2);
const env = { ...fakeEnv(), clock: systemClock, random: systemRandom };
const journal = await Journal.open(env, join(directory, 'journal.sqlite'));
const space = new SpoolSpace(join(directory, 'spool'), { size: 1024 * MIB, keepFree: { bytes: 0 } });
const options = { drive: 'films', directory: join(directory, 'spool'), largest: null };
const spool = await Spool.open(env, { journal, space }, options);

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function rewrite(file: SpoolFile): Promise<void> {
  const bytes = randomBytes(randomInt(200_000));
  tell(`change ${file.id} ${createHash('sha1').update(bytes).digest('hex')}`);
  await file.truncate(0, callOf());
  const middle = randomInt(bytes.length + 1);
  await file.write(middle, bytes.subarray(middle), callOf());
  await file.write(0, bytes.subarray(0, middle), callOf());
  if (bytes.length === 0) await file.truncate(0, callOf());
  await file.flush(callOf());
  tell(`closed ${file.id}`);
}

async function work(worker: number): Promise<never> {
  for (let turn = 0; ; turn += 1) {
    const id = `local-${word}-${worker}-${turn}`;
    const file = await spool.create({
      ...{ id, parentId: '0', name: 'Film.mkv', path: '/Film.mkv', replaces: [], base: null },
    });
    file.retain();
    for (let time = randomInt(3); time >= 0; time -= 1) await rewrite(file);
    file.release();
    if (randomInt(4) > 0) continue;
    tell(`drop ${id}`);
    await spool.drop(id);
    tell(`dropped ${id}`);
  }
}

await Promise.all([work(1), work(2), work(3)]);
