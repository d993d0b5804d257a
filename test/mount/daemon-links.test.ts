import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { panfuse } from './daemon/command-line.js';
import { eventually, House } from './daemon/house.js';
import { resourcesOf } from './daemon/resources.js';
import { run } from './programs.js';

const PLAYER = 'VLC/3.0.21 LibVLC/3.0.21';
const NAME = '片 1.mkv';
/** More than sockets hold by themselves. */
const LONG = 48 * 2 ** 20;
const DURATION = 10;
const PROBE = ['-v', 'error', '-show_entries', 'format=duration:stream=codec_type', '-of', 'json'];

describe('a player at the listener, beside a mount of the same file', function () {
  this.timeout(90_000);
  let house: House;
  let film: Buffer;
  /** Through the listener, with a signature. */
  let url: string;
  let long: string;
  before(async () => {
    house = await House.build({
      cloud: { profile: 'like115', library: 'empty' },
      sections: { links: { listen: '127.0.0.1:0' }, upload: { delay: '10m' } },
    });
    const path = join(house.directory('films'), 'film.mkv');
    await makeFilm(path);
    film = await readFile(path);
    await house.cloud.addFile({ name: NAME, size: film.length, content: { kind: 'disk', path } });
    await house.cloud.addFile({ name: 'long.mkv', size: LONG, content: { kind: 'seeded', seed: 'long' } });
    await house.start();
    [url, long] = [await addressOf(NAME), await addressOf('long.mkv')];
  });
  after(() => house.close());
  beforeEach(() => house.cloud.clearFigures());

  async function addressOf(name: string): Promise<string> {
    const { origin, files } = await house.client.call('POST /v1/links/folder', { path: 'films:/' });
    return `${origin ?? ''}${files.find((file) => file.name === name)?.address ?? ''}`;
  }

  const mounted = (): string => house.at(`/${NAME}`);
  const curl = (...words: readonly string[]): Promise<string> =>
    md5Of('curl', '-sSfL', '-A', PLAYER, ...words);

  async function withinLimits(): Promise<void> {
    const { links, accounts } = await house.cloud.figures();
    assert.ok(links.highest <= 2, `${links.highest} connections on a link`);
    assert.deepEqual([links.refused, accounts.refused], [0, 0]);
  }

  it('gets every byte, as the mount does, each by links of its own', async () => {
    const sums = await Promise.all([md5Of('cat', mounted()), curl(url), curl(url), md5Of('cat', mounted())]);
    assert.deepEqual(sums, Array<string>(4).fill(md5(film)));
    const downloads = (await house.cloud.log()).filter(({ path }) => path.startsWith('/cdn/'));
    assert.equal(new Set(downloads.map(({ path }) => path)).size, 2);
    await withinLimits();
  });

  it('understands the film behind the redirect as in the mount', async () => {
    const [redirected, read] = await Promise.all([
      run('ffprobe', ...PROBE, '-user_agent', PLAYER, url),
      run('ffprobe', ...PROBE, mounted()),
    ]);
    assert.deepEqual([redirected.code, redirected.stderr, redirected.stdout], [0, '', read.stdout]);
    assert.match(redirected.stdout, /"codec_type": "audio"/);
    await withinLimits();
  });

  it('gets the same bytes from here, and ranges of them, by the connections of the mount', async () => {
    const sums = await Promise.all([curl(`${url}&proxy=1`), md5Of('cat', mounted())]);
    assert.deepEqual(sums, Array<string>(2).fill(md5(film)));
    const range = await curl('-r', '1000000-1999999', `${url}&proxy=1`);
    assert.equal(range, md5(film.subarray(1_000_000, 2_000_000)));
    const seeking = await run('ffprobe', ...PROBE, '-user_agent', 'no redirects/1', `${url}&proxy=1`);
    assert.deepEqual([seeking.code, seeking.stderr], [0, '']);
    await withinLimits();
  });

  it('gets what was written and the cloud does not have yet', async () => {
    await writeFile(house.at('/new.mkv'), film.subarray(0, 1_000_000));
    assert.equal(await curl(await addressOf('new.mkv')), md5(film.subarray(0, 1_000_000)));
    await assert.rejects(house.client.call('POST /v1/link', { path: 'films:/new.mkv' }), { errno: 'EAGAIN' });
  });

  it('reads .strm files that lead to either', async () => {
    const folder = house.directory('strm');
    const strm = async (...options: readonly string[]): Promise<string> => {
      const { code, stderr } = await panfuse(house, 'strm', 'films:/', folder, ...options);
      assert.equal(code, 0, stderr);
      return (await readFile(join(folder, '片 1.strm'), 'utf8')).trim();
    };
    assert.equal(await strm(), url);
    const path = await strm('--mount');
    assert.equal(path, mounted());
    assert.deepEqual(await Promise.all([curl(url), md5Of('cat', path)]), Array<string>(2).fill(md5(film)));
  });

  it('without the token hears nothing but no', async () => {
    const { origin, pathname } = new URL(url);
    for (const path of ['/', '/d/films/none', '/d/nowhere/a', pathname]) {
      const { stdout } = await run('curl', '-sS', '-w', '%{http_code}', `${origin}${path}?token=guessed`);
      assert.equal(stdout, 'not allowed\n403');
    }
  });

  it('that is slow, or goes away, leaves nothing behind and takes nothing from the mount', async () => {
    const { descriptors } = resourcesOf(house.daemon.pid);
    const players = Array.from({ length: 8 }, () =>
      spawn('curl', ['-sS', '--limit-rate', '1k', '-o', '/dev/null', `${long}&proxy=1`]),
    );
    const isServing = ({ content }: Awaited<ReturnType<House['status']>>): boolean => content.openFiles >= 8;
    await eventually(() => house.status(), isServing);
    assert.equal(await md5Of('cat', mounted()), md5(film));
    for (const player of players) player.kill('SIGKILL');
    await Promise.all(players.map((player) => once(player, 'close')));
    await eventually(
      () => house.status(),
      ({ content }) => content.openFiles === 0 && content.lanes.busy === 0,
    );
    await eventually(
      () => Promise.resolve(resourcesOf(house.daemon.pid).descriptors),
      (now) => now <= descriptors + 2,
    );
    await withinLimits();
  });
});

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Of what a program prints. */
async function md5Of(program: string, ...parameters: readonly string[]): Promise<string> {
  const script = 'set -o pipefail; "$@" | md5sum';
  const { code, stdout, stderr } = await run('bash', '-c', script, 'bash', program, ...parameters);
  assert.equal(code, 0, stderr);
  return stdout.slice(0, 32);
}

async function makeFilm(path: string): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=25:duration=${DURATION}`];
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${DURATION}`];
  const codecs = ['-c:v', 'mpeg4', '-b:v', '4M', '-minrate', '4M', '-c:a', 'aac', '-shortest'];
  const made = await run('ffmpeg', '-loglevel', 'error', '-y', ...picture, ...sound, ...codecs, path);
  assert.equal(made.code, 0, made.stderr);
}
