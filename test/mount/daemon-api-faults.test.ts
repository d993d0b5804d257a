import assert from 'node:assert/strict';
import type { FaultName, FaultSetting } from '../clouds/house/faults.js';
import { eventually, House } from './daemon/house.js';

interface ApiFault {
  readonly name: FaultName;
  readonly setting?: FaultSetting;
  /** Where status must tell, and in which words. */
  readonly told: 'throttle' | 'lastError';
  readonly words: RegExp;
}

const LISTED = { match: '/open/ufile/files' };

/** Refusals of every kind: nothing is asked for a while, and status says until when. */
const REFUSALS: readonly ApiFault[] = [
  { name: 'api-throttle-770004', told: 'throttle', words: /calls come too often.*770004/ },
  { name: 'api-throttle-406', told: 'throttle', words: /limit of calls is reached.*406/ },
  { name: 'api-429', setting: { value: 1, count: 1 }, told: 'throttle', words: /Too Many Requests|429/ },
  { name: 'api-empty-refusal', told: 'throttle', words: /refused without a reason/ },
  { name: 'api-html-405', told: 'throttle', words: /HTTP 405: .*访问被阻断/ },
  { name: 'api-html-200', told: 'throttle', words: /HTTP 200: .*访问被阻断/ },
];

/** Answers that are no listing of the folder, and no answers: the folder stays as it was. */
const BROKEN: readonly ApiFault[] = [
  { name: 'list-wrong-cid', told: 'lastError', words: /answered for another folder/ },
  { name: 'list-page-repeated', told: 'lastError', words: /of 50 entries came/ },
  { name: 'list-page-missing-entry', told: 'lastError', words: /of 50 entries came/ },
  { name: 'list-count-moves', setting: { skip: 1 }, told: 'lastError', words: /from 50 to 51|of 51 entries/ },
  { name: 'list-empty-with-count', told: 'lastError', words: /of 50 entries came/ },
  { name: 'api-error', setting: LISTED, told: 'lastError', words: /the operation failed.*990003/ },
  { name: 'api-5xx', setting: LISTED, told: 'lastError', words: /HTTP 502|in time/ },
  { name: 'api-reset', setting: LISTED, told: 'lastError', words: /127\.0\.0\.1|in time/ },
  { name: 'network-down', told: 'lastError', words: /127\.0\.0\.1|in time/ },
];

describe('known tree while the cloud misbehaves', function () {
  this.timeout(60_000);
  let house: House;
  let known: readonly string[];
  before(async () => {
    house = await House.open({ cloud: { library: 'tree-1000' }, account: { pageSize: 20 } });
    known = await house.tree();
  });
  afterEach(async () => {
    await house.cloud.clearFault();
    await eventually(
      () => house.refresh('/tree/group-03').catch((error: unknown) => error),
      (answer) => !(answer instanceof Error),
      15_000,
    );
    assert.deepEqual(await house.tree(), known);
  });
  after(() => house.close());

  /** What status says about it; a failure of an earlier test does not count. */
  const toldBy = async (told: ApiFault['told'], since: number): Promise<string> => {
    const { accounts, drives } = await house.status();
    if (told === 'throttle') return accounts[0]?.throttle?.message ?? '';
    const error = drives[0]?.lastError ?? null;
    return error === null || error.at < since ? '' : error.message;
  };

  for (const { name, setting, told, words } of [...REFUSALS, ...BROKEN]) {
    it(`stays whole under ${name}, and status tells`, async () => {
      const before = await house.cloud.fired(name);
      const since = Date.now();
      await house.cloud.fault(name, setting);
      const asked = house.refresh('/tree/group-03').catch((error: unknown) => error);
      await eventually(
        () => toldBy(told, since),
        (message) => words.test(message),
      );
      assert.deepEqual(await house.tree(), known);
      await house.cloud.clearFault(name);
      await asked;
      assert.ok((await house.cloud.fired(name)) > before, 'the fault was never met');
    });
  }

  it('stays whole under a call that hangs, and a listing ends within its patience', async () => {
    await house.cloud.fault('api-hang', LISTED);
    const began = performance.now();
    await assert.rejects(house.refresh('/tree/group-03'), { errno: 'ETIMEDOUT' });
    const took = performance.now() - began;
    assert.ok(took > 3500 && took < 6000, `${took} ms`);
    assert.ok((await house.cloud.fired('api-hang')) > 0);
    assert.deepEqual(await house.tree(), known);
    await house.cloud.clearFault();
    await house.cloud.resetConnections();
  });

  it('is complete when a page was spoiled once: the listing is begun again', async () => {
    await house.cloud.fault('list-page-missing-entry', { count: 1, skip: 1 });
    const before = await house.cloud.fired('list-page-missing-entry');
    const { entries, removed } = await house.refresh('/tree/group-03');
    assert.deepEqual([entries, removed], [50, 0]);
    assert.equal(await house.cloud.fired('list-page-missing-entry'), before + 1);
  });

  it('unknown folder is an error while the cloud refuses, and never shown empty', async () => {
    const folder = await house.cloud.addDirectory('new');
    await house.cloud.addFile({ name: 'inside.bin', size: 10, parent: folder.id });
    await house.refresh();
    await house.cloud.fault('api-empty-refusal');
    await assert.rejects(house.tree('/new'), /Connection timed out/);
    assert.ok((await house.cloud.fired('api-empty-refusal')) > 0);
    await house.cloud.clearFault();
    const found = await eventually(
      () => house.tree('/new').catch(() => []),
      (tree) => tree.length > 0,
      15_000,
    );
    assert.deepEqual(found, ['d 0 ', 'f 10 inside.bin']);
    await house.cloud.remove({ id: folder.id });
    await house.refresh();
    await eventually(
      () => house.tree(),
      (tree) => tree.length === known.length,
    );
  });
});
