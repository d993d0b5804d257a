import assert from 'node:assert/strict';
import { strmNames } from '../../../../src/cli/links/strm-names.js';

describe('names of .strm files', () => {
  it('are those of the files without their extension', () => {
    assert.deepEqual(
      [...strmNames(['片 1.mkv', 'b.tar.gz', '.mkv', 'c']).values()],
      ['片 1.strm', 'b.tar.strm', '.mkv.strm', 'c.strm'],
    );
  });

  it('keep the extension where several would be one', () => {
    assert.deepEqual(
      [...strmNames(['a.mkv', 'a.mp4', 'b.mkv']).values()],
      ['a.mkv.strm', 'a.mp4.strm', 'b.strm'],
    );
  });
});
