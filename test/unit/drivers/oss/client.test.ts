import assert from 'node:assert/strict';
import { isUnavailable, ossCode } from '../../../../src/drivers/oss/refusal.js';
import { FsError } from '../../../../src/lib/errors.js';
import { callOf } from '../../../fakes/calls.js';
import { clientOf, ossError, ScriptedStorage, takePart } from './scripted-storage.js';

const PLACE = { bucket: 'fhnfile', object: 'a1' };
const SIZE = 2.5 * 1024 * 1024;
const BYTES = Buffer.alloc(SIZE, 'bytes to send ');

function sourceOf(bytes: Buffer, start = 0, end = bytes.length) {
  const pieces: number[] = [];
  const read = (piece: { readonly start: number; readonly end: number }): Promise<Uint8Array> => {
    pieces.push(piece.end - piece.start);
    return Promise.resolve(bytes.subarray(piece.start, piece.end));
  };
  return { source: { range: { start, end }, read }, pieces };
}

function partPage(numbers: readonly number[], next: number | null): string {
  const parts = numbers.map(
    (number) => `<Part><PartNumber>${number}</PartNumber><ETag>&quot;ab&quot;</ETag><Size>10</Size></Part>`,
  );
  const more = `<IsTruncated>${next !== null}</IsTruncated><NextPartNumberMarker>${next ?? 0}</NextPartNumberMarker>`;
  return `<?xml version="1.0"?><ListPartsResult>${more}${parts.join('')}</ListPartsResult>`;
}

describe('OSS client', () => {
  it('sends a part in pieces with its length, and tells both sums', async () => {
    const storage = new ScriptedStorage(takePart);
    const { source, pieces } = sourceOf(BYTES, 100);
    const { etag, md5 } = await clientOf(storage).client.part(PLACE, 'U1', 3, source, callOf());
    assert.equal(etag, md5);
    assert.ok(Math.max(...pieces) <= 1024 * 1024);
    const [{ request, headers, body } = assert.fail('not asked')] = storage.received;
    assert.equal(request, 'PUT /fhnfile/a1?partNumber=3&uploadId=U1');
    assert.equal(headers['Content-Length'], String(SIZE - 100));
    assert.equal(headers['x-oss-security-token'], 'token 1');
    assert.ok(body.equals(BYTES.subarray(100)));
  });

  it('hands the callback of a whole object on byte for byte', async () => {
    const storage = new ScriptedStorage({ text: '{"state":true}' });
    const callback = { callback: '{"callbackUrl":"http:\\/\\/x"}', variables: '{"x:a":"文"}' };
    const { source } = sourceOf(Buffer.from('x'));
    const md5 = '9DD4E461268C8034F5C8564E155C67A6';
    const answer = await clientOf(storage).client.putObject(PLACE, source, { md5, callback }, callOf());
    assert.equal(answer, '{"state":true}');
    const { headers } = storage.received[0] ?? assert.fail('not asked');
    assert.equal(headers['Content-MD5'], 'ndTkYSaMgDT1yFZOFVxnpg==');
    const decoded = ['x-oss-callback', 'x-oss-callback-var'].map((name) =>
      Buffer.from(headers[name] ?? '', 'base64').toString('utf8'),
    );
    assert.deepEqual(decoded, [callback.callback, callback.variables]);
  });

  for (const code of ['SecurityTokenExpired', 'InvalidAccessKeyId', 'InvalidSecurityToken']) {
    it(`goes on with new credentials after ${code}`, async () => {
      const storage = new ScriptedStorage(ossError(403, code), takePart);
      const { source } = sourceOf(BYTES);
      const { etag, md5 } = await clientOf(storage).client.part(PLACE, 'U1', 1, source, callOf());
      assert.equal(etag, md5);
      assert.deepEqual(
        storage.received.map(({ headers }) => headers['x-oss-security-token']),
        ['token 1', 'token 2'],
      );
    });
  }

  it('gives up when new credentials are refused, too', async () => {
    const storage = new ScriptedStorage(
      ...Array.from({ length: 9 }, () => ossError(403, 'SecurityTokenExpired')),
    );
    const aborted = clientOf(storage).client.abort(PLACE, 'U1', callOf());
    await assert.rejects(aborted, (error) => ossCode(error) === 'SecurityTokenExpired');
    assert.equal(storage.received.length, 3);
  });

  it("goes by the storage's own time after it found ours wrong", async () => {
    const date = 'Mon, 02 Mar 2026 08:00:00 GMT';
    const storage = new ScriptedStorage(ossError(403, 'RequestTimeTooSkewed', { date }), { status: 204 });
    const { client, time } = clientOf(storage);
    await client.abort(PLACE, 'U1', callOf());
    assert.equal(storage.received[1]?.headers['Date'], date);
    assert.equal(time.now(), Date.parse(date));
    assert.equal(storage.received[1].headers['x-oss-security-token'], 'token 1');
  });

  it('lists parts over all pages', async () => {
    const storage = new ScriptedStorage({ text: partPage([1, 2], 2) }, { text: partPage([3], null) });
    const parts = await clientOf(storage).client.parts(PLACE, 'U1', callOf());
    assert.deepEqual(
      parts.map(({ number, size, etag }) => [number, size, etag]),
      [
        [1, 10, 'AB'],
        [2, 10, 'AB'],
        [3, 10, 'AB'],
      ],
    );
    assert.deepEqual(
      storage.received.map(({ request }) => request),
      [
        'GET /fhnfile/a1?uploadId=U1&max-parts=1000',
        'GET /fhnfile/a1?uploadId=U1&max-parts=1000&part-number-marker=2',
      ],
    );
  });

  it('refuses pages that lead nowhere, and answers that are no document', async () => {
    for (const text of [
      partPage([], 0),
      '<html></html>',
      'page',
      '<ListPartsResult><Part/></ListPartsResult>',
    ]) {
      const parts = clientOf(new ScriptedStorage({ text })).client.parts(PLACE, 'U1', callOf());
      await assert.rejects(parts, (error) => error instanceof FsError && error.reason === 'reply');
    }
  });

  it('begins sequential uploads, and completes them with quoted ETags', async () => {
    const storage = new ScriptedStorage(
      { text: '<InitiateMultipartUploadResult><UploadId>U9</UploadId></InitiateMultipartUploadResult>' },
      { text: 'told' },
    );
    const { client } = clientOf(storage);
    assert.equal(await client.initiate(PLACE, callOf()), 'U9');
    const callback = { callback: '{}', variables: '{}' };
    assert.equal(await client.complete(PLACE, 'U9', ['AA', 'BB'], callback, callOf()), 'told');
    assert.deepEqual(
      storage.received.map(({ request, body }) => [request, body.toString()]),
      [
        ['POST /fhnfile/a1?sequential&uploads', ''],
        [
          'POST /fhnfile/a1?uploadId=U9',
          '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"AA"</ETag></Part>' +
            '<Part><PartNumber>2</PartNumber><ETag>"BB"</ETag></Part></CompleteMultipartUpload>',
        ],
      ],
    );
  });

  for (const [status, code, reason, unavailable] of [
    [503, 'ServiceUnavailable', 'network', true],
    [500, 'InternalError', 'network', false],
    [404, 'NoSuchUpload', 'refused', false],
    [203, 'CallbackFailed', 'network', false],
    [403, 'AccessDenied', 'refused', false],
    [302, 'TemporaryRedirect', 'refused', false],
  ] as const) {
    it(`tells ${code} from other refusals`, async () => {
      const aborted = clientOf(new ScriptedStorage(ossError(status, code))).client.abort(
        PLACE,
        'U1',
        callOf(),
      );
      await assert.rejects(aborted, (error) => {
        assert.ok(error instanceof FsError);
        assert.deepEqual([ossCode(error), error.reason, isUnavailable(error)], [code, reason, unavailable]);
        assert.match(error.message, new RegExp(`HTTP ${status}, ${code}: ${code} it is\\.`));
        return true;
      });
    });
  }

  it('rejects with what its source rejects with, and for bytes that are missing', async () => {
    const reason = new FsError('EIO', 'the disk is broken');
    const failing = { range: { start: 0, end: 10 }, read: () => Promise.reject(reason) };
    const short = { range: { start: 0, end: 10 }, read: () => Promise.resolve(new Uint8Array(9)) };
    const { client } = clientOf(new ScriptedStorage());
    await assert.rejects(client.part(PLACE, 'U1', 1, failing, callOf()), reason);
    await assert.rejects(
      client.part(PLACE, 'U1', 1, short, callOf()),
      /9 bytes came from the disk in place of 10/,
    );
  });
});
