import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  isSpoolId,
  parseSpoolName,
  readableName,
  type SpoolName,
  spoolName,
} from '../../../../src/upload/spool/spool-names.js';

const ID = 'local-1b4e28ba-2fa1-11d2-883f-0016d3cca427';

describe('name of a spool file', () => {
  it('is legal, fits, and tells what it was made of, whatever the cloud name', () => {
    const kind = fc.constantFrom('bytes' as const, 'dropped' as const, 'origin' as const, 'ranges' as const);
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }).map((part) => part.repeat(6)),
      fc.constant(`a~${ID}.json`),
    );
    fc.assert(
      fc.property(text, kind, (name, of) => {
        const written: SpoolName = { id: ID, kind: of, readable: readableName(name) };
        const made = spoolName(written);
        assert.ok(Buffer.byteLength(made) <= 255 && !/[/\0]/.test(made), made);
        assert.deepEqual(parseSpoolName(made), written);
      }),
    );
  });

  it('shows the name that a person knows', () => {
    const readable = readableName('影片 (2026).mkv');
    assert.equal(spoolName({ id: ID, kind: 'bytes', readable }), `影片 (2026).mkv~${ID}`);
  });

  it('is not seen in what somebody else put there', () => {
    for (const name of ['Film.mkv', `~${ID}`, `Film.mkv~${ID}.bak`, 'lost+found']) {
      assert.equal(parseSpoolName(name), null, name);
    }
  });

  it('takes no id that could lead out of the folder', () => {
    assert.ok(isSpoolId(ID));
    for (const id of ['123', 'local-', 'local-../x', 'local-a.json']) assert.ok(!isSpoolId(id), id);
  });
});
