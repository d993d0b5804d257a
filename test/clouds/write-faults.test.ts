import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WRITING_FAULTS, type WritingFault } from './house/fault-catalogue.js';
import type { FaultSetting } from './house/faults.js';
import { codeOf } from './open-client.js';
import { startCloud, type CloudProcess } from './process.js';
import { callbackHeaders, ossError, UploadClient, type FileToSend } from './upload-client.js';

const RESET = { code: 'ECONNRESET' };

/** Whether nothing comes within a short while. */
async function isSilent(request: Promise<unknown>): Promise<boolean> {
  request.catch(() => 'it is ended by the cloud’s own end');
  return (await Promise.race([request, delay(150, 'silent')])) === 'silent';
}

describe('faults of writing of the emulated 115 Open', () => {
  let cloud: CloudProcess;
  let client: UploadClient;
  let counter = 0;

  before(async () => {
    cloud = await startCloud({ library: 'empty' });
    client = new UploadClient(cloud);
  });

  afterEach(() => cloud.clearFault());

  after(() => cloud.stop());

  const newName = () => `name-${(counter += 1)}`;
  const newFile = (size = 1000): FileToSend => ({ name: newName(), bytes: randomBytes(size) });
  const addFile = async () => cloud.addFile({ name: newName(), size: 10 });
  const addFolder = (name: string) => client.api.post('/open/folder/add', { pid: '0', file_name: name });
  const rename = (id: string, name: string) =>
    client.api.post('/open/ufile/update', { file_id: id, file_name: name });
  const remove = (id: string) => client.api.post('/open/ufile/delete', { file_ids: id });
  const copy = (id: string, target = '0') =>
    client.api.post('/open/ufile/copy', { file_id: id, pid: target });
  const move = (id: string, target: string) =>
    client.api.post('/open/ufile/move', { file_ids: id, to_cid: target });
  const isThere = async (name: string) => (await cloud.named(name)).length === 1;
  const putObject = (body: Buffer | string = 'x') => client.oss('PUT', 'some-object', { body });
  const offline = async () => {
    const url = `https://example.org/${newName()}`;
    await client.api.post('/open/offline/add_task_urls', { urls: url });
    await cloud.advanceClock(70_000);
    const reply = await client.api.get('/open/offline/get_task_list');
    return (reply.json()['data'] as { tasks: readonly { status: number }[] }).tasks[0]?.status;
  };
  /** A file that the cloud knows, under a new name. */
  const known = async (size = 1000): Promise<FileToSend> => {
    const file = newFile(size);
    await cloud.makeKnown({ content: { kind: 'bytes', base64: file.bytes.toString('base64') }, size });
    return file;
  };

  /** What each fault does while it is on, one for each name of the catalogue. */
  const effects: Readonly<
    Record<WritingFault, { readonly setting?: FaultSetting; readonly check: () => Promise<void> }>
  > = {
    'hold-request': {
      check: async () => {
        const name = newName();
        const reply = addFolder(name);
        assert.ok(await isSilent(reply));
        assert.equal(await isThere(name), false);
        assert.equal(await cloud.release(), 1);
        assert.equal(codeOf(await reply), 0);
      },
    },
    'hold-answer': {
      setting: { match: 'PUT' },
      check: async () => {
        const file = newFile();
        const init = await client.init(file);
        const reply = client.put(init, file.bytes);
        while ((await cloud.held()).length === 0) await delay(10);
        assert.ok(await isThere(file.name));
        const [{ id, subject } = { id: 0, subject: '' }] = await cloud.held();
        assert.match(subject, /^PUT .*\/fhnfile\//);
        await cloud.release(id);
        assert.equal((await reply).json()['state'], true);
        assert.deepEqual(await cloud.held(), []);
      },
    },
    'visibility-delay': {
      check: async () => {
        const name = newName();
        await addFolder(name);
        const listed = async () =>
          (await client.api.list({ cid: '0', show_dir: '1', limit: '1150' })).data.some(
            (one) => one.fn === name,
          );
        assert.equal(await listed(), false);
        await cloud.advanceClock(3000);
        assert.equal(await listed(), true);
      },
    },
    'mutation-lost-answer': {
      check: async () => {
        const name = newName();
        await assert.rejects(addFolder(name), RESET);
        assert.ok(await isThere(name));
      },
    },
    'mutation-busy': {
      check: async () => {
        const { id } = await addFile();
        assert.deepEqual(
          [codeOf(await remove(id)), codeOf(await copy(id)), codeOf(await move(id, '0'))],
          [990009, 990009, 990019],
        );
      },
    },
    'delete-slow': {
      check: async () => {
        const [one, other] = [await addFile(), await addFile()];
        assert.equal(codeOf(await remove(one.id)), 0);
        assert.ok(await isThere(one.name));
        assert.equal(codeOf(await remove(other.id)), 990009);
        await cloud.advanceClock(3000);
        assert.equal(await isThere(one.name), false);
      },
    },
    'delete-gone-ok': { check: async () => assert.equal(codeOf(await remove('99')), 0) },
    'copy-async': {
      check: async () => {
        const target = (await cloud.addDirectory(newName())).id;
        const [one, other] = [await addFile(), await addFile()];
        assert.equal(codeOf(await copy(`${one.id},${other.id}`, target)), 0);
        const count = async () => (await cloud.children({ id: target })).length;
        const counts = [await count()];
        for (const step of [1000, 1000]) {
          await cloud.advanceClock(step);
          counts.push(await count());
        }
        assert.deepEqual([counts[0], counts.at(-1)], [0, 2]);
      },
    },
    'move-dangling': {
      check: async () => {
        const { id, name } = await addFile();
        assert.equal(codeOf(await move(id, '99')), 0);
        assert.equal(await isThere(name), false);
        assert.equal((await cloud.item({ id })).parent, '99');
      },
    },
    'rename-keeps-extension': {
      check: async () => {
        const { id } = await cloud.addFile({ name: 'a.txt', size: 1 });
        const { data } = (await rename(id, 'b.mkv')).json();
        assert.deepEqual(data, { file_name: 'b.txt', star: '0' });
      },
    },
    'name-changed': {
      check: async () => {
        const { data } = (await addFolder('Folder')).json();
        assert.equal((data as { file_name: string }).file_name, 'Folde..');
        await client.upload({ ...newFile(), name: 'upload.bin' });
        assert.ok(await isThere('upload.bi..'));
      },
    },
    'same-name-conflict': {
      check: async () => {
        const [one, other] = [await addFile(), await addFile()];
        assert.equal(codeOf(await rename(other.id, one.name)), 20004);
        assert.equal(codeOf(await client.initReply({ ...newFile(), name: one.name })), 20004);
      },
    },
    'space-exhausted': {
      check: async () => {
        assert.equal(codeOf(await copy((await addFile()).id)), 91005);
        assert.equal(codeOf(await client.initReply(newFile())), 91005);
      },
    },
    'init-lost-answer': {
      check: async () => {
        const file = await known();
        await assert.rejects(client.init(file), RESET);
        assert.ok(await isThere(file.name));
      },
    },
    'upload-challenge': {
      check: async () => {
        const file = await known();
        const asked = await client.init(file);
        assert.equal(asked.status, 7);
        assert.equal((await client.answer(file, asked)).status, 2);
      },
    },
    'upload-challenge-rounds': {
      check: async () => {
        const file = await known(1024 * 1024);
        const statuses: number[] = [];
        for (let reply = await client.init(file); ; reply = await client.answer(file, reply)) {
          statuses.push(reply.status);
          if (reply.status !== 7) break;
        }
        assert.deepEqual(statuses, [7, 7, 7, 2]);
      },
    },
    'upload-wrong-challenge': {
      setting: { count: 1 },
      check: async () => {
        const file = await known(1024 * 1024);
        const wrong = await client.answer(file, await client.init(file));
        assert.deepEqual([wrong.status, wrong.code], [8, 702]);
        assert.equal((await client.answer(file, wrong)).status, 2);
      },
    },
    'upload-data-array': {
      check: async () => {
        const [init] = (await client.init(newFile())) as unknown as readonly { callback: unknown }[];
        assert.ok(Array.isArray(init?.callback));
        assert.ok(Array.isArray(await client.token()));
      },
    },
    'upload-unknown': { check: async () => assert.equal((await client.init(await known())).status, 1) },
    'empty-file-refused': {
      check: async () => assert.equal(codeOf(await client.initReply(newFile(0))), 1001),
    },
    'resume-refused': {
      check: async () => {
        const file = newFile();
        const { pick_code, target } = await client.init(file);
        const form = { pick_code, target, file_size: '1000', fileid: 'x' };
        assert.equal(codeOf(await client.api.post('/open/upload/resume', form)), 50003);
      },
    },
    'token-refused': {
      check: async () => assert.equal(codeOf(await client.api.get('/open/upload/get_token')), 990003),
    },
    'sts-expired': {
      setting: { count: 1 },
      check: async () => {
        const token = await client.token();
        const put = async () => ossError(await client.oss('PUT', 'x', { body: 'x', token }));
        assert.deepEqual([await put(), await put()], Array(2).fill([403, 'SecurityTokenExpired']));
        assert.equal((await putObject()).status, 200);
      },
    },
    'oss-5xx': {
      check: async () => assert.deepEqual(ossError(await putObject()), [503, 'ServiceUnavailable']),
    },
    'oss-reset': {
      check: async () => assert.rejects(putObject(Buffer.alloc(300_000, 1)), /ECONNRESET|EPIPE|hang up/),
    },
    'oss-slow': {
      setting: { value: 10_000 },
      check: async () => assert.ok((await putObject('x'.repeat(1000))).took >= 90),
    },
    'oss-stall': {
      setting: { value: 10 },
      check: async () => assert.ok(await isSilent(putObject('x'.repeat(100)))),
    },
    'oss-hang': { check: async () => assert.ok(await isSilent(putObject())) },
    'oss-lost-answer': {
      setting: { match: 'partNumber' },
      check: async () => {
        const id = await client.initiate('lost');
        await assert.rejects(client.part('lost', id, 1, Buffer.from('x')), RESET);
        const upload = (await cloud.multipartUploads()).find((one) => one.id === id);
        assert.equal(upload?.parts.length, 1);
      },
    },
    'oss-corrupt': {
      check: async () => {
        const file = newFile();
        const reply = await client.upload(file);
        assert.equal(codeOf(reply), 10002);
        assert.equal(await isThere(file.name), false);
      },
    },
    'oss-skewed': {
      check: async () => assert.deepEqual(ossError(await putObject()), [403, 'RequestTimeTooSkewed']),
    },
    'upload-gone': {
      check: async () => {
        const id = await client.initiate('gone');
        const reply = await client.part('gone', id, 1, Buffer.from('x'));
        assert.deepEqual(ossError(reply), [404, 'NoSuchUpload']);
      },
    },
    'complete-state-false': {
      check: async () => {
        const file = newFile();
        const reply = await client.upload(file);
        assert.deepEqual([reply.status, codeOf(reply)], [200, 10002]);
        assert.equal(await isThere(file.name), false);
      },
    },
    'complete-lost-answer': {
      check: async () => {
        const file = newFile();
        await assert.rejects(client.upload(file), RESET);
        assert.ok(await isThere(file.name));
      },
    },
    'callback-failed-203': {
      setting: { count: 1 },
      check: async () => {
        const file = newFile();
        const init = await client.init(file);
        assert.deepEqual(ossError(await client.put(init, file.bytes)), [203, 'CallbackFailed']);
        assert.equal(await isThere(file.name), false);
        const headers = callbackHeaders(init);
        const again = await client.oss('PUT', init.object, { body: file.bytes, headers });
        assert.equal(again.json()['state'], true);
      },
    },
    'offline-stuck': { check: async () => assert.equal(await offline(), 1) },
    'offline-fails': { check: async () => assert.equal(await offline(), -1) },
  };

  for (const name of Object.keys(WRITING_FAULTS) as WritingFault[]) {
    it(`${name}: ${WRITING_FAULTS[name].what}`, async () => {
      const { setting, check } = effects[name];
      const before = await cloud.fired(name);
      await cloud.fault(name, setting);
      await check();
      assert.ok((await cloud.fired(name)) > before);
    });
  }

  it('holds an answer no longer than the client waits for it', async () => {
    await cloud.fault('hold-answer', { match: 'folder/add' });
    const ended = assert.rejects(addFolder(newName()), RESET);
    while ((await cloud.held()).length === 0) await delay(10);
    await cloud.resetConnections();
    await ended;
    while ((await cloud.held()).length > 0) await delay(10);
    assert.equal(await cloud.release(), 0);
  });
});
