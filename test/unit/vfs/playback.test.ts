import assert from 'node:assert/strict';
import { Playback } from '../../../src/vfs/playback.js';
import { FakeClock } from '../../fakes/fake-clock.js';

const MIB = 1024 * 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Reads a file as a program would. */
class Reader {
  readonly clock = new FakeClock();
  position = 0;
  readonly #playback: Playback;

  constructor(size: number) {
    this.#playback = new Playback(this.clock, size);
  }

  /**
   * Reads 1 MiB after another for so long, each taking `busy` milliseconds of a second. Answers the minutes since
   * the clock began at which the next file was worth expecting.
   */
  async read(ms: number, busy: number): Promise<readonly number[]> {
    const told: number[] = [];
    const end = this.clock.monotonic() + ms;
    while (this.clock.monotonic() < end) {
      this.#playback.began(this.position, MIB);
      this.position += MIB;
      await this.clock.advance(busy);
      if (this.#playback.ended()) told.push(Math.floor(this.clock.monotonic() / MINUTE));
      await this.clock.advance(SECOND - busy);
    }
    return told;
  }
}

describe('Playback', () => {
  it('tells of a film after five minutes and every five minutes', async () => {
    assert.deepEqual(await new Reader(4096 * MIB).read(17 * MINUTE, 100), [5, 10, 15]);
  });

  it('tells of a short film when a good part of it was played', async () => {
    const reader = new Reader(200 * MIB);
    assert.deepEqual(await reader.read(118 * SECOND, 100), []);
    assert.deepEqual(await reader.read(82 * SECOND, 100), [1]);
  });

  it('says nothing of a copy, which never rests', async () => {
    assert.deepEqual(await new Reader(900 * MIB).read(15 * MINUTE, SECOND), []);
  });

  it('says nothing of what is read through within a minute', async () => {
    assert.deepEqual(await new Reader(59 * MIB).read(59 * SECOND, 1), []);
  });

  it('begins anew after a jump', async () => {
    const reader = new Reader(4096 * MIB);
    await reader.read(4 * MINUTE, 100);
    reader.position += 1000 * MIB;
    assert.deepEqual(await reader.read(5 * MINUTE, 100), []);
    assert.deepEqual(await reader.read(SECOND, 100), [9]);
  });

  it('says nothing of a reader who goes to and fro', async () => {
    const reader = new Reader(4096 * MIB);
    for (let minute = 0; minute < 10; minute += 1) {
      reader.position = (minute % 2) * 2048 * MIB;
      assert.deepEqual(await reader.read(MINUTE, 100), []);
    }
  });

  it('counts reads that overlap as one, and tells when the last of them ended', async () => {
    const clock = new FakeClock();
    const playback = new Playback(clock, 100 * MIB);
    const told: (readonly boolean[])[] = [];
    for (let second = 0; second < 62; second += 1) {
      playback.began((second + 1) * MIB, MIB);
      playback.began(second * MIB, MIB);
      await clock.advance(400);
      told.push([playback.ended(), playback.ended()]);
      await clock.advance(600);
    }
    assert.deepEqual(
      told.filter((answers) => answers.includes(true)),
      [[false, true]],
    );
  });
});
