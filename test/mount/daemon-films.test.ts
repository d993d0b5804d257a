import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { House } from './daemon/house.js';
import { run } from './programs.js';

const DURATION = 30;

interface Probed {
  readonly format: { readonly duration: string };
  readonly streams: readonly { readonly codec_type: string }[];
}

describe('real films on the daemon', function () {
  this.timeout(90_000);
  let house: House;
  before(async () => {
    house = await House.build({ cloud: { profile: 'like115', library: 'empty' } });
    const films = house.directory('films');
    for (const name of ['film.mkv', 'film.mp4']) {
      const path = join(films, name);
      await makeFilm(path);
      await house.cloud.addFile({ name, size: (await stat(path)).size, content: { kind: 'disk', path } });
    }
    await house.start();
    assert.deepEqual((await house.tree()).length, 3);
  });
  after(() => house.close());

  for (const name of ['film.mkv', 'film.mp4']) {
    it(`${name} is understood by ffprobe`, async () => {
      const before = await house.cloud.figures();
      const began = performance.now();
      const parameters = ['-v', 'error', '-show_entries', 'format=duration:stream=codec_type', '-of', 'json'];
      const { code, stdout, stderr } = await run('ffprobe', ...parameters, house.at(`/${name}`));
      const took = performance.now() - began;
      const { bytesSent, calls } = await house.cloud.figures();
      console.log(
        `      ffprobe: ${Math.round(took)} ms, ${((bytesSent - before.bytesSent) / 2 ** 20).toFixed(1)} MiB sent, ` +
          `${calls.total - before.calls.total} calls`,
      );
      assert.deepEqual([code, stderr], [0, '']);
      const { format, streams } = JSON.parse(stdout) as Probed;
      assert.ok(Math.abs(Number(format.duration) - DURATION) < 0.5, format.duration);
      assert.deepEqual(streams.map(({ codec_type: type }) => type).sort(), ['audio', 'video']);
    });
  }

  it('MP4 has its index at the end, as most are made', async () => {
    const { stdout } = await run('sh', '-c', `grep -aob moov "$1" | tail -1`, 'sh', house.at('/film.mp4'));
    const { size } = await stat(house.at('/film.mp4'));
    assert.ok(Number(stdout.split(':')[0]) > size * 0.9, stdout);
  });
});

async function makeFilm(path: string): Promise<void> {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=25:duration=${DURATION}`];
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${DURATION}`];
  const codecs = ['-c:v', 'mpeg4', '-b:v', '4M', '-minrate', '4M', '-c:a', 'aac', '-shortest'];
  const made = await run('ffmpeg', '-loglevel', 'error', '-y', ...picture, ...sound, ...codecs, path);
  assert.equal(made.code, 0, made.stderr);
}
