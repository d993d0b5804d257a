import assert from 'node:assert/strict';
import { Content, type ContentOptions } from '../../../src/content/content.js';
import type { StoredLink } from '../../../src/content/link-cache.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import { callOf } from '../../fakes/calls.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';
import { bytesOf, drive, FakeCdn, type FakeCdnOptions, FakeDriver, FakeStore, fileOf } from './fake-cloud.js';

const MIB = 1024 * 1024;
const FILM = fileOf('7', 64 * MIB);

interface Bench {
  readonly env: FakeEnv;
  readonly cdn: FakeCdn;
  readonly cloud: FakeDriver;
  readonly links: FakeStore<StoredLink>;
  readonly content: Content;
  readonly source: {
    readonly account: string;
    readonly driver: FakeDriver['driver'];
    readonly connections: number;
  };
}

function bench(
  files: readonly FileEntry[] = [FILM],
  cdnOptions: Partial<FakeCdnOptions> = {},
  options: Partial<ContentOptions> = {},
): Bench {
  const env = fakeEnv();
  const cdn = new FakeCdn(env.clock, files, { perLink: 2, ...cdnOptions });
  const cloud = new FakeDriver(env.clock);
  const links = new FakeStore<StoredLink>(env.clock);
  const content = new Content(
    env,
    { transport: cdn, links },
    { readTimeout: 120_000, stall: 10_000, memory: 128 * MIB, ...options },
  );
  return {
    env,
    cdn,
    cloud,
    links,
    content,
    source: { account: 'main', driver: cloud.driver, connections: 8 },
  };
}

describe('Content', () => {
  it('reads the bytes that were asked for', async () => {
    const { env, content, source } = bench();
    const file = content.open(source, FILM);
    const bytes = await drive(env.clock, file.read(1_000_000, 131_072, callOf()));
    assert.deepEqual(bytes, bytesOf('7', 1_000_000, 1_131_072));
    await drive(env.clock, content.close());
  });
});
