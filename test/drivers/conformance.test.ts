import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { MEMORY_FAULTS, type MemoryFault } from '../../src/drivers/memory/faults.js';
import { runCheck } from './checks/check.js';
import { CHECKS } from './conformance.js';
import { memorySubject } from './memory-subject.js';

const CONTRACTS = ['account', 'driver', 'entry', 'writer'];

/** Names of the checks that fail on a memory driver with this fault. */
async function failing(fault: MemoryFault): Promise<readonly string[]> {
  const names: string[] = [];
  for (const check of CHECKS) {
    const subject = await memorySubject({}, { fault });
    await runCheck(check, subject).catch((error: unknown) => {
      assert.ok(error instanceof Error);
      names.push(check.name);
    });
    await subject.close();
  }
  return names;
}

/** What a planted fault must be found by. */
const FOUND_BY: Readonly<Record<MemoryFault, string>> = {
  'list-drops-last-of-page': 'list yields each child once over several pages',
  'list-yields-twice': 'list yields each child once over several pages',
  'list-of-unknown-is-empty': 'list rejects with ENOENT when the directory does not exist',
  'stat-knows-removed': 'stat answers null for what no longer exists',
  'stat-ignores-rename': 'stat tells the entry as it is now',
  'link-of-removed': 'link rejects with ENOENT when the file does not exist',
  'abort-ignored': 'every verb ends at once when the signal aborts',
};

/** Names that the comments of src/driver quote. */
function quotedNames(): readonly string[] {
  const text = CONTRACTS.map((name) =>
    readFileSync(new URL(`../../src/driver/${name}.ts`, import.meta.url), 'utf8'),
  ).join('\n');
  const flowing = text.replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ');
  return [...flowing.matchAll(/\(conformance: ([^)]*)\)/g)].flatMap((comment) =>
    [...(comment[1] ?? '').matchAll(/"([^"]+)"/g)].map((quote) => quote[1] ?? ''),
  );
}

describe('conformance suite', () => {
  it('tests every promise that src/driver quotes, and no other', () => {
    const names = CHECKS.map((check) => check.name);
    assert.equal(new Set(names).size, names.length, 'a name is used twice');
    assert.deepEqual([...new Set(quotedNames())].sort(), [...names].sort());
  });

  for (const fault of MEMORY_FAULTS) {
    it(`finds the planted fault ${fault}`, async () => {
      assert.ok((await failing(fault)).includes(FOUND_BY[fault]));
    });
  }
});
