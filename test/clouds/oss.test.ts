import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Crc64 } from './oss/crc64.js';
import { copyStretches, ObjectFiles, StretchWriter } from './oss/object-files.js';
import { signatureOf } from './oss/signature.js';
import { parseCompletion } from './oss/xml.js';

describe('parts of the emulated storage', () => {
  describe('signature V1', () => {
    const headers = {
      date: 'Mon, 02 Mar 2026 08:00:00 GMT',
      'x-oss-security-token': 'ExampleSecurityToken',
    };
    const uploadId = '0004B9894A22E5B1888A1E29F8236E2D';
    const vectors = [
      ['POST', 'sequential&uploads', {}, 'tDU1j6ZGOmQXrPZAdjKu8/0wHOQ='],
      ['POST', 'sequential=1&uploads=1', {}, 'tjoOZUY58DQQOKl/n1weFpKCe0M='],
      ['POST', 'uploads&encoding-type=url&sequential', {}, 'tDU1j6ZGOmQXrPZAdjKu8/0wHOQ='],
      [
        'PUT',
        `uploadId=${uploadId}&partNumber=1`,
        { 'content-type': 'application/octet-stream' },
        '52Wmt6FNGO//1RZyzMVzlZVE2JQ=',
      ],
    ] as const;
    for (const [method, query, more, signature] of vectors) {
      it(`is that of the document for ${method} ?${query}`, () => {
        const request = { bucket: 'fhnfile', object: '1a2b3c4d5e', query: new URLSearchParams(query) };
        const signed = signatureOf(
          { ...request, method, headers: { ...headers, ...more } },
          'ExampleSecretKey',
        );
        assert.equal(signed, signature);
      });
    }
  });

  it('computes CRC-64 whatever pieces it is given', () => {
    const check = new Crc64();
    check.update(Buffer.from('123456789'));
    assert.equal(check.digest(), '11051210869376104954');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const [whole, pieces] = [new Crc64(), new Crc64()];
        whole.update(bytes);
        pieces.update(bytes.subarray(0, cut));
        pieces.update(bytes.subarray(cut));
        assert.equal(whole.digest(), pieces.digest());
      }),
    );
  });

  it('reads the list of parts with quoted, escaped and bare ETags', () => {
    const part = (number: number, etag: string) =>
      `<Part> <PartNumber>${number}</PartNumber>\n<ETag>${etag}</ETag></Part>`;
    const xml = `<?xml version="1.0"?><CompleteMultipartUpload>${part(1, '"AB"')}${part(2, '&quot;CD&quot;')}${part(3, 'EF')}</CompleteMultipartUpload>\n`;
    assert.deepEqual(parseCompletion(xml), [
      { number: 1, etag: 'AB' },
      { number: 2, etag: 'CD' },
      { number: 3, etag: 'EF' },
    ]);
    for (const wrong of ['', '<CompleteMultipartUpload></CompleteMultipartUpload>', '{"parts":[]}']) {
      assert.equal(parseCompletion(wrong), null, wrong);
    }
  });

  describe('files of objects', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'objects-'));
    });

    afterEach(() => rm(folder, { recursive: true }));

    it('hold zeros as holes, also at their end', async () => {
      const path = await new ObjectFiles(join(folder, 'made')).create();
      const writer = await StretchWriter.open(path, 0);
      const zeros = Buffer.alloc(1024 * 1024);
      await writer.write(zeros);
      await writer.write(Buffer.from('x'));
      await writer.write(zeros);
      await writer.close();
      const { size, blocks } = await stat(path);
      assert.equal(size, 2 * zeros.length + 1);
      assert.ok(blocks * 512 < zeros.length, `${blocks} blocks`);
      assert.ok((await readFile(path)).equals(Buffer.concat([zeros, Buffer.from('x'), zeros])));
    });

    it('are put together from stretches of another in any order', async () => {
      const files = new ObjectFiles(folder);
      const [from, to] = [await files.create(), await files.create()];
      const writer = await StretchWriter.open(from, 0);
      await writer.write(Buffer.from('0123456789'));
      await writer.close();
      await copyStretches(from, to, [
        { position: 7, size: 3 },
        { position: 0, size: 2 },
      ]);
      assert.equal(await readFile(to, 'utf8'), '78901');
    });

    it('go with the cloud when no folder was given', async () => {
      const files = new ObjectFiles(null);
      const path = await files.create();
      await files.close();
      await assert.rejects(stat(path), { code: 'ENOENT' });
    });
  });
});
