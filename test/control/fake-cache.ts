import { boolean, optional, strictObject, string } from 'valibot';
import type { CacheStatus } from '../../src/lib/cache-protocol.js';
import type { Command } from '../../src/lib/command.js';
import type { CommandFor } from '../../src/lib/protocol.js';
import type { Answering } from './fake-offline.js';

const GIB = 1024 ** 3;

const STATUS: CacheStatus = {
  path: '/var/cache/panfuse/blocks',
  bytes: 3 * GIB,
  limit: 20 * GIB,
  probeBytes: GIB,
  probeLimit: 4 * GIB,
  contents: 412,
  pinned: { contents: 2, bytes: 5 * GIB },
  hits: 60 * GIB,
  misses: 12 * GIB,
  damaged: 131072,
  dropped: 0,
  evicted: 31,
  message: null,
};

const nothing = strictObject({});
const choice = strictObject({ path: optional(string()), all: boolean() });

/** The block cache of a daemon without clouds. */
export function fakeCacheCommands(answer: Answering): readonly Command[] {
  return [...looks(answer), ...pins(answer), warm(answer), evict(answer), ...checks(answer)];
}

function looks(answer: Answering): readonly Command[] {
  const status: CommandFor<'GET /v1/cache'> = {
    name: 'cache',
    method: 'GET',
    path: '/v1/cache',
    summary: 'The cache',
    input: nothing,
    run: (input) => answer('GET /v1/cache', input, STATUS),
  };
  const list: CommandFor<'GET /v1/cache/pins'> = {
    name: 'cache/pins',
    method: 'GET',
    path: '/v1/cache/pins',
    summary: 'Pins',
    input: nothing,
    run: (input) =>
      answer('GET /v1/cache/pins', input, [
        { drive: 'films', path: '/kids/a.mkv', size: 4 * GIB, cached: GIB },
      ]),
  };
  return [status, list];
}

function pins(answer: Answering): readonly Command[] {
  const pin: CommandFor<'POST /v1/cache/pin'> = {
    name: 'cache/pin',
    method: 'POST',
    path: '/v1/cache/pin',
    summary: 'Pins',
    input: strictObject({ path: string() }),
    run: (input) => {
      const unknown = { count: 1, some: ['films:/kids/new'] };
      return answer('POST /v1/cache/pin', input, { files: 12, bytes: 5 * GIB, unknown });
    },
  };
  const unpin: CommandFor<'POST /v1/cache/unpin'> = {
    name: 'cache/unpin',
    method: 'POST',
    path: '/v1/cache/unpin',
    summary: 'Unpins',
    input: choice,
    run: (input) => answer('POST /v1/cache/unpin', input, { contents: 12 }),
  };
  return [pin, unpin];
}

function warm(answer: Answering): Command {
  const command: CommandFor<'POST /v1/cache/warm'> = {
    name: 'cache/warm',
    method: 'POST',
    path: '/v1/cache/warm',
    summary: 'Warms',
    input: strictObject({ path: string(), head: boolean() }),
    run: (input, { progress }) => {
      const path = 'films:/2026/新片.mkv';
      progress({ files: 0, of: 2, bytes: 1024 ** 2, ofBytes: 3 * 1024 ** 2, path });
      const failures = input.path.endsWith('broken') ? [{ path, message: 'it was changed' }] : [];
      return answer('POST /v1/cache/warm', input, {
        ...{ files: 2, bytes: 3 * 1024 ** 2, cached: 3 * 1024 ** 2, read: 2 * 1024 ** 2 },
        ...{ failed: failures.length, failures },
      });
    },
  };
  return command;
}

function evict(answer: Answering): Command {
  const command: CommandFor<'POST /v1/cache/evict'> = {
    name: 'cache/evict',
    method: 'POST',
    path: '/v1/cache/evict',
    summary: 'Evicts',
    input: choice,
    run: (input) => answer('POST /v1/cache/evict', input, { contents: 3, bytes: 2 * GIB, pinned: 1 }),
  };
  return command;
}

function checks(answer: Answering): readonly Command[] {
  const verify: CommandFor<'POST /v1/cache/verify'> = {
    name: 'cache/verify',
    method: 'POST',
    path: '/v1/cache/verify',
    summary: 'Verifies',
    input: nothing,
    run: (input, { progress }) => {
      progress({ checked: 2 * GIB, of: 4 * GIB, dropped: 0 });
      return answer('POST /v1/cache/verify', input, { checked: 4 * GIB, dropped: 131072 });
    },
  };
  const sweep: CommandFor<'POST /v1/cache/sweep'> = {
    name: 'cache/sweep',
    method: 'POST',
    path: '/v1/cache/sweep',
    summary: 'Sweeps',
    input: nothing,
    run: (input) =>
      answer('POST /v1/cache/sweep', input, [{ drive: 'films', directories: 31, entries: 412 }]),
  };
  return [verify, sweep];
}
