import assert from 'node:assert/strict';
import type { FileEntry } from '../../../src/driver/entry.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { bench, FILM, fails, KIB, MIB } from './bench.js';
import { FakeBlocks } from './fake-blocks.js';
import { bytesOf, drive, fileOf } from './fake-cloud.js';

describe('reading a file', () => {
  it('gives the bytes that were asked for', async () => {
    const { env, content, source } = bench();
    const bytes = await drive(env.clock, content.open(source, FILM).read(1_000_001, 131_071, callOf()));
    assert.deepEqual(bytes, bytesOf('7', 1_000_001, 1_131_072));
  });

  it('ends at the end of the file', async () => {
    const { env, content, source } = bench();
    const file = content.open(source, FILM);
    const tail = await drive(env.clock, file.read(FILM.size - 10, 100, callOf()));
    assert.deepEqual(tail, bytesOf('7', FILM.size - 10, FILM.size));
    assert.equal((await file.read(FILM.size, 100, callOf())).length, 0);
    assert.equal((await file.read(FILM.size + 5, 100, callOf())).length, 0);
  });

  it('asks nothing of the cloud for an empty file', async () => {
    const empty = fileOf('9', 0);
    const { cloud, cdn, content, source } = bench({ files: [empty] });
    assert.equal((await content.open(source, empty).read(0, 4096, callOf())).length, 0);
    assert.equal(cloud.asked.length + cdn.requests.length, 0);
  });

  it('sends the headers that the link is bound to', async () => {
    const { env, cdn, content, source } = bench({ content: { userAgent: 'player/1' } });
    await drive(env.clock, content.open(source, FILM).read(0, 1, callOf()));
    assert.equal(cdn.requests[0]?.headers['user-agent'], 'player/1');
  });

  it('fetches little for a probe', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    await drive(env.clock, file.read(0, 64 * KIB, callOf()));
    await drive(env.clock, file.read(FILM.size - 64 * KIB, 64 * KIB, callOf()));
    await env.clock.advance(10_000);
    assert.deepEqual(
      cdn.requests.map(({ start, end }) => end - start),
      [256 * KIB, 128 * KIB],
    );
    assert.deepEqual(content.status().bytes, { wanted: 128 * KIB, fetched: 384 * KIB });
  });

  it('brings what was read to the end of its unit when the file is closed, so that a second probe costs nothing', async () => {
    const { env, cdn, content, source } = bench({
      blocks: new FakeBlocks(),
      cdn: { pace: 20, chunk: 16 * KIB },
    });
    for (const pass of [1, 2]) {
      const file = content.open(source, FILM);
      for (const position of [100 * MIB, 64 * MIB + 100]) {
        const bytes = await drive(env.clock, file.read(position, 4 * KIB, callOf()));
        assert.deepEqual(bytes, bytesOf('7', position, position + 4 * KIB), `pass ${pass}`);
      }
      file.close();
      await env.clock.advance(1000);
      assert.deepEqual([cdn.requests.length, cdn.open], [2, 0], `pass ${pass}`);
    }
  });

  it('leaves bytes right for whoever holds them while their memory is used again', async () => {
    const { env, content, source } = bench({ content: { memory: MIB } });
    const file = content.open(source, FILM);
    const first = await drive(env.clock, file.read(0, 64 * KIB, callOf()));
    for (let position = 0; position < 16 * MIB; position += MIB) {
      const borrowed = file.borrow(position, 128 * KIB, callOf()).then((bytes) => bytes.slice());
      assert.deepEqual(await drive(env.clock, borrowed), bytesOf('7', position, position + 128 * KIB));
    }
    assert.deepEqual(first, bytesOf('7', 0, 64 * KIB));
  });

  it('fetches the tail beside the head, while tails get read', async () => {
    const files = Array.from({ length: 20 }, (_, index) => fileOf(String(100 + index), 64 * MIB));
    const { env, cdn, content, source } = bench({ files });
    const scan = async (entry: FileEntry): Promise<number> => {
      const file = content.open(source, entry);
      await drive(env.clock, file.read(0, 64 * KIB, callOf()));
      await env.clock.advance(100);
      const before = cdn.requests.length;
      assert.equal(cdn.open, 0);
      file.close();
      return before;
    };
    let asked = 0;
    const tails: number[] = [];
    for (const entry of files) {
      const now = await scan(entry);
      tails.push(now - asked - 1);
      asked = now;
    }
    assert.ok(tails[1] === 1 && tails.at(-1) === 0, tails.join(' '));
    const [first = FILM] = files;
    const file = content.open(source, first);
    await drive(env.clock, file.read(first.size - 10, 10, callOf()));
    file.close();
    asked = cdn.requests.length;
    assert.equal((await scan(first)) - asked - 1, 1);
  });

  it('asks for more at once while it is read in order, each byte once, on both connections in the end', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    for (let at = 0; at < 128 * MIB; at += MIB / 2) {
      const bytes = await drive(env.clock, file.read(at, MIB / 2, callOf()));
      assert.equal(Buffer.compare(bytes, bytesOf('7', at, at + MIB / 2)), 0);
    }
    const films = cdn.requests.filter(({ start }) => start < FILM.size - 128 * KIB);
    const sorted = [...films].sort((a, b) => a.start - b.start);
    const lengths = sorted.map(({ start, end }) => (end - start) / KIB);
    assert.deepEqual(lengths.slice(0, 2), [640, 1280]);
    assert.equal(Math.max(...lengths), 32 * 1024);
    sorted.slice(1).forEach(({ start }, index) => assert.equal(start, sorted[index]?.end));
    assert.equal(cdn.mostOpen, 2);
  });

  it('keeps both connections busy to the end while the file is read through', async () => {
    const { env, cdn, content, source } = bench({ cdn: { chunk: 256 * KIB, pace: 13 } });
    const file = content.open(source, FILM);
    const started = env.clock.monotonic();
    for (let at = 0; at < FILM.size; at += MIB) await drive(env.clock, file.read(at, MIB, callOf()));
    const took = env.clock.monotonic() - started;
    const twoStreams = (FILM.size / 2 / (256 * KIB)) * 13 + 30;
    assert.ok(took <= twoStreams / 0.92, `${took} ms, two streams take ${twoStreams}`);
    assert.equal(cdn.mostOpen, 2);
  });

  it('serves reads that arrive out of order from one stream', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    const order = [2, 0, 1, 3, 7, 4, 6, 5];
    for (let window = 0; window < 8; window += 1) {
      const starts = order.map((index) => window * MIB + index * 128 * KIB);
      const reads = starts.map((start) => file.read(start, 128 * KIB, callOf()));
      for (const [index, bytes] of (await drive(env.clock, Promise.all(reads))).entries()) {
        const start = starts[index] ?? 0;
        assert.deepEqual(bytes, bytesOf('7', start, start + 128 * KIB));
      }
    }
    assert.ok(cdn.requests.length <= 8, `${cdn.requests.length} requests`);
    assert.ok(content.status().bytes.fetched <= 13 * MIB);
  });

  it('does not fetch again what another place of the file has already', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    await drive(env.clock, file.read(10 * MIB, 128 * KIB, callOf()));
    const before = await drive(env.clock, file.read(10 * MIB - 128 * KIB, 256 * KIB, callOf()));
    assert.deepEqual(before, bytesOf('7', 10 * MIB - 128 * KIB, 10 * MIB + 128 * KIB));
    assert.deepEqual(
      cdn.requests.map(({ start, end }) => [start - 10 * MIB, end - 10 * MIB]),
      [
        [0, 256 * KIB],
        [-128 * KIB, 0],
      ],
    );
  });

  it('shares one request among readers of the same bytes', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    const reads = Array.from({ length: 8 }, () => file.read(5 * MIB, 64 * KIB, callOf()));
    await drive(env.clock, Promise.all(reads));
    assert.equal(cdn.requests.length, 1);
  });

  for (const [pace, requests, skips] of [
    [2, 0, 'skips a gap inside its stream when that is quicker than another request'],
    [20, 1, 'asks anew behind a gap that comes slower than the answer to another request'],
  ] as const) {
    it(skips, async () => {
      const { env, cdn, content, source } = bench({ cdn: { pace } });
      const file = content.open(source, FILM);
      for (let at = 0; at < 4 * MIB; at += MIB) await drive(env.clock, file.read(at, MIB, callOf()));
      const asked = cdn.requests.length;
      await drive(env.clock, file.read(4.75 * MIB, 64 * KIB, callOf()));
      assert.equal(cdn.requests.length - asked, requests);
    });
  }

  it('reads again a little behind without a request', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    for (let at = 0; at < 4 * MIB; at += MIB) await drive(env.clock, file.read(at, MIB, callOf()));
    const asked = cdn.requests.length;
    assert.deepEqual(await file.read(2.5 * MIB, KIB, callOf()), bytesOf('7', 2.5 * MIB, 2.5 * MIB + KIB));
    assert.equal(cdn.requests.length, asked);
  });

  it('asks for 1.125 MiB at once after a jump when it was read in order before', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    for (let at = 0; at < 2 * MIB; at += MIB) await drive(env.clock, file.read(at, MIB, callOf()));
    await drive(env.clock, file.read(100 * MIB, 128 * KIB, callOf()));
    const last = cdn.requests.at(-1);
    assert.deepEqual([last?.start, last?.end], [100 * MIB, 101.125 * MIB]);
  });

  it('fetches nothing ahead of a reader that is slower than a connection, but for its window', async () => {
    const { env, cdn, content, source } = bench();
    const file = content.open(source, FILM);
    for (let at = 0; at < 6 * MIB; at += MIB) await drive(env.clock, file.read(at, MIB, callOf()));
    await env.clock.advance(4000);
    const ahead = content.status().bytes.fetched - 6 * MIB;
    assert.ok(ahead <= 15 * MIB, `${ahead} bytes ahead of 6 MiB`);
    for (let at = 6 * MIB; at < 40 * MIB; at += MIB) {
      await env.clock.advance(250);
      await drive(env.clock, file.read(at, MIB, callOf()));
    }
    const [place] = content.status().files[0]?.places ?? [];
    assert.ok((place?.window ?? 0) <= 16 * MIB, 'the window grew although nobody starved');
    assert.ok(content.status().bytes.fetched <= 60 * MIB);
    assert.equal(cdn.refusedForCap, 0);
  });

  it('closes a stream that nobody reads from after five seconds', async () => {
    const { env, cdn, content, source } = bench({ cdn: { pace: 250 } });
    const file = content.open(source, FILM);
    for (let at = 0; at < 6 * MIB; at += MIB) await drive(env.clock, file.read(at, MIB, callOf()));
    await env.clock.advance(4900);
    assert.ok(cdn.open > 0);
    await env.clock.advance(110);
    assert.equal(cdn.open, 0);
    const next = await drive(env.clock, file.read(32 * MIB, MIB, callOf()));
    assert.deepEqual(next, bytesOf('7', 32 * MIB, 33 * MIB));
  });

  it('gives the lane back within a second after its program was killed', async () => {
    const { env, cdn, content, source } = bench({ cdn: { pace: 500 } });
    const file = content.open(source, FILM);
    const killed = new AbortController();
    const read = file.read(0, MIB, callOf('reader', killed.signal));
    await env.clock.advance(1500);
    assert.ok(cdn.open > 0);
    killed.abort(new Error('killed'));
    await assert.rejects(read, /killed/);
    await env.clock.advance(1000);
    assert.equal(cdn.open, 0);
    assert.equal(content.status().accounts[0]?.busy, 0);
  });

  it('ends a wait for a lane at once when its program is killed', async () => {
    const { env, cdn, content, source } = bench({ cdn: { pace: 500 } });
    const others = [0, 40 * MIB].map((at) => content.open(source, FILM).read(at, 2 * MIB, callOf()));
    await env.clock.advance(200);
    const killed = new AbortController();
    const read = content.open(source, FILM).read(80 * MIB, 10, callOf('reader', killed.signal));
    await settle();
    assert.equal(content.status().accounts[0]?.waiting, 1);
    killed.abort(new Error('killed'));
    await assert.rejects(read, /killed/);
    await drive(env.clock, Promise.all(others));
    assert.equal(cdn.requests.filter(({ start }) => start === 80 * MIB).length, 0);
  });

  it('goes on for the reads that were not aborted', async () => {
    const { env, content, source } = bench();
    const file = content.open(source, FILM);
    const killed = new AbortController();
    const first = file.read(0, 64 * KIB, callOf('reader', killed.signal));
    const second = file.read(64 * KIB, 64 * KIB, callOf());
    await env.clock.advance(20);
    killed.abort(new Error('killed'));
    await assert.rejects(first, /killed/);
    assert.deepEqual(await drive(env.clock, second), bytesOf('7', 64 * KIB, 128 * KIB));
  });

  it('rejects reads that wait when it is closed, and frees the connection', async () => {
    const { env, cdn, content, source } = bench({ cdn: { pace: 100 } });
    const file = content.open(source, FILM);
    const read = file.read(0, 8 * MIB, callOf());
    await env.clock.advance(500);
    file.close();
    file.close();
    await assert.rejects(read, fails('EBADF'));
    await assert.rejects(file.read(0, 1, callOf()), fails('EBADF'));
    await drive(env.clock, content.close());
    assert.equal(cdn.open, 0);
    assert.deepEqual(content.status().memory.used, 0);
  });

  it('waits at close until every connection is closed', async () => {
    const { env, cdn, content, source } = bench({ cdn: { pace: 100, closing: 700 } });
    const reads = [0, 50 * MIB].map((at) => content.open(source, FILM).read(at, MIB, callOf()));
    const ends = Promise.allSettled(reads);
    await env.clock.advance(500);
    assert.equal(cdn.open, 2);
    await drive(env.clock, content.close());
    assert.equal(cdn.open, 0);
    assert.deepEqual(
      (await ends).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
  });

  it('keeps no more bytes in memory than its budget while readers are idle', async () => {
    const files = Array.from({ length: 12 }, (_, index) => fileOf(String(100 + index), 16 * MIB));
    const { env, content, source } = bench({
      files,
      cdn: { chunk: 256 * KIB },
      content: { memory: 8 * MIB },
    });
    for (const entry of files) {
      const file = content.open(source, entry);
      for (const at of [0, MIB]) {
        assert.deepEqual(
          await drive(env.clock, file.read(at, MIB, callOf())),
          bytesOf(entry.id, at, at + MIB),
        );
      }
      await env.clock.advance(6000);
      assert.ok(content.status().memory.used <= 8 * MIB, `${content.status().memory.used} bytes`);
    }
    await env.clock.advance(60_000);
    assert.equal(content.status().memory.used, 0);
  });

  it('gives reads that are larger than its windows', async () => {
    const { env, content, source } = bench({ content: { memory: MIB } });
    const file = content.open(source, FILM);
    const bytes = await drive(env.clock, file.read(1, 12 * MIB, callOf()));
    assert.equal(Buffer.compare(bytes, bytesOf('7', 1, 12 * MIB + 1)), 0);
  });

  it('keeps what somebody waits for although memory is short', async () => {
    const files = ['21', '22', '23'].map((id) => fileOf(id, 8 * MIB));
    const { env, content, source } = bench({ files, content: { memory: MIB } });
    const reads = files.map((entry) => content.open(source, entry).read(0, 3 * MIB, callOf()));
    for (const [index, bytes] of (await drive(env.clock, Promise.all(reads), 10_000)).entries()) {
      assert.equal(Buffer.compare(bytes, bytesOf(files[index]?.id ?? '', 0, 3 * MIB)), 0);
    }
  });

  it('shows what each open file costs', async () => {
    const { env, content, source } = bench();
    const file = content.open(source, FILM);
    await drive(env.clock, file.read(0, 128 * KIB, callOf()));
    const [shown] = content.status().files;
    assert.equal(shown?.name, '7.mkv');
    assert.deepEqual([shown.wanted, shown.position], [128 * KIB, 128 * KIB]);
    assert.ok(shown.fetched >= 128 * KIB);
    file.close();
    assert.deepEqual(content.status().files, []);
    assert.equal(content.status().bytes.wanted, 128 * KIB);
  });
});
