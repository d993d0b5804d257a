import assert from 'node:assert/strict';
import {
  type Blocks,
  Content,
  type ContentOptions,
  type ContentSource,
} from '../../../src/content/content.js';
import type { StoredLink } from '../../../src/content/link-cache.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { ErrnoName } from '../../../src/lib/errors.js';
import { FsError } from '../../../src/lib/errors.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';
import { FakeCdn, type FakeCdnOptions, FakeDriver, FakeStore, fileOf } from './fake-cloud.js';

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const FILM = fileOf('7', 256 * MIB);

/** Content on a fake cloud, and everything around it. */
export interface Bench {
  readonly env: FakeEnv;
  readonly cdn: FakeCdn;
  readonly cloud: FakeDriver;
  readonly links: FakeStore<StoredLink>;
  readonly content: Content;
  readonly source: ContentSource;
}

export interface BenchOptions {
  readonly files?: readonly FileEntry[];
  readonly cdn?: Partial<FakeCdnOptions>;
  readonly content?: Partial<ContentOptions>;
  readonly blocks?: Blocks;
}

export function bench({
  files = [FILM],
  cdn: cdnOptions,
  content: options,
  blocks,
}: BenchOptions = {}): Bench {
  const env = fakeEnv();
  const cdn = new FakeCdn(env.clock, files, { perLink: 2, ...cdnOptions });
  const cloud = new FakeDriver(env.clock);
  const links = new FakeStore<StoredLink>(env.clock);
  const defaults = { readTimeout: 120_000, stall: 10_000, memory: 128 * MIB };
  const parts = { transport: cdn, links, ...(blocks === undefined ? {} : { blocks }) };
  const content = new Content(env, parts, { ...defaults, ...options });
  return {
    env,
    cdn,
    cloud,
    links,
    content,
    source: { account: 'main', driver: cloud.driver, connections: 8 },
  };
}

/** For assert.rejects: an FsError of this errno. */
export function fails(errno: ErrnoName, message = /./): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof FsError, String(error));
    assert.equal(error.errno, errno, error.message);
    assert.match(error.message, message);
    return true;
  };
}
