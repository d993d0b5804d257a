import * as v from 'valibot';
import { Pan115OpenAccount } from '../../../../src/drivers/pan115-open/account.js';
import { pan115OpenSchema } from '../../../../src/drivers/pan115-open/config.js';
import type { DirectoryEntry, FileEntry } from '../../../../src/driver/entry.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';
import { FakeCredentials, ScriptedCloud } from './scripted-cloud.js';

export interface AccountUnderTest {
  readonly env: FakeEnv;
  readonly cloud: ScriptedCloud;
  readonly credentials: FakeCredentials;
  readonly account: Pan115OpenAccount;
}

/** An account on a scripted cloud, logged in by a pasted access token, with a pace that does not slow tests. */
export function accountUnderTest(
  config: v.InferInput<typeof pan115OpenSchema> = { accessToken: 'access-a' },
): AccountUnderTest {
  const env = fakeEnv();
  const cloud = new ScriptedCloud();
  const credentials = new FakeCredentials();
  const counters = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
  const services = { env, network: { transport: cloud, counters }, credentials };
  const pace = { perSecond: 20, burst: 100 };
  const account = new Pan115OpenAccount(
    services,
    'main',
    v.parse(pan115OpenSchema, { calls: pace, ...config }),
  );
  return { env, cloud, credentials, account };
}

export function directory(id: string): DirectoryEntry {
  return {
    kind: 'directory',
    id,
    parentId: '0',
    name: `folder ${id}`,
    modifiedAt: 0,
    createdAt: 0,
    attributes: {},
  };
}

export function file(id: string, changes: Partial<FileEntry> = {}): FileEntry {
  return {
    kind: 'file',
    id,
    parentId: '0',
    name: `file ${id}`,
    modifiedAt: 1000,
    createdAt: 2000,
    attributes: { pickcode: `pick${id}` },
    size: 5,
    hash: null,
    ...changes,
  };
}
