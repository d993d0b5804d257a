import { BlockCache, UNIT } from '../../../../src/content/block-cache/block-cache.js';
import { SEGMENT_UNITS } from '../../../../src/content/block-cache/segment-format.js';
import { fakeEnv } from '../../../fakes/fake-env.js';
import { unitOf } from './cache-house.js';

/*
 * Keeps unit after unit in the cache in a folder until it is killed, tells each that is on the disk, and evicts all
 * the while. Arguments: the folder, and how many times to pass between a unit and its checksum before being killed
 * there (0: never, somebody else kills it).
 */
const [directory = '', stopAfter = '0'] = process.argv.slice(2);
let passed = 0;
const env = {
  ...fakeEnv(),
  checkpoint: (): Promise<void> => {
    passed += 1;
    if (passed === Number(stopAfter)) process.kill(process.pid, 'SIGKILL');
    return Promise.resolve();
  },
};
const size = 3 * SEGMENT_UNITS * UNIT;
const cache = new BlockCache(env, { directory, size, probes: 0, keepFree: { bytes: 0 } });
await cache.open();
const file = cache.file('sha1-K', 100 * size);
await file.ready(0, 100 * SEGMENT_UNITS);
for (let unit = 0; ; unit += 1) {
  file.write(unit, unitOf('sha1-K', unit), 'data');
  if (unit % 5 === 0) await cache.settled();
  if (file.has(unit)) process.stdout.write(`${unit}\n`);
}
