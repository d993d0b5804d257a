import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { callMetrics } from '../../../src/daemon/metrics/call-metrics.js';
import { Metrics } from '../../../src/daemon/metrics/metrics.js';
import type { Snapshot } from '../../../src/daemon/metrics/series.js';
import { UploadCounts } from '../../../src/daemon/transfers/upload-counts.js';
import { OperationTally } from '../../../src/fuse/operation-tally.js';
import { FsError } from '../../../src/lib/errors.js';
import { FakeDaemon } from '../../control/fake-daemon.js';

const content: Snapshot['content'] = {
  files: [],
  accounts: [{ account: 'main', limit: 8, busy: 2, waiting: 1, links: [] }],
  links: { cached: 7, renewed: 1, ahead: { fetched: 20, used: 18 } },
  memory: { used: 64, limit: 128 },
  blocks: null,
  bytes: { wanted: 5000, fetched: 6000 },
  reads: { memory: 30, disk: 20, cloud: 10 },
} as unknown as Snapshot['content'];

describe('metrics', () => {
  let tally: OperationTally;
  let register: Registry;
  let metrics: Metrics;

  beforeEach(() => {
    const uploadCounts = new UploadCounts();
    const file = { id: 'local-1', path: '/a', size: 100, reason: null };
    for (const kind of ['begun', 'waits', 'begun', 'done', 'done'] as const) {
      uploadCounts.add('films', { kind, ...file });
    }
    tally = new OperationTally();
    register = new Registry();
    const status = new FakeDaemon().status();
    const process = { cpuSeconds: 1.5, heap: 1024, descriptors: 12 };
    const mounts = [{ path: '/mnt/films', tallies: new Map([['read', tally]]) }];
    const uploads = uploadCounts.all;
    const now: Snapshot = { status, content, mounts, uploads, process };
    metrics = Metrics.create(register, () => Promise.resolve(now));
  });

  const lines = async (name: string): Promise<readonly string[]> =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith(`panfuse_${name}`));

  function answered(milliseconds: number, error: FsError | null = null): void {
    tally.begun();
    tally.answered(milliseconds, error);
  }

  it('count operations by errno', async () => {
    answered(1);
    answered(1);
    answered(1, new FsError('EIO', 'broken'));
    tally.begun();
    const labels = 'mount="/mnt/films",operation="read"';
    assert.deepEqual(await lines('operations_'), [
      `panfuse_operations_total{${labels},errno="ok"} 2`,
      `panfuse_operations_total{${labels},errno="EIO"} 1`,
      `panfuse_operations_pending{${labels}} 1`,
    ]);
  });

  it('show how long operations took, in classes that hold those before them', async () => {
    answered(2);
    answered(7);
    answered(120_000);
    const times = await lines('operation_seconds');
    const bucket = (le: string): string | undefined => times.find((line) => line.includes(`le="${le}"`));
    assert.deepEqual(
      ['0.001', '0.0025', '0.01', '60', '+Inf'].map((le) => bucket(le)?.split(' ').at(-1)),
      ['0', '1', '2', '2', '3'],
    );
    assert.match(times.at(-2) ?? '', /_sum\{.*\} 120\.009$/);
    assert.match(times.at(-1) ?? '', /_count\{.*\} 3$/);
  });

  it('tell the same when they are asked twice', async () => {
    answered(1);
    assert.equal(await metrics.text(), await metrics.text());
  });

  it('show cache, bytes, lanes, calls, throttle and what the clouds are owed', async () => {
    assert.deepEqual(await lines('reads_total'), [
      'panfuse_reads_total{source="memory"} 30',
      'panfuse_reads_total{source="disk"} 20',
      'panfuse_reads_total{source="cloud"} 10',
    ]);
    assert.deepEqual(await lines('fetched_bytes_total'), ['panfuse_fetched_bytes_total 6000']);
    assert.deepEqual(await lines('lane'), [
      'panfuse_lanes{account="main"} 2',
      'panfuse_lanes_limit{account="main"} 8',
      'panfuse_lane_waiters{account="main"} 1',
    ]);
    assert.deepEqual(await lines('calls_'), [
      'panfuse_calls_today{account="main"} 412',
      'panfuse_calls_per_day{account="main"} 8000',
    ]);
    assert.deepEqual(await lines('throttled'), ['panfuse_throttled{account="main"} 0']);
    assert.deepEqual(await lines('transfers'), [
      'panfuse_transfers{drive="films",state="owed"} 2',
      'panfuse_transfers{drive="films",state="failed"} 1',
      'panfuse_transfers{drive="films",state="draft"} 1',
      'panfuse_transfers{drive="films",state="local"} 3',
    ]);
    assert.deepEqual(await lines('upload'), [
      'panfuse_uploads_total{drive="films",outcome="done"} 2',
      'panfuse_uploads_total{drive="films",outcome="failed"} 0',
      'panfuse_uploads_total{drive="films",outcome="waits"} 1',
      'panfuse_uploaded_bytes_total{drive="films"} 200',
      'panfuse_uploads_paused{drive="films"} 0',
    ]);
    assert.deepEqual(await lines('cache_bytes'), []);
  });

  it('count calls by endpoint and outcome', async () => {
    const observe = callMetrics(register);
    observe('main', { name: 'ufile/files', outcome: 'ok', milliseconds: 80 });
    observe('main', { name: 'ufile/files', outcome: 'throttled', milliseconds: 20 });
    const call = 'account="main",call="ufile/files"';
    assert.deepEqual(await lines('api_calls_total'), [
      `panfuse_api_calls_total{${call},outcome="ok"} 1`,
      `panfuse_api_calls_total{${call},outcome="throttled"} 1`,
    ]);
    assert.match((await lines('api_call_seconds_sum')).join(), / 0\.1$/);
  });

  it('have a line of help each', async () => {
    const text = await metrics.text();
    const helped = [...text.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name]) => name);
    const typed = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    assert.ok(helped.length > 30);
    assert.deepEqual(helped, typed);
  });
});
