import assert from 'node:assert/strict';
import { authorization } from '../../../../src/drivers/oss/signature.js';

/** The vectors of the API document, 17.6. */
const CREDENTIALS = { accessKeyId: 'STS.EXAMPLEKEYID', accessKeySecret: 'ExampleSecretKey' };
const HEADERS = { Date: 'Mon, 02 Mar 2026 08:00:00 GMT', 'x-oss-security-token': 'ExampleSecurityToken' };
const PLACE = { bucket: 'fhnfile', object: '1a2b3c4d5e' };
const UPLOAD = '0004B9894A22E5B1888A1E29F8236E2D';
const BINARY = { 'Content-Type': 'application/octet-stream' };

describe('OSS signature', () => {
  for (const [method, query, more, signature] of [
    ['POST', { uploads: '', sequential: '' }, {}, 'tDU1j6ZGOmQXrPZAdjKu8/0wHOQ='],
    ['POST', { sequential: '1', uploads: '1' }, {}, 'tjoOZUY58DQQOKl/n1weFpKCe0M='],
    ['PUT', { uploadId: UPLOAD, partNumber: '1' }, BINARY, '52Wmt6FNGO//1RZyzMVzlZVE2JQ='],
  ] as const) {
    it(`is that of the document for ${method} ${Object.keys(query).join(', ')}`, () => {
      const parts = { method, ...PLACE, query, headers: { ...HEADERS, ...more } };
      assert.equal(authorization(parts, CREDENTIALS), `OSS STS.EXAMPLEKEYID:${signature}`);
    });
  }

  it('leaves out parameters of paging, and minds the case and order of no header', () => {
    const query = { uploadId: UPLOAD, partNumber: '1' };
    const signed = (extra: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>) =>
      authorization({ method: 'GET', ...PLACE, query: { ...query, ...extra }, headers }, CREDENTIALS);
    const usual = signed({}, { ...HEADERS, 'x-oss-callback': 'Y2I=' });
    assert.equal(
      signed({ 'max-parts': '1000', 'part-number-marker': '7' }, { ...HEADERS, 'x-oss-callback': 'Y2I=' }),
      usual,
    );
    assert.equal(
      signed(
        {},
        { 'X-OSS-Callback': ' Y2I= ', 'X-Oss-Security-Token': 'ExampleSecurityToken', date: HEADERS.Date },
      ),
      usual,
    );
    assert.notEqual(signed({}, { ...HEADERS, 'x-oss-callback': 'eW8=' }), usual);
  });
});
