import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  downloadUrls,
  itemInfo,
  listPage,
  readEnvelope,
  readReply,
  scanStatus,
  tokenReply,
  userInfo,
} from '../../../../src/drivers/pan115-open/wire.js';
import { FsError } from '../../../../src/lib/errors.js';
import { parseJson } from '../../../../src/net/json.js';

const item = { fid: '3073323042143855813', pid: '0', fc: '1', fn: 'clip.mkv', pc: 'dtct', fs: 7, fta: '1' };

function page(changes: Readonly<Record<string, unknown>> = {}): unknown {
  return { data: [item], count: 1, cid: 0, path: [{ cid: 0, pid: 0, name: '根目录' }], ...changes };
}

describe('115 Open wire', () => {
  it('reads a list page whatever type its fields come in', () => {
    const forms = (value: number) => fc.constantFrom<unknown>(value, String(value));
    fc.assert(
      fc.property(forms(1), forms(0), forms(7), forms(1772348400), forms(1), (count, cid, fs, upt, fta) => {
        const read = readReply(
          listPage,
          page({ count, cid, data: [{ ...item, fs, upt, fta }] }),
          'ufile/files',
        );
        assert.equal(read.count, 1);
        assert.equal(read.cid, '0');
        assert.deepEqual(
          read.data.map((one) => [one.fid, one.fs, one.upt, one.fta]),
          [['3073323042143855813', 7, 1772348400, '1']],
        );
      }),
    );
  });

  it('keeps ids of 19 digits that come as JSON numbers', () => {
    const text = JSON.stringify(page()).replace('"cid":0', '"cid":3073323042143855813');
    const read = readReply(listPage, parseJson(text), 'ufile/files');
    assert.equal(read.cid, '3073323042143855813');
  });

  it('refuses an id that has been rounded', () => {
    assert.throws(() => readReply(listPage, page({ cid: 3073323042143855813 }), 'ufile/files'), FsError);
  });

  for (const [name, changes, field] of [
    ['a list that is no list', { data: {} }, 'data'],
    ['an entry without an id', { data: [{ ...item, fid: undefined }] }, 'data.0.fid'],
    ['an entry that is neither file nor folder', { data: [{ ...item, fc: '2' }] }, 'data.0.fc'],
    ['a negative size', { data: [{ ...item, fs: -1 }] }, 'data.0.fs'],
    ['a list without a count', { count: undefined }, 'count'],
  ] as const) {
    it(`names cloud, call and field for ${name}`, () => {
      assert.throws(
        () => readReply(listPage, page(changes), 'ufile/files'),
        (error: unknown) => {
          assert.ok(error instanceof FsError);
          assert.equal(error.errno, 'EIO');
          assert.equal(error.reason, 'reply');
          const where = `115 Open: ufile/files: the answer has an unknown shape at ${field}:`;
          assert.ok(error.message.startsWith(where), error.message);
          return true;
        },
      );
    });
  }

  it('reads item information as object, in a list, and as not found', () => {
    const info = {
      file_id: 3073311192547189,
      file_name: 'a',
      file_category: 1,
      size_byte: '5',
      ptime: '1772348400',
      utime: '',
      paths: [{ file_id: 0 }, { file_id: '17' }],
    };
    for (const data of [info, [info]]) {
      const read = readReply(itemInfo, { data }, 'folder/get_info').data;
      assert.equal(read?.file_id, '3073311192547189');
      assert.equal(read.size_byte, 5);
      assert.deepEqual([read.ptime, read.utime], [1772348400, 0]);
      assert.equal(read.paths.at(-1)?.file_id, '17');
    }
    assert.equal(readReply(itemInfo, { data: [] }, 'folder/get_info').data, null);
    assert.throws(() => readReply(itemInfo, { data: [info, info] }, 'folder/get_info'), FsError);
    assert.throws(() => readReply(itemInfo, { data: [{}] }, 'folder/get_info'), FsError);
    assert.throws(() => readReply(itemInfo, {}, 'folder/get_info').data, FsError);
  });

  it('reads sizes in scientific notation as whole bytes', () => {
    const space = { all_total: { size: 1.15e15 }, all_use: { size: '1.5e3' } };
    const read = readReply(userInfo, { data: { user_id: 100012345, rt_space_info: space } }, 'user/info');
    assert.deepEqual(read.data.rt_space_info, {
      all_total: { size: 1150000000000000 },
      all_use: { size: 1500 },
    });
  });

  for (const none of [false, '', [], null]) {
    it(`reads a link of ${JSON.stringify(none)} as none`, () => {
      const read = readReply(
        downloadUrls,
        { data: { '17': { file_size: '5', url: none } } },
        'ufile/downurl',
      );
      assert.deepEqual(read.data['17']?.url, null);
      assert.equal(read.data['17'].file_size, 5);
    });
  }

  it('reads an empty list of links as no links', () => {
    assert.deepEqual(readReply(downloadUrls, { data: [] }, 'ufile/downurl').data, {});
  });

  it('reads a token pair in the envelope and bare', () => {
    const tokens = { access_token: 'a', refresh_token: 'r', expires_in: '7200' };
    const expected = { access_token: 'a', refresh_token: 'r', expires_in: 7200 };
    assert.deepEqual(readReply(tokenReply, { state: 1, data: tokens }, 'refreshToken'), expected);
    assert.deepEqual(readReply(tokenReply, tokens, 'refreshToken'), expected);
    assert.throws(
      () => readReply(tokenReply, { data: { ...tokens, refresh_token: '' } }, 'refreshToken'),
      FsError,
    );
  });

  it('reads the status of a QR code with and without data', () => {
    for (const data of [{}, [], undefined]) {
      assert.equal(readReply(scanStatus, { state: 1, data }, 'get/status').data.status, 0);
    }
    const scanned = readReply(
      scanStatus,
      { state: '1', data: { status: '1', msg: 'scanned' } },
      'get/status',
    );
    assert.deepEqual(scanned, { state: true, data: { status: 1, msg: 'scanned' } });
  });

  for (const [json, expected] of [
    [
      { state: true, code: 0, message: '' },
      { state: true, code: 0, message: '' },
    ],
    [
      { state: '1', code: '0' },
      { state: true, code: 0, message: '' },
    ],
    [
      { state: 'false', code: '770004', message: 'x' },
      { state: false, code: 770004, message: 'x' },
    ],
    [
      { state: 0, errno: 990001, error: 'y' },
      { state: false, code: 990001, message: 'y' },
    ],
    [
      { state: false, code: 0, errNo: 911, error_msg: 'z' },
      { state: false, code: 911, message: 'z' },
    ],
    [
      { state: true, code: {} },
      { state: true, code: -1, message: '' },
    ],
    [{ code: 0 }, { state: null, code: 0, message: '' }],
    ['text', null],
    [undefined, null],
  ] as const) {
    it(`reads the envelope ${inspect(json)}`, () => {
      assert.deepEqual(readEnvelope(json), expected);
    });
  }
});
