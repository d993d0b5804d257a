import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../src/lib/doctor-protocol.js';
import { type CloudProcess, startCloud } from '../clouds/process.js';
import { panfuse } from './daemon/command-line.js';
import { errnoName } from './daemon/errno-name.js';
import { House } from './daemon/house.js';
import { abortMounts } from './daemon/watchdog.js';

const PACE = {
  calls: { perSecond: 20, burst: 100, perDay: 1_000_000 },
  breaker: { first: '1s', max: '1s' },
};

describe('several drives of two accounts in one daemon', function () {
  this.timeout(90_000);
  let house: House;
  let other: CloudProcess;
  let films: string;
  /** Where the mounts are that the house does not know. */
  let place: string;

  before(async () => {
    place = mkdtempSync(join(tmpdir(), 'panfuse-drives-'));
    films = join(place, 'films');
    other = await startCloud({ library: 'tree-1000' });
    const { clientId, refreshToken } = other.login;
    const second = { kind: '115-open', clientId, refreshToken, endpoints: other.endpoints, ...PACE };
    house = await House.build({
      cloud: { library: 'small' },
      accounts: { second },
      sections: {
        drives: { films: { account: 'main' }, docs: { account: 'second' }, papers: { account: 'second' } },
        mounts: [
          { path: films, drive: 'films' },
          { path: join(place, 'docs'), drive: 'docs' },
          { path: join(place, 'all'), drives: ['films', 'docs', 'papers'] },
        ],
      },
    });
    await house.start();
  });

  after(async () => {
    await house.close();
    await other.stop();
    abortMounts(place);
    rmSync(place, { recursive: true, force: true });
  });

  /** Calls of the day as a cloud has counted them: a renewed login is none. */
  async function callsTo(cloud: CloudProcess): Promise<number> {
    const paths = (await cloud.log()).map(({ path }) => path);
    return paths.filter((path) => path.startsWith('/open/') && !path.endsWith('/refreshToken')).length;
  }

  async function doctor(): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> {
    const { code, stdout } = await panfuse(house, 'doctor', '--json');
    return { code, findings: JSON.parse(stdout) as readonly Finding[] };
  }

  it('are each under a mount point of their own, and all under one', async () => {
    assert.deepEqual((await readdir(join(place, 'all'))).sort(), ['docs', 'films', 'papers']);
    assert.deepEqual(await readdir(join(place, 'all', 'films')), await readdir(films));
    const docs = await readdir(join(place, 'docs'));
    assert.deepEqual(await readdir(join(place, 'all', 'docs')), docs);
    assert.notDeepEqual(docs, await readdir(films));
    assert.equal(await readFile(join(place, 'all', 'films', 'readme.txt'), 'utf8'), 'hello');
  });

  it('have budgets apart: a cloud that refuses calls hinders its own account alone', async () => {
    const [folder = ''] = await readdir(join(place, 'docs'));
    await other.fault('api-throttle-770004');
    await assert.rejects(readdir(join(place, 'docs', folder)), (error) => errnoName(error) !== 'ENOENT');
    const begun = performance.now();
    await house.client.call('POST /v1/refresh', { path: films, recursive: false });
    assert.ok(performance.now() - begun < 5000, 'a call of the first account waited');
    const { accounts } = await house.status();
    const throttled = accounts.map(({ name, throttle }) => [name, throttle !== null]);
    assert.deepEqual(throttled, [
      ['main', false],
      ['second', true],
    ]);
    const [first, second] = accounts.map(({ calls }) => calls.today);
    assert.deepEqual([first, second], [await callsTo(house.cloud), await callsTo(other)]);
    assert.ok((first ?? 0) > 0);
    await other.clearFault();
  });

  it('are mounted and unmounted live, beside the others', async () => {
    const path = join(place, 'new');
    await house.client.call('POST /v1/mount', { drive: 'papers', folder: '/', path, options: {} });
    assert.deepEqual(await readdir(path), await readdir(join(place, 'docs')));
    await house.client.call('POST /v1/unmount', { path });
    assert.deepEqual(await readdir(path), []);
    assert.equal((await readdir(join(place, 'all'))).length, 3);
  });

  it('tell a shell their names, and write more to the log at once when they are told to', async () => {
    const { client } = house;
    const names = (await client.call('GET /v1/names', { folder: 'films:/' })).map(({ name }) => name);
    assert.deepEqual(names, (await readdir(films)).sort());
    const missing = { folder: join(place, 'all', 'films', 'none') };
    await assert.rejects(client.call('GET /v1/names', missing), /no such file/);
    assert.doesNotMatch(house.daemon.output, /a control command failed/);
    assert.deepEqual(await client.call('POST /v1/log/level', { level: 'debug' }), {
      level: 'debug',
      configured: 'info',
    });
    await assert.rejects(client.call('GET /v1/names', missing), /no such file/);
    await house.daemon.said(/ debug a control command failed .*ENOENT/);
  });

  it('are found well by the doctor, and dead when their daemon was killed', async () => {
    const mounts = (findings: readonly Finding[]): readonly (readonly [string | null, string])[] =>
      findings.flatMap(({ check, subject, level }) => (check === 'mount' ? [[subject, level] as const] : []));
    const paths = [films, join(place, 'docs'), join(place, 'all')];
    const { findings } = await doctor();
    const here = mounts(findings).filter(([path]) => paths.includes(path ?? ''));
    assert.deepEqual(
      here,
      paths.map((path) => [path, 'ok']),
    );
    assert.ok(findings.some(({ check, level }) => check === 'clock' && level === 'ok'));
    await house.daemon.kill();
    const dead = await doctor();
    assert.notEqual(dead.code, 0);
    const left = mounts(dead.findings).filter(([path]) => paths.includes(path ?? ''));
    assert.deepEqual(
      left,
      paths.map((path) => [path, 'fail']),
    );
    await house.start();
    assert.deepEqual((await readdir(join(place, 'all'))).sort(), ['docs', 'films', 'papers']);
  });
});
