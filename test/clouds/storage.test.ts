import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { send } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';
import { callbackHeaders, md5Of, ossError, sha1Of, UploadClient, type FileToSend } from './upload-client.js';

const PART = 100 * 1024;

const MISMATCH = { state: false, message: '校验文件失败，请重新上传。', code: 10002 };

describe('emulated 115 Open, storage', () => {
  let cloud: CloudProcess;
  let client: UploadClient;
  let counter = 0;

  before(async () => {
    cloud = await startCloud({ library: 'empty' });
    client = new UploadClient(cloud);
  });

  afterEach(() => cloud.clearFault());

  after(() => cloud.stop());

  /** Unknown content, begun and cut into parts. */
  const begin = async (size = 2 * PART + 777, sequential = true) => {
    counter += 1;
    const file: FileToSend = { name: `file-${counter}`, bytes: randomBytes(size) };
    const init = await client.init(file);
    const query = sequential ? { sequential: '', uploads: '' } : { uploads: '' };
    const id = await client.initiate(init.object, query);
    const parts = Array.from({ length: Math.ceil(size / PART) }, (_, index) =>
      file.bytes.subarray(index * PART, (index + 1) * PART),
    );
    return { file, init, id, parts, etags: parts.map(md5Of) };
  };

  const sendAll = async ({ init, id, parts }: Awaited<ReturnType<typeof begin>>) => {
    for (const [index, part] of parts.entries()) {
      assert.equal((await client.part(init.object, id, index + 1, part)).status, 200);
    }
  };

  it('joins parts sent one after another into the file', async () => {
    const upload = await begin();
    const first = await client.part(upload.init.object, upload.id, 1, upload.parts[0] ?? Buffer.alloc(0));
    assert.equal(first.headers.etag, `"${upload.etags[0] ?? ''}"`);
    assert.match(String(first.headers['x-oss-hash-crc64ecma']), /^\d+$/);
    for (const number of [2, 3]) {
      await client.part(upload.init.object, upload.id, number, upload.parts[number - 1] ?? Buffer.alloc(0));
    }
    const reply = (await client.complete(upload.init, upload.id, upload.etags)).json();
    assert.equal(reply['state'], true);
    const item = await cloud.item({ path: upload.file.name });
    assert.ok((await cloud.bytes(item, 0, item.size)).equals(upload.file.bytes));
    assert.equal(item.sha1, sha1Of(upload.file.bytes));
    assert.deepEqual(await cloud.multipartUploads(), []);
  });

  it('takes the parts of a sequential upload in their order only', async () => {
    const { init, id, parts } = await begin();
    const part = (number: number) => client.part(init.object, id, number, parts[0] ?? Buffer.alloc(0));
    assert.deepEqual(ossError(await part(2)), [400, 'PartNotSequential']);
    await part(1);
    assert.deepEqual(ossError(await part(1)), [409, 'PartAlreadyExist']);
    assert.deepEqual(ossError(await part(10_001)), [400, 'InvalidArgument']);
  });

  it('takes parts in any order without sequential, but then 115 finds no hash', async () => {
    const upload = await begin(2 * PART, false);
    const { init, id, parts, etags, file } = upload;
    for (const number of [2, 1])
      await client.part(init.object, id, number, parts[number - 1] ?? Buffer.alloc(0));
    assert.deepEqual((await client.complete(init, id, etags)).json(), MISMATCH);
    assert.deepEqual(await cloud.named(file.name), []);
  });

  it('keeps the bytes right when a part breaks off and is sent again', async () => {
    const upload = await begin();
    const { init, id, parts, etags, file } = upload;
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] = parts;
    await client.part(init.object, id, 1, first);
    await cloud.fault('oss-reset', { count: 1, value: 1000 });
    await assert.rejects(client.part(init.object, id, 2, second));
    const unfinished = (await cloud.multipartUploads()).find((one) => one.id === id);
    assert.deepEqual(
      unfinished?.parts.map((part) => part.number),
      [1],
    );
    await client.part(init.object, id, 2, second);
    await client.part(init.object, id, 3, third);
    assert.equal((await client.complete(init, id, etags)).json()['state'], true);
    const item = await cloud.item({ path: file.name });
    assert.ok((await cloud.bytes(item, 0, item.size)).equals(file.bytes));
    assert.equal(await cloud.hash(item, 'sha1'), sha1Of(file.bytes));
  });

  it('lists parts page by page', async () => {
    const upload = await begin();
    await sendAll(upload);
    const page = async (marker: string) => {
      const query = { uploadId: upload.id, 'max-parts': '2', 'part-number-marker': marker };
      return (await client.oss('GET', upload.init.object, { query })).body.toString();
    };
    const first = await page('');
    assert.match(first, /<NextPartNumberMarker>2<\/NextPartNumberMarker>.*<IsTruncated>true</);
    const [etag = ''] = upload.etags;
    const stored = `<PartNumber>1</PartNumber><LastModified>[^<]+\\.000Z</LastModified><ETag>&quot;${etag}&quot;</ETag>`;
    assert.match(first, new RegExp(`${stored}.*<Size>${PART}</Size>`));
    const last = await page('2');
    assert.match(last, /<IsTruncated>false</);
    assert.equal(last.match(/<Part>/g)?.length, 1);
  });

  it('refuses to complete with wrong, missing, unordered or small parts', async () => {
    const upload = await begin();
    const { init, id, etags } = upload;
    await sendAll(upload);
    const complete = async (body: string) =>
      ossError(await client.oss('POST', init.object, { query: { uploadId: id }, body }));
    const part = (number: number, etag: string) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag></Part>`;
    const listed = (...list: string[]) =>
      `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
    const [one = '', two = ''] = etags;
    assert.deepEqual(await complete(listed(part(1, two))), [400, 'InvalidPart']);
    assert.deepEqual(await complete(listed(part(1, one), part(9, two))), [400, 'InvalidPart']);
    assert.deepEqual(await complete(listed(part(2, two), part(1, one))), [400, 'InvalidPartOrder']);
    assert.deepEqual(await complete('<CompleteMultipartUpload>'), [400, 'MalformedXML']);
    await cloud.changeProfile({ smallestPart: PART + 1 });
    assert.deepEqual(ossError(await client.complete(init, id, etags)), [400, 'EntityTooSmall']);
    await cloud.changeProfile({ smallestPart: PART });
    assert.equal((await client.complete(init, id, etags)).json()['state'], true);
    assert.deepEqual(ossError(await client.complete(init, id, etags)), [404, 'NoSuchUpload']);
  });

  it('forgets an upload that is aborted', async () => {
    const upload = await begin();
    const { init, id, etags } = upload;
    await sendAll(upload);
    assert.equal((await client.oss('DELETE', init.object, { query: { uploadId: id } })).status, 204);
    assert.deepEqual(ossError(await client.complete(init, id, etags)), [404, 'NoSuchUpload']);
    assert.ok((await cloud.multipartUploads()).every((left) => left.id !== id));
  });

  it('stores an object without callback headers, and no file appears', async () => {
    const upload = await begin();
    await sendAll(upload);
    const reply = await client.complete(upload.init, upload.id, upload.etags, { headers: {} });
    assert.match(reply.body.toString(), /<CompleteMultipartUploadResult>.*<ETag>&quot;[0-9A-F]{32}-3&quot;/);
    assert.deepEqual(await cloud.named(upload.file.name), []);
  });

  it('hands the callback on only when it is what init gave, byte for byte', async () => {
    const file = { name: 'callback', bytes: randomBytes(100) };
    const init = await client.init(file);
    const { callback, callback_var } = init.callback;
    const changed = [
      { callback: JSON.stringify(JSON.parse(callback)), callback_var },
      { callback, callback_var: callback_var.replace('"100"', '"101"') },
    ];
    for (const strings of changed) {
      assert.deepEqual((await client.put({ ...init, callback: strings }, file.bytes)).json(), MISMATCH);
    }
    const headers = { ...callbackHeaders(init), 'x-oss-callback': 'not base64!' };
    const broken = await client.oss('PUT', init.object, { body: file.bytes, headers });
    assert.deepEqual(ossError(broken), [400, 'InvalidArgument']);
    assert.deepEqual(await cloud.named(file.name), []);
  });

  it('finds that other bytes came than init was told', async () => {
    const file = { name: 'mismatch', bytes: randomBytes(100) };
    const init = await client.init(file);
    for (const other of [randomBytes(100), file.bytes.subarray(1)]) {
      assert.deepEqual((await client.put(init, other)).json(), MISMATCH);
    }
    assert.deepEqual(await cloud.named(file.name), []);
  });

  it('refuses a request that is not signed as it must be', async () => {
    const token = await client.token();
    const attempt = async (request: Parameters<UploadClient['oss']>[2]) =>
      ossError(await client.oss('PUT', 'object', { body: 'x', token, ...request }));
    assert.deepEqual(await attempt({ token: { ...token, AccessKeySecret: 'other' } }), [
      403,
      'SignatureDoesNotMatch',
    ]);
    assert.deepEqual(await attempt({ token: { ...token, AccessKeyId: 'STS.other' } }), [
      403,
      'InvalidAccessKeyId',
    ]);
    assert.deepEqual(await attempt({ token: { ...token, SecurityToken: 'other' } }), [
      403,
      'InvalidSecurityToken',
    ]);
    const hourAgo = new Date(Date.now() - 3_600_000).toUTCString();
    assert.deepEqual(await attempt({ date: hourAgo }), [403, 'RequestTimeTooSkewed']);
    const unsigned = await send(`${cloud.url}/fhnfile/object`, { method: 'PUT', body: 'x' });
    assert.deepEqual(ossError(unsigned), [403, 'AccessDenied']);
    const date = new Date().toUTCString();
    const authorization = `OSS ${token.AccessKeyId}:${'x'.repeat(28)}`;
    const tokenless = await send(`${cloud.url}/fhnfile/object`, {
      method: 'PUT',
      body: 'x',
      headers: { date, authorization },
    });
    assert.deepEqual(ossError(tokenless), [403, 'InvalidAccessKeyId']);
    assert.match(
      tokenless.body.toString(),
      /<RequestId>[0-9A-F]{24}<\/RequestId><HostId>127\.0\.0\.1<\/HostId>/,
    );
  });

  it('goes on with the same upload after new credentials', async () => {
    const upload = await begin(2 * PART);
    const { init, id, parts, etags } = upload;
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = parts;
    const token = await client.token();
    await client.part(init.object, id, 1, first, { token });
    await cloud.advanceClock(3_600_001);
    const expired = await client.part(init.object, id, 2, second, { token });
    assert.deepEqual(ossError(expired), [403, 'SecurityTokenExpired']);
    await client.part(init.object, id, 2, second);
    assert.equal((await client.complete(init, id, etags)).json()['state'], true);
  });

  it('wants the bucket in the host name where there can be one, and allows uploads only', async () => {
    const other = await send(`${cloud.url}/other/object`, { headers: { host: 'oss.localhost' } });
    assert.deepEqual(ossError(other), [403, 'SecondLevelDomainForbidden']);
    const token = await client.token();
    const get = await client.oss('GET', 'object', { token });
    assert.deepEqual(ossError(get), [403, 'AccessDenied']);
    const virtual = await send(`${cloud.url}/object`, { headers: { host: 'fhnfile.oss.localhost' } });
    assert.deepEqual(ossError(virtual), [403, 'AccessDenied']);
  });

  it('checks Content-MD5 and x-oss-forbid-overwrite', async () => {
    const put = async (headers: Readonly<Record<string, string>>) =>
      client.oss('PUT', 'guarded', { body: 'hello', headers });
    const right = 'XUFAKrxLKna5cZ2REBfFkg==';
    for (const md5 of [right, '']) assert.equal((await put({ 'content-md5': md5 })).status, 200);
    assert.deepEqual(ossError(await put({ 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' })), [
      400,
      'InvalidDigest',
    ]);
    const forbidden = await put({ 'x-oss-forbid-overwrite': 'true' });
    assert.deepEqual(ossError(forbidden), [409, 'FileAlreadyExists']);
  });

  it('counts its requests and bytes', async () => {
    await cloud.clearStorageFigures();
    const upload = await begin();
    await sendAll(upload);
    await client.complete(upload.init, upload.id, upload.etags);
    const { calls, bytesReceived } = await cloud.storageFigures();
    assert.deepEqual(calls.byName, { initiate: 1, part: 3, complete: 1 });
    assert.equal(bytesReceived, upload.file.bytes.length);
  });

  it('stores a body of zeros as a hole and still knows its hash', async () => {
    const file = { name: 'sparse', bytes: Buffer.alloc(8 * 1024 * 1024) };
    const init = await client.init(file);
    assert.equal((await client.put(init, file.bytes)).json()['state'], true);
    const item = await cloud.item({ path: file.name });
    assert.equal(await cloud.hash(item, 'sha1'), sha1Of(file.bytes));
  });
});
