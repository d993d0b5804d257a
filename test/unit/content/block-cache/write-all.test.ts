import assert from 'node:assert/strict';
import { writeAll } from '../../../../src/content/block-cache/write-all.js';

describe('writing all', () => {
  const buffers = ['abc', '', 'defgh', 'i', 'jklm'].map((text) => Buffer.from(text));

  for (const most of [1, 3, 4, 7, 13, 100]) {
    it(`writes every byte at its place when the file takes ${most} at a time`, async () => {
      const written = Buffer.alloc(20, '.');
      const file = {
        writev: (parts: readonly Uint8Array[], position: number) => {
          const bytes = Buffer.concat(parts).subarray(0, most);
          written.set(bytes, position);
          return Promise.resolve({ bytesWritten: bytes.length });
        },
      };
      await writeAll(file, buffers, 2);
      assert.equal(written.toString(), '..abcdefghijklm.....');
    });
  }

  it('rejects when the file takes nothing', async () => {
    const file = { writev: () => Promise.resolve({ bytesWritten: 0 }) };
    await assert.rejects(writeAll(file, buffers, 0), { name: 'FsError', errno: 'EIO' });
  });
});
