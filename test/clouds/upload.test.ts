import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { expectedBytes } from './house/content.js';
import { codeOf } from './open-client.js';
import { send } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';
import { md5Of, sha1Of, UploadClient, type FileToSend } from './upload-client.js';

const MIB = 1024 * 1024;

describe('emulated 115 Open, upload', () => {
  let cloud: CloudProcess;
  let client: UploadClient;
  let vector: Buffer;

  before(async () => {
    cloud = await startCloud({ library: 'small' });
    client = new UploadClient(cloud);
    vector = await expectedBytes({ kind: 'modulo', modulus: 251 }, 0, 2 * MIB);
  });

  after(() => cloud.stop());

  const fresh = (name: string, size = 1000): FileToSend => ({ name, bytes: randomBytes(size) });

  it('asks for the bytes of unknown content and keeps them', async () => {
    const file = fresh('unknown.bin', 300_000);
    const init = await client.init(file);
    assert.deepEqual([init.status, init.bucket, init.file_id, init.sign_check], [1, 'fhnfile', '', '']);
    const reply = await client.put(init, file.bytes);
    assert.equal(reply.headers.etag, `"${md5Of(file.bytes)}"`);
    const { state, data } = reply.json() as unknown as { state: boolean; data: Record<string, unknown> };
    const item = await cloud.item({ path: file.name });
    assert.deepEqual(
      [state, data],
      [
        true,
        {
          pick_code: init.pick_code,
          file_name: file.name,
          file_size: 300_000,
          file_id: item.id,
          thumb_url: '',
          sha1: sha1Of(file.bytes),
          aid: 1,
          cid: '0',
        },
      ],
    );
    assert.equal(item.pickCode, init.pick_code);
    assert.ok((await cloud.bytes(item, 0, 300_000)).equals(file.bytes));
    assert.ok((await send(await client.api.link(file.name))).body.equals(file.bytes));
  });

  it('takes known content below 1 MiB at once', async () => {
    const file = fresh('small.bin');
    await client.upload(file);
    const init = await client.init({ ...file, name: 'small-copy.bin' });
    const { id, pickCode } = await cloud.item({ path: 'small-copy.bin' });
    assert.deepEqual(init, {
      status: 2,
      file_id: id,
      pick_code: pickCode,
      bucket: '',
      object: '',
      target: '',
      callback: [],
    });
    assert.equal((await cloud.bytes({ id }, 0, 1000)).compare(file.bytes), 0);
  });

  it('takes an empty file at once', async () => {
    assert.equal((await client.init({ name: 'empty', bytes: Buffer.alloc(0) })).status, 2);
    assert.equal((await cloud.item({ path: 'empty' })).size, 0);
  });

  it('challenges known content from 1 MiB on, for an inclusive range inside the file', async () => {
    const file = { name: 'rapid.mkv', bytes: vector };
    const asked = await client.init(file);
    assert.deepEqual([asked.status, asked.code, asked.object, asked.callback], [7, 701, '', []]);
    assert.match(asked.sign_key, /^[0-9A-F]{32}$/);
    const [first = NaN, last = NaN] = asked.sign_check.split('-').map(Number);
    assert.ok(first >= 0 && first <= last && last < vector.length, asked.sign_check);
    assert.equal((await client.answer(file, asked)).status, 2);
    assert.equal(await cloud.hash({ path: 'rapid.mkv' }, 'sha1'), sha1Of(vector));
  });

  it('asks anew after a wrong answer: exclusive range, lower case, no answer', async () => {
    const file = { name: 'wrong.mkv', bytes: vector };
    for (const spoil of [
      (first: number, last: number) => sha1Of(vector.subarray(first, last)),
      (first: number, last: number) => sha1Of(vector.subarray(first, last + 1)).toLowerCase(),
      () => '',
    ]) {
      const { sign_key, sign_check } = await client.init(file);
      const [first = 0, last = 0] = sign_check.split('-').map(Number);
      const wrong = await client.init(file, { sign_key, sign_val: spoil(first, last) });
      assert.deepEqual([wrong.status, wrong.code], [8, 702]);
      assert.notEqual(wrong.sign_key, sign_key);
      assert.equal((await client.answer(file, wrong)).status, 2);
    }
  });

  it('does not take a sign_key twice, nor one it never gave', async () => {
    const file = { name: 'twice.mkv', bytes: vector };
    const asked = await client.init(file);
    assert.equal((await client.answer(file, asked)).status, 2);
    for (const again of [asked, { ...asked, sign_key: 'F0E1D2C3B4A5968778695A4B3C2D1E0F' }]) {
      const refused = await client.answer(file, again);
      assert.deepEqual([refused.status, refused.code], [6, 700]);
      assert.equal((await client.answer(file, refused)).status, 2);
    }
  });

  it('does not know the hash of a file with another size', async () => {
    const init = await client.init({ name: 'other-size', bytes: vector }, { file_size: '2097153' });
    assert.equal(init.status, 1);
  });

  it('knows what a test says other users have, however large', async () => {
    const content = { kind: 'modulo', modulus: 1 } as const;
    const known = await cloud.makeKnown({ content, size: 3 * MIB });
    const file = { name: 'zeros', bytes: Buffer.alloc(3 * MIB) };
    assert.equal(known.sha1, sha1Of(file.bytes));
    assert.equal((await client.answer(file, await client.init(file))).status, 2);
  });

  it('goes on with the upload of an earlier pick code', async () => {
    const file = fresh('again.bin');
    const first = await client.init(file);
    const again = await client.init(file, { pick_code: first.pick_code });
    assert.deepEqual([again.object, again.callback], [first.object, first.callback]);
    assert.notEqual((await client.init(file)).object, first.object);
  });

  it('resumes with the same object and a callback that works, for a pick code it knows', async () => {
    const file = fresh('resumed.bin');
    const init = await client.init(file);
    const form = { file_size: '1000', target: init.target, fileid: sha1Of(file.bytes) };
    const reply = await client.api.post('/open/upload/resume', { ...form, pick_code: init.pick_code });
    const { version, object, callback } = reply.json()['data'] as typeof init & {
      version: string;
    };
    assert.deepEqual([version, object], ['3.0', init.object]);
    assert.equal((await client.put({ ...init, callback }, file.bytes)).json()['state'], true);
    const unknown = await client.api.post('/open/upload/resume', { ...form, pick_code: 'e2k5m8q1t4w7z0c3f' });
    assert.equal(codeOf(unknown), 50003);
    assert.equal(codeOf(await client.api.post('/open/upload/resume', form)), 1001);
  });

  it('makes the folders of path on demand', async () => {
    await client.init(fresh('deep.bin'), { path: 'made/on demand' });
    const folder = await cloud.item({ path: 'made/on demand' });
    const init = await client.init(fresh('deep.bin'), { path: 'made/on demand' });
    assert.equal(init.target, `U_1_${folder.id}`);
    assert.equal((await cloud.children({ path: 'made' })).length, 1);
  });

  it('refuses wrong fields', async () => {
    const file = fresh('fields.bin');
    const wrong: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
      [{ target: 'U_2_0' }, 1001],
      [{ target: '0' }, 1001],
      [{ target: 'U_1_99' }, 10014],
      [{ file_name: '' }, 1001],
      [{ file_size: '-1' }, 1001],
      [{ fileid: 'abc' }, 1001],
      [{ topupload: '7' }, 1001],
    ];
    for (const [fields, code] of wrong) {
      assert.equal(codeOf(await client.initReply(file, fields)), code, JSON.stringify(fields));
    }
  });

  it('shortens a name above 255 bytes without a word', async () => {
    const init = await client.init({ name: `${'长'.repeat(90)}.mkv`, bytes: Buffer.alloc(0) });
    const { name } = await cloud.item({ id: init.file_id });
    assert.ok(name.endsWith('..') && Buffer.byteLength(name) <= 255, name);
  });

  it('adds a second file when the name exists', async () => {
    const [one, other] = [fresh('same.bin'), fresh('same.bin')];
    await client.upload(one);
    await client.upload(other);
    const found = await cloud.named('same.bin');
    assert.deepEqual(
      found.map((item) => item.sha1),
      [sha1Of(one.bytes), sha1Of(other.bytes)],
    );
  });

  it('counts uploads as used space and refuses what does not fit', async () => {
    const space = async () =>
      (
        (await client.api.get('/open/user/info')).json()['data'] as {
          rt_space_info: { all_use: { size: number }; all_total: { size: number } };
        }
      ).rt_space_info;
    const { all_use, all_total } = await space();
    await client.upload(fresh('used.bin', 5000));
    assert.equal((await space()).all_use.size, all_use.size + 5000);
    await cloud.setSpace(all_use.size + 5999);
    assert.equal(codeOf(await client.initReply(fresh('full.bin', 1000))), 91005);
    await cloud.setSpace(all_total.size);
  });

  it('gives credentials by the call and, without a login, by the older page', async () => {
    const token = await client.token();
    assert.deepEqual(Object.keys(token), [
      'endpoint',
      'AccessKeyId',
      'AccessKeySecret',
      'SecurityToken',
      'Expiration',
    ]);
    assert.equal(token.endpoint, cloud.url);
    assert.match(token.Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const page = (await send(`${cloud.url}/3.0/gettoken.php`)).json();
    assert.deepEqual(Object.keys(page), ['StatusCode', ...Object.keys(token)]);
  });
});
