import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';

export const factChecks: readonly Check[] = [
  {
    name: 'facts name the hash that files carry',
    async run(place) {
      const file = await place.file(4096);
      const kind = place.driver.facts.hash;
      if (kind === null) {
        assert.equal(file.hash, null);
        return;
      }
      const bytes = await place.subject.bytes(file, { start: 0, end: file.size });
      const value = createHash(kind).update(bytes).digest('hex').toUpperCase();
      assert.deepEqual(file.hash, { kind, value });
    },
  },
  {
    name: 'facts tell the longest name',
    async run(place) {
      const { nameBytes } = place.driver.facts;
      const name = '长'.repeat(Math.floor(nameBytes / 3)) + 'x'.repeat(nameBytes % 3);
      const file = await place.file(1, name);
      assert.equal(file.name, name);
      assert.equal(Buffer.byteLength(file.name), nameBytes);
    },
  },
  {
    name: 'facts name each forbidden character once',
    run(place) {
      const characters = Array.from(place.driver.facts.forbiddenCharacters);
      assert.equal(new Set(characters).size, characters.length);
      return Promise.resolve();
    },
  },
  {
    name: 'facts tell whether case makes two names',
    async run(place) {
      const seeds = ['readme.md', 'README.md'].map((name) => ({ kind: 'file', name, size: 1 }) as const);
      if (!place.driver.facts.caseSensitive) seeds.pop();
      await place.seed(seeds);
      const names = (await place.list()).map((entry) => entry.name);
      assert.deepEqual(names.sort(), seeds.map((seed) => seed.name).sort());
    },
  },
  {
    name: 'facts tell whether the bytes behind an id can change',
    async run(place) {
      const file = await place.file(1000);
      const id = await place.subject.replace(file.id, 2000);
      assert.equal(id !== file.id, place.driver.facts.immutableContent);
      const old = await place.driver.stat(file, callOf());
      const oldSize = old?.kind === 'file' ? old.size : null;
      assert.equal(oldSize, place.driver.facts.immutableContent ? null : 2000);
    },
  },
  {
    name: 'facts allow at least one connection',
    run(place) {
      const { connectionsPerLink } = place.driver.facts;
      assert.ok(Number.isSafeInteger(connectionsPerLink) && connectionsPerLink >= 1);
      return Promise.resolve();
    },
  },
];
