import { LARGEST_WHOLE, partSize } from '../../src/drivers/pan115-open/upload/part-size.js';
import type { UploadClient } from '../../test/clouds/upload-client.js';

/** Uploads bytes that the cloud does not know with one plain request after another: the same parts as ours. */
export async function plainUpload(uploads: UploadClient, name: string, bytes: Buffer): Promise<void> {
  const init = await uploads.init({ name, bytes });
  if (init.status !== 1) throw new Error(`the cloud wants no bytes of ${name}`);
  if (bytes.length <= LARGEST_WHOLE) {
    await uploads.put(init, bytes);
    return;
  }
  const token = await uploads.token();
  const size = partSize(bytes.length);
  const uploadId = await uploads.initiate(init.object);
  const etags: string[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    const part = bytes.subarray(start, start + size);
    const { headers } = await uploads.part(init.object, uploadId, etags.length + 1, part, { token });
    etags.push((headers['etag'] ?? '').replaceAll('"', ''));
  }
  const { status } = await uploads.complete(init, uploadId, etags, { token });
  if (status !== 200) throw new Error(`the storage answered ${status} at the end of ${name}`);
}
