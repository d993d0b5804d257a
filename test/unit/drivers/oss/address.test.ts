import assert from 'node:assert/strict';
import { objectUrl } from '../../../../src/drivers/oss/address.js';
import { FsError } from '../../../../src/lib/errors.js';

const PLACE = { bucket: 'fhnfile', object: '1a2b' };

describe('OSS address', () => {
  for (const [endpoint, url] of [
    ['http://oss-cn-shenzhen.aliyuncs.com', 'http://fhnfile.oss-cn-shenzhen.aliyuncs.com/1a2b'],
    ['oss-cn-shenzhen.aliyuncs.com', 'https://fhnfile.oss-cn-shenzhen.aliyuncs.com/1a2b'],
    ['http://oss.localhost:8115/', 'http://fhnfile.oss.localhost:8115/1a2b'],
    ['http://127.0.0.1:8115', 'http://127.0.0.1:8115/fhnfile/1a2b'],
    ['http://[::1]:8115', 'http://[::1]:8115/fhnfile/1a2b'],
    ['localhost:8115', 'https://localhost:8115/fhnfile/1a2b'],
  ] as const) {
    it(`has the bucket where ${endpoint} can take it`, () => {
      assert.equal(objectUrl(endpoint, PLACE, {}), url);
    });
  }

  it('has the bucket in the path when told so', () => {
    assert.equal(objectUrl('https://oss.example', PLACE, {}, true), 'https://oss.example/fhnfile/1a2b');
  });

  it('encodes names and values, and leaves empty values out', () => {
    const place = { bucket: 'b', object: 'a b/文?' };
    const url = objectUrl('https://oss.example', place, { uploads: '', uploadId: 'A+B' });
    assert.equal(url, 'https://b.oss.example/a%20b/%E6%96%87%3F?uploads&uploadId=A%2BB');
  });

  it('is refused for what is no address', () => {
    for (const endpoint of ['', 'http://', 'a b']) {
      assert.throws(
        () => objectUrl(endpoint, PLACE, {}),
        (error) => error instanceof FsError && error.reason === 'reply',
      );
    }
  });
});
