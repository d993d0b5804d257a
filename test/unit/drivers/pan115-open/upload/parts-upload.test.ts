import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { WriteParts } from '../../../../../src/drivers/pan115-open/write-parts.js';
import type { PartsState } from '../../../../../src/drivers/pan115-open/upload/checkpoint.js';
import { type Outcome, UploadJob } from '../../../../../src/drivers/pan115-open/upload/job.js';
import { PartsUpload } from '../../../../../src/drivers/pan115-open/upload/parts-upload.js';
import { callOf } from '../../../../fakes/calls.js';
import { RecordedContent, UploadCourse } from '../../../../fakes/uploads.js';
import { clientOf, ossError, ScriptedStorage, takePart } from '../../oss/scripted-storage.js';
import { directory } from '../account-under-test.js';
import { inTime } from '../scripted-cloud.js';

const PART = 1000;
const BYTES = Buffer.from(Array.from({ length: 2500 }, (_, index) => index % 251));
const PLACE = { pickCode: 'e2k5', bucket: 'fhnfile', object: '9f8e' };
const TASK = { ...PLACE, callback: { callback: '{}', variables: '{}' } };

function md5(number: number): string {
  const part = BYTES.subarray((number - 1) * PART, number * PART);
  return createHash('md5').update(part).digest('hex').toUpperCase();
}

function listing(...parts: readonly (readonly [number: number, etag: string])[]): { readonly text: string } {
  const elements = parts.map(([number, etag]) => {
    const size = Math.min(PART, BYTES.length - (number - 1) * PART);
    return `<Part><PartNumber>${number}</PartNumber><ETag>"${etag}"</ETag><Size>${size}</Size></Part>`;
  });
  return { text: `<ListPartsResult><IsTruncated>false</IsTruncated>${elements.join('')}</ListPartsResult>` };
}

const MADE = {
  text: JSON.stringify({
    state: true,
    code: 0,
    data: {
      file_id: '42',
      file_name: 'a.bin',
      file_size: BYTES.length,
      pick_code: 'e2k5',
      sha1: createHash('sha1').update(BYTES).digest('hex').toUpperCase(),
    },
  }),
};

async function run(
  storage: ScriptedStorage,
  etags: readonly string[] = [],
): Promise<{
  readonly outcome: Outcome;
  readonly course: UploadCourse;
  readonly requests: readonly string[];
}> {
  const { client, env, time } = clientOf(storage);
  // Nothing else is asked for while the storage answers as it does here.
  const parts = { env, time, storage: client } as unknown as WriteParts;
  const course = new UploadCourse();
  const target = { directory: directory('307'), name: 'a.bin' };
  const job = new UploadJob(parts, target, new RecordedContent(BYTES), course, callOf('background'));
  const earlier: PartsState = {
    step: 'sending',
    ...PLACE,
    uploadId: 'U1',
    partSize: PART,
    etags: [...etags],
  };
  const outcome = await inTime(env.clock, new PartsUpload(job, TASK).run(earlier));
  const requests = storage.received.map(({ request }) => request.replace('/fhnfile/9f8e?', ''));
  return { outcome, course, requests };
}

describe('upload in parts', () => {
  it('sends the missing parts in order and completes', async () => {
    const storage = new ScriptedStorage(listing([1, md5(1)]), takePart, takePart, MADE);
    const { outcome, course, requests } = await run(storage, [md5(1)]);
    assert.deepEqual(requests, [
      'GET uploadId=U1&max-parts=1000',
      'PUT partNumber=2&uploadId=U1',
      'PUT partNumber=3&uploadId=U1',
      'POST uploadId=U1',
    ]);
    assert.ok(outcome.kind === 'made' && outcome.file.id === '42');
    assert.deepEqual(course.sent, [1000, 2000, 2500]);
    assert.deepEqual(course.stages, ['parts', 'verify']);
  });

  it('goes back to the first part that the storage lacks after PartNotSequential', async () => {
    const storage = new ScriptedStorage(
      listing([1, md5(1)], [2, md5(2)]),
      ossError(400, 'PartNotSequential'),
      listing([1, md5(1)]),
      takePart,
      takePart,
      MADE,
    );
    const { outcome, requests } = await run(storage, [md5(1), md5(2)]);
    assert.equal(outcome.kind, 'made');
    assert.deepEqual(
      requests.filter((request) => request.startsWith('PUT')),
      [3, 2, 3].map((number) => `PUT partNumber=${number}&uploadId=U1`),
    );
  });

  it('takes a part that is there already for sent after PartAlreadyExist', async () => {
    const there = listing([1, md5(1)], [2, md5(2)], [3, md5(3)]);
    const storage = new ScriptedStorage(listing(), ossError(409, 'PartAlreadyExist'), there, MADE);
    assert.equal((await run(storage)).outcome.kind, 'made');
  });

  it('begins anew, and frees the parts, when the storage never comes into step', async () => {
    const replies = Array.from({ length: 9 }, () => [ossError(400, 'PartNotSequential'), listing()]).flat();
    const { outcome, requests } = await run(new ScriptedStorage(listing(), ...replies));
    assert.equal(outcome.kind, 'over');
    assert.ok(requests.length < 15, `${requests.length} requests`);
    assert.equal(requests.at(-1), 'DELETE uploadId=U1');
  });

  for (const [what, there] of [
    ['a part of other bytes', listing([1, 'AB'.repeat(16)])],
    ['a gap', listing([2, md5(2)])],
    ['a part more than the file has', listing([1, md5(1)], [2, md5(2)], [3, md5(3)], [4, md5(1)])],
  ] as const) {
    it(`begins anew when the storage has ${what}`, async () => {
      const { outcome, requests } = await run(new ScriptedStorage(there, { status: 204 }), []);
      assert.equal(outcome.kind, 'over');
      assert.equal(requests.at(-1), 'DELETE uploadId=U1');
    });
  }

  it('is no success when the cloud tells of another file', async () => {
    const other = { text: MADE.text.replace('2500', '2499') };
    const there = listing([1, md5(1)], [2, md5(2)], [3, md5(3)]);
    await assert.rejects(run(new ScriptedStorage(there, other)), /not the one that was sent/);
  });
});
