import assert from 'node:assert/strict';
import type { Driver } from '../../src/driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../src/driver/entry.js';
import type { Urgency } from '../../src/lib/call.js';
import { FsError } from '../../src/lib/errors.js';
import type { FaultName } from '../clouds/house/faults.js';
import { callOf } from '../fakes/calls.js';
import { type EmulatedAccount, emulatedAccount } from './pan115-open-subject.js';

const PAGE = 20;
const FILES = 55;

async function fails(work: Promise<unknown>): Promise<FsError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FsError, String(error));
    return error;
  }
  assert.fail('did not reject');
}

describe('115 Open under faults of the emulated cloud', () => {
  let emulated: EmulatedAccount;
  let driver: Driver;
  let folder: DirectoryEntry;
  let expected: readonly string[];

  before(async () => {
    emulated = await emulatedAccount({ pageSize: PAGE, breaker: { first: '30ms', max: '100ms' } });
    const { cloud, account } = emulated;
    const { id } = await cloud.addDirectory('faults');
    const ids: string[] = [];
    for (let index = 0; index < FILES; index += 1) {
      ids.push((await cloud.addFile({ parent: id, name: `${index}.mkv`, size: index })).id);
    }
    expected = ids.sort();
    driver = account.drive(id);
    folder = await driver.connect(callOf());
  });
  after(() => emulated.close());
  afterEach(() => emulated.cloud.clearFault());

  const list = async (urgency: Urgency = 'lookup'): Promise<readonly Entry[]> => {
    const entries: Entry[] = [];
    for await (const page of driver.list(folder, callOf(urgency))) entries.push(...page);
    return entries;
  };
  const idsOf = (entries: readonly Entry[]): readonly string[] => entries.map((entry) => entry.id).sort();
  const someFile = async (): Promise<FileEntry> => {
    const found = (await list()).find((entry) => entry.kind === 'file');
    assert.ok(found?.kind === 'file');
    return found;
  };

  for (const [fault, setting] of [
    ['list-wrong-cid', { count: 1, skip: 1 }],
    ['list-page-repeated', { count: 1 }],
    ['list-page-missing-entry', { count: 1 }],
    ['list-count-moves', { count: 1 }],
    ['list-empty-with-count', { count: 1 }],
    ['list-order-refused', {}],
    ['api-5xx', { count: 1 }],
    ['api-reset', { count: 1 }],
    ['api-lost-answer', { count: 1 }],
    ['api-throttle-770004', { count: 1 }],
    ['api-throttle-406', { count: 1 }],
    ['api-html-405', { count: 1 }],
    ['api-html-200', { count: 1 }],
    ['api-empty-refusal', { count: 1 }],
    ['api-wrong-json', { count: 1 }],
    ['token-expired', { count: 1 }],
    ['type-chaos', {}],
    ['documented-types', {}],
  ] as const satisfies readonly (readonly [FaultName, object])[]) {
    it(`lists everything in spite of ${fault}`, async () => {
      const { cloud } = emulated;
      const before = await cloud.fired(fault);
      await cloud.fault(fault, setting);
      assert.deepEqual(idsOf(await list()), expected);
      assert.ok((await cloud.fired(fault)) > before, 'the fault was never met');
      assert.equal(emulated.account.health().throttle, null);
    });
  }

  it('asks for smaller pages where big ones are refused', async () => {
    const { cloud, another } = emulated;
    await cloud.fault('list-1150-refused');
    const big = another({ pageSize: 1150 }).drive(folder.id);
    const entries: Entry[] = [];
    for await (const page of big.list(folder, callOf())) entries.push(...page);
    assert.deepEqual(idsOf(entries), expected);
    assert.equal(await cloud.fired('list-1150-refused'), 1);
  });

  for (const fault of [
    'list-wrong-cid',
    'list-page-repeated',
    'list-page-missing-entry',
    'list-empty-with-count',
  ] as const) {
    it(`rejects with EIO, after few calls, when ${fault} stays`, async () => {
      const { cloud } = emulated;
      await cloud.fault(fault);
      await cloud.clearFigures();
      const error = await fails(list());
      assert.deepEqual([error.errno, error.reason], ['EIO', 'reply']);
      const { calls } = await cloud.figures();
      assert.ok(calls.total <= 15, `${calls.total} calls`);
    });
  }

  for (const fault of ['api-throttle-770004', 'api-html-405', 'api-empty-refusal'] as const) {
    it(`ends as a throttle, and shows it, when ${fault} stays`, async () => {
      const { cloud, account } = emulated;
      await cloud.fault(fault);
      const error = await fails(list());
      assert.deepEqual([error.errno, error.reason], ['ETIMEDOUT', 'throttle']);
      await cloud.clearFault();
      assert.deepEqual(idsOf(await list('reader')), expected);
      assert.equal(account.health().throttle, null);
    });
  }

  it('waits as long as HTTP 429 says', async () => {
    const { cloud, another } = emulated;
    const account = another();
    await account.drive('0').connect(callOf());
    await cloud.fault('api-429', { count: 1, value: 60 });
    const error = await fails(account.drive('0').connect(callOf()));
    assert.equal(error.reason, 'throttle');
    const { throttle } = account.health();
    const wait = (throttle?.until ?? 0) - emulated.clock.now();
    assert.ok(wait > 60_000 && wait <= 65_000, String(wait));
    assert.equal(await cloud.fired('api-429'), 1);
  });

  it('works again after the network was away', async () => {
    const { cloud } = emulated;
    await cloud.networkDown();
    const abort = new AbortController();
    const waiting = driver.space(callOf('lookup', abort.signal));
    const error = await fails(waiting);
    assert.equal(error.reason, 'network');
    await cloud.networkUp();
    assert.deepEqual(idsOf(await list()), expected);
  });

  for (const fault of ['type-chaos', 'documented-types', 'data-array'] as const) {
    it(`reads entry, link and space under ${fault}`, async () => {
      const { cloud } = emulated;
      const file = await someFile();
      await cloud.fault(fault);
      for (let turn = 0; turn < 5; turn += 1) {
        assert.deepEqual(await driver.stat(file, callOf()), file);
        assert.equal((await driver.link(file, callOf())).size, file.size);
        assert.ok(((await driver.space(callOf()))?.total ?? 0) > 0);
      }
    });
  }

  it('keeps known times under info-zero-time, and finds nothing gone under info-empty', async () => {
    const { cloud } = emulated;
    const file = await someFile();
    await cloud.fault('info-zero-time');
    await cloud.fault('info-empty');
    assert.deepEqual(await driver.stat(file, callOf()), file);
    const { id } = await cloud.addFile({ parent: folder.id, name: 'short-lived', size: 1 });
    const entry = (await list()).find((one) => one.id === id);
    assert.ok(entry !== undefined);
    await cloud.remove({ id });
    assert.equal(await driver.stat(entry, callOf()), null);
  });
});
