import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { MEMORY_FAULTS, type MemoryFault } from '../../src/drivers/memory/faults.js';
import { runCheck } from './checks/check.js';
import { CHECKS } from './conformance.js';
import { memorySubject } from './memory-subject.js';

const CONTRACTS = ['account', 'driver', 'entry', 'writer', 'offline'];

/** Whether the check of this name fails on a memory driver with this fault. */
async function finds(name: string, fault: MemoryFault): Promise<boolean> {
  const check = CHECKS.find((candidate) => candidate.name === name);
  assert.ok(check !== undefined, name);
  const subject = await memorySubject({}, { fault });
  try {
    await runCheck(check, subject);
    return false;
  } catch (error) {
    assert.ok(error instanceof Error);
    return true;
  } finally {
    await subject.close();
  }
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
  'makeDirectory-makes-twins': 'makeDirectory gives the directory that is there already',
  'rename-changes-id': 'rename keeps the id',
  'move-replaces': 'move replaces nothing',
  'move-to-nowhere': 'move rejects with ENOENT when the target does not exist',
  'move-in-part': 'move and remove take as many entries as they say',
  'remove-destroys': 'remove puts what it takes into the recycle bin',
  'remove-refuses-gone': 'remove resolves for what is gone already',
  'rapid-invents-bytes': 'rapid answers null for unknown bytes',
  'rapid-wants-all-hashes': 'rapid needs no more than the hash that files carry',
  'copy-moves': 'copy leaves the source and makes equal files',
  'restore-purges': 'trash gives back what was removed',
  'purge-takes-all': 'trash destroys what it is told to, or everything',
  'offline-forgets-refusals': 'offline tells what became of each link',
  'offline-adds-twice': 'offline finds the task that a link has already',
  'offline-lists-first-page': 'offline lists each task once over several pages',
  'offline-remove-takes-files': 'offline removes a task and keeps what it brought, or takes it along',
  'offline-clears-all': 'offline clears the tasks of one state and keeps what they brought',
  'offline-brings-whole-torrents': 'offline brings the chosen files of a torrent',
  'upload-answers-early': 'upload makes a file with these bytes',
  'upload-sends-other-bytes': 'upload makes a file with these bytes',
  'upload-makes-twins': 'upload makes one file although its last answer was lost',
  'upload-ignores-checkpoint': 'upload goes on from its checkpoint',
  'upload-sends-unadmitted': 'upload sends no byte that was not admitted',
  'upload-rewords-errors': 'upload rejects with what its content and its course reject with',
  'upload-sends-the-known': 'upload sends nothing when the cloud knows the bytes',
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
      assert.ok(await finds(FOUND_BY[fault], fault));
    });
  }
});
