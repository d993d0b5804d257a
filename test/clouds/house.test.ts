import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { CallMeter } from './house/call-meter.js';
import { ConnectionLedger } from './house/connection-ledger.js';
import { contentHash, expectedBytes, openContent } from './house/content.js';
import { Drive, ROOT } from './house/drive.js';
import { FaultSwitches, parseFault } from './house/faults.js';
import { readForm } from './house/form.js';
import { pickCodeOf } from './house/identity.js';
import { writeJson } from './house/json.js';
import { parseCloudArguments } from './options.js';
import { parseRange } from './pan115-open/byte-range.js';

describe('generated content', () => {
  const seeded = { kind: 'seeded', seed: 'a film' } as const;

  it('is the same whatever pieces it is read in', async () => {
    const whole = await expectedBytes(seeded, 0, 300_000);
    await fc.assert(
      fc.asyncProperty(fc.nat(299_999), fc.nat(150_000), async (start, wanted) => {
        const length = Math.min(wanted, 300_000 - start);
        assert.ok((await expectedBytes(seeded, start, length)).equals(whole.subarray(start, start + length)));
      }),
      { numRuns: 50 },
    );
  });

  it('differs between files and between places of a file', async () => {
    const pieces = [
      await expectedBytes(seeded, 0, 65_536),
      await expectedBytes(seeded, 65_536, 65_536),
      await expectedBytes(seeded, 64 * 1024 ** 3, 65_536),
      await expectedBytes({ kind: 'seeded', seed: 'another film' }, 0, 65_536),
    ];
    const digests = new Set(pieces.map((piece) => createHash('sha1').update(piece).digest('hex')));
    assert.equal(digests.size, pieces.length);
  });

  it('comes faster than 200 MB/s', () => {
    const source = openContent(seeded);
    const buffer = Buffer.alloc(256 * 1024);
    const rates = Array.from({ length: 3 }, () => {
      const began = performance.now();
      for (let turn = 0; turn < 256; turn += 1) void source.fill(buffer, turn * buffer.length);
      return (256 * buffer.length) / 1000 / (performance.now() - began);
    });
    assert.ok(Math.max(...rates) > 200, rates.join(', '));
  });

  it('has the hash of the test vector of the document', async () => {
    const modulo = { kind: 'modulo', modulus: 251 } as const;
    assert.equal(await contentHash(modulo, 2_097_152), '20E1307DE838FB67C28577C7EC9D1C6288EB2883');
    const range = await expectedBytes(modulo, 1000, 151);
    const digest = createHash('sha1').update(range).digest('hex').toUpperCase();
    assert.equal(digest, 'FA6FA3BE5972C33BDB627AC7B5B338C506C0EA48');
  });
});

describe('a drive', () => {
  it('never gives an id or a pick code twice', () => {
    const drive = new Drive('100012345');
    const files = Array.from({ length: 2000 }, (_, index) => drive.addFile(ROOT, `f${index}`, { size: 1 }));
    assert.equal(new Set(files.map((file) => file.id)).size, 2000);
    assert.equal(new Set(files.map((file) => file.pickCode)).size, 2000);
    assert.ok(files.every((file) => BigInt(file.id) > 2n ** 53n));
  });

  it('gives files and folders the pick codes of their kind', () => {
    assert.match(pickCodeOf('3073323042143855813', 'file', '100012345'), /^[a-e][0-9a-z]{16}$/);
    assert.match(pickCodeOf('3073323042143855813', 'directory', '100012345'), /^f[a-e][0-9a-z]{16}$/);
  });

  it('takes what is below a deleted folder along, and forgets it when it is purged', () => {
    const drive = new Drive('1');
    const folder = drive.addDirectory(ROOT, 'folder');
    const file = drive.addFile(folder.id, 'file', { size: 5 });
    drive.remove(folder.id, 1);
    assert.deepEqual(
      [drive.children(ROOT), drive.isDeleted(file), drive.isDirectory(folder.id)],
      [[], true, false],
    );
    assert.deepEqual(drive.trash(), [folder]);
    drive.purge(folder.id);
    assert.deepEqual([drive.item(file.id), drive.byPickCode(file.pickCode), drive.used()], [null, null, 0]);
  });

  it('survives JSON and goes on counting ids', () => {
    const drive = new Drive('1');
    const file = drive.addFile(drive.addDirectory(ROOT, 'folder').id, 'file', { size: 5 });
    const loaded = Drive.load(JSON.parse(JSON.stringify(drive.save())) as ReturnType<Drive['save']>);
    assert.deepEqual(loaded.resolve(['folder', 'file']), file);
    assert.equal(loaded.addFile(ROOT, 'next', { size: 1 }).id, drive.addFile(ROOT, 'next', { size: 1 }).id);
  });
});

describe('fault switches', () => {
  it('strike as often as told, on what matches, and count', () => {
    const faults = new FaultSwitches();
    faults.on('api-5xx', { match: '/files', skip: 1, count: 2 });
    const struck = ['/info', '/files', '/files', '/files', '/files'].map((path) =>
      faults.fires('api-5xx', path),
    );
    assert.deepEqual(struck, [false, false, true, true, false]);
    const state = faults.list().find((one) => one.name === 'api-5xx');
    assert.deepEqual([state?.fired, state?.skipped, state?.on], [2, 3, true]);
  });

  it('strike at random with the given probability', () => {
    const faults = new FaultSwitches();
    faults.on('cdn-403', { probability: 0.25 });
    const struck = Array.from({ length: 4000 }, () => faults.fires('cdn-403', '')).filter(Boolean).length;
    assert.ok(struck > 800 && struck < 1200, String(struck));
  });

  it('are read from a command line', () => {
    assert.deepEqual(parseFault('api-5xx'), { name: 'api-5xx', setting: {} });
    assert.deepEqual(parseFault('api-5xx=503'), { name: 'api-5xx', setting: { value: 503 } });
    assert.deepEqual(parseFault('cdn-cut=count:2,match:clip.mkv,value:9').setting, {
      count: 2,
      match: 'clip.mkv',
      value: 9,
    });
    for (const wrong of ['no-such', 'cdn-cut=often:2', 'cdn-cut=count:x'])
      assert.throws(() => parseFault(wrong), RangeError);
  });
});

describe('the cloud’s figures', () => {
  it('tell how many calls came within a second and the burst they need at one a second', () => {
    const meter = new CallMeter();
    for (const time of [0, 10, 20, 1500, 2500, 3500]) meter.add('x', time);
    const { most, burstAtOnePerSecond } = meter.figures();
    assert.deepEqual([most.second, most.tenSeconds], [3, 6]);
    assert.ok(Math.abs(burstAtOnePerSecond - 2.98) < 1e-9, String(burstAtOnePerSecond));
  });

  it('tell the most connections that were open at once', () => {
    const ledger = new ConnectionLedger();
    const [first, second] = [ledger.take('a'), ledger.take('a')];
    assert.deepEqual(
      [ledger.refuses('a', 2), ledger.refuses('b', 2), ledger.refuses('a', null)],
      [true, false, false],
    );
    first.close();
    first.close();
    assert.deepEqual(ledger.figures(), { open: { a: 1 }, peak: { a: 2 }, highest: 2, refused: 1 });
    second.close();
    assert.deepEqual(ledger.figures().open, {});
  });
});

describe('what the cloud reads and writes', () => {
  it('writes a bigint as a bare number', () => {
    assert.equal(
      writeJson({ cid: 3073311192547189943n, name: 'a "b"' }),
      '{"cid":3073311192547189943,"name":"a \\"b\\""}',
    );
  });

  it('reads urlencoded and multipart forms', async () => {
    const read = (type: string, body: string): Promise<URLSearchParams> => {
      const request = Object.assign(Readable.from([Buffer.from(body)]), {
        headers: { 'content-type': type },
      });
      return readForm(request as unknown as IncomingMessage);
    };
    const part = '--B\r\nContent-Disposition: form-data; name="path"\r\n\r\n/电影\r\n--B--\r\n';
    assert.equal((await read('multipart/form-data; boundary=B', part)).get('path'), '/电影');
    assert.equal((await read('application/x-www-form-urlencoded', 'path=%2Fa+b')).get('path'), '/a b');
  });

  it('reads ranges as HTTP says', () => {
    const size = 100;
    assert.deepEqual(parseRange('bytes=0-9', size), { start: 0, end: 10 });
    assert.deepEqual(parseRange('bytes=90-', size), { start: 90, end: 100 });
    assert.deepEqual(parseRange('bytes=-500', size), { start: 0, end: 100 });
    for (const ignored of [undefined, 'bytes=9-0', 'bytes=-', 'lines=0-1', 'bytes=0-1,3-4']) {
      assert.equal(parseRange(ignored, size), 'whole', ignored);
    }
    for (const beyond of ['bytes=100-', 'bytes=-0'])
      assert.equal(parseRange(beyond, size), 'unsatisfiable', beyond);
  });

  it('reads its command line and says what is wrong with it', () => {
    const options = parseCloudArguments(['115-open', '--profile', 'like115', '--set', 'apiPerSecond=none']);
    assert.ok(typeof options !== 'string');
    assert.deepEqual(
      [options.profile.apiPerSecond, options.profile.ossDelay, options.library],
      [null, 30, 'demo'],
    );
    const wrong = [
      ['--profile', 'slow'],
      ['--library', 'none'],
      ['--set', 'speed=1'],
      ['--port', 'x'],
      ['--oss-endpoint', 'no address'],
      ['other'],
      ['--tls-cert', 'x'],
    ];
    for (const argv of wrong) assert.throws(() => parseCloudArguments(argv), RangeError, argv.join(' '));
  });
});
