import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';
import { bodyOf, leadsToBytes, rejectsWith, requestRange } from './expect.js';

const LARGE = 5 * 1024 ** 3;
const KIB = 1024;

export const linkChecks: readonly Check[] = [
  {
    name: 'link leads to the bytes of the file',
    async run(place) {
      const file = await place.file(LARGE);
      const link = await place.driver.link(file, callOf('reader'));
      for (const start of [0, 12_345, 2 ** 32 - 100, LARGE - 64 * KIB]) {
        await leadsToBytes(place, link, file, { start, end: start + 64 * KIB });
      }
    },
  },
  {
    name: 'link rejects with ENOENT when the file does not exist',
    async run(place) {
      const file = await place.file(10);
      await place.subject.remove(file.id);
      await rejectsWith('ENOENT', place.driver.link(file, callOf('reader')));
    },
  },
  {
    name: 'link is bound to the User-Agent that was asked for',
    async run(place) {
      const file = await place.file(KIB);
      const userAgent = 'conformance/1.0 (panfuse)';
      const link = await place.driver.link(file, callOf('reader'), { userAgent });
      const bound = new Headers(link.headers).get('user-agent');
      assert.ok(bound === null || bound === userAgent, `bound to ${String(bound)}`);
      await leadsToBytes(place, link, file, { start: 0, end: KIB });
    },
  },
  {
    name: 'link is worthless after it expires, not before',
    needs: ['advance'],
    async run(place) {
      const file = await place.file(KIB);
      const link = await place.driver.link(file, callOf('reader'));
      const range = { start: 0, end: KIB };
      await leadsToBytes(place, link, file, range);
      if (link.expiresAt === null) return;
      const life = link.expiresAt - place.subject.now();
      assert.ok(life > 0, 'a new link must have a life before it');
      await place.subject.advance?.(life - 1000);
      await leadsToBytes(place, link, file, range);
      await place.subject.advance?.(2000);
      const response = await requestRange(place, link, range);
      await response.discard();
      assert.ok(response.status >= 400, `answered ${response.status} after its end`);
    },
  },
  {
    name: 'link allows as many connections as it says',
    async run(place) {
      const file = await place.file(LARGE);
      const link = await place.driver.link(file, callOf('reader'));
      assert.ok(Number.isSafeInteger(link.maxConnections) && link.maxConnections >= 1);
      const ranges = Array.from({ length: link.maxConnections }, (_, index) => ({
        start: index * 512 * KIB,
        end: (index + 1) * 512 * KIB,
      }));
      const responses = await Promise.all(ranges.map((range) => requestRange(place, link, range)));
      assert.deepEqual(
        responses.map((response) => response.status),
        ranges.map(() => 206),
      );
      for (const response of responses) assert.equal((await bodyOf(response)).length, 512 * KIB);
    },
  },
  {
    name: 'link tells the size of the file',
    async run(place) {
      const file = await place.file(LARGE);
      const { size } = await place.driver.link(file, callOf('reader'));
      assert.ok(size === null || size === LARGE, `says ${String(size)}`);
    },
  },
  {
    name: 'links leads to the bytes of each file, or leaves it out',
    async run(place) {
      const { links } = place.driver;
      if (links === undefined) return;
      const files = [
        await place.file(KIB, 'a'),
        await place.file(2 * KIB, 'b'),
        await place.file(KIB, 'gone'),
      ];
      await place.subject.remove(files[2]?.id ?? '');
      const found = await links.links(files, callOf('reader'));
      assert.deepEqual([...found.keys()].sort(), [files[0]?.id, files[1]?.id].sort());
      for (const file of files.slice(0, 2)) {
        const link = found.get(file.id);
        assert.ok(link !== undefined);
        await leadsToBytes(place, link, file, { start: 0, end: file.size });
      }
    },
  },
  {
    name: 'links takes as many files as it says',
    async run(place) {
      const { links } = place.driver;
      if (links === undefined) return;
      assert.ok(Number.isSafeInteger(links.limit) && links.limit >= 2);
      const seeds = Array.from({ length: links.limit }, (_, index) => `${index}.srt`);
      await place.seed(seeds.map((name) => ({ kind: 'file', name, size: KIB }) as const));
      const files = (await place.list()).filter((entry) => entry.kind === 'file');
      assert.equal(files.length, links.limit);
      assert.equal((await links.links(files, callOf('reader'))).size, links.limit);
    },
  },
];
