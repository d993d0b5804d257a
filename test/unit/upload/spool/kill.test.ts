import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { callOf } from '../../../fakes/calls.js';
import { SpoolHouse } from './spool-house.js';

const WRITER = fileURLToPath(new URL('killed-writer.ts', import.meta.url));
const KILLS = 20;

/** What the killed process told of one file. */
interface Told {
  state: 'change' | 'closed' | 'drop' | 'dropped';
  /** SHA-1 of the bytes that it was to have, before and after the last change. */
  hashes: string[];
}

/** Runs a writer, kills it after so many lines, and answers what it told. */
async function runKilled(directory: string, word: string, killAfter: number): Promise<readonly string[]> {
  const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, directory, word], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  writer.stdout.setEncoding('utf8');
  writer.stdout.on('data', (text: string) => {
    told += text;
    if (told.split('\n').length > killAfter) writer.kill('SIGKILL');
  });
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL');
  return told.split('\n').slice(0, -1);
}

function note(files: Map<string, Told>, line: string): void {
  const [state = '', id = '', hash = ''] = line.split(' ');
  const file = files.get(id) ?? { state: 'change', hashes: [] };
  file.state = state as Told['state'];
  if (state === 'change') file.hashes = [...file.hashes.slice(-1), hash];
  if (state === 'closed') file.hashes = file.hashes.slice(-1);
  files.set(id, file);
}

describe('spool whose process was killed', function () {
  this.timeout(300_000);
  const seen = { closed: 0, changing: 0, drafts: 0, dropped: 0 };

  /** The SHA-1 of what would be uploaded; null for a draft. */
  async function uploadOf(house: SpoolHouse, id: string): Promise<string | null> {
    if ((await house.row(id)).state === 'writing') return null;
    const content = await house.spool.contentOf(id);
    const bytes = await content.read({ start: 0, end: content.size }, callOf().signal);
    return createHash('sha1').update(bytes).digest('hex');
  }

  async function check(house: SpoolHouse, id: string, { state, hashes }: Told): Promise<void> {
    if (state === 'dropped' || (state === 'drop' && house.spool.open(id) === null)) {
      assert.equal(house.spool.open(id), null, id);
      seen.dropped += 1;
      return;
    }
    const hash = await uploadOf(house, id);
    if (state === 'closed' || state === 'drop') {
      assert.deepEqual([hash], hashes, `${id} is ${state}`);
      seen.closed += 1;
    } else if (hash === null) seen.drafts += 1;
    else {
      // Killed before the change reached the disk, or between the row and the answer; new files are empty before.
      assert.ok(hashes.includes(hash), `${id} has other bytes`);
      seen.changing += 1;
    }
  }

  it('keeps every byte of what was closed, and uploads nothing else', async () => {
    const house = await SpoolHouse.open();
    const files = new Map<string, Told>();
    try {
      for (let kill = 0; kill < KILLS; kill += 1) {
        await house.end();
        const lines = await runKilled(house.directory, `${kill}`, randomInt(80));
        const met = new Map<string, Told>();
        for (const line of lines) note(met, line);
        for (const [id, told] of met) files.set(id, told);
        await house.begin();
        assert.equal(house.journal.beginning, 'found');
        for (const [id, told] of kill === KILLS - 1 ? files : met) await check(house, id, told);
        assert.deepEqual(
          house.env.log.lines.filter(({ level }) => level === 'error'),
          [],
        );
      }
    } finally {
      await house.close();
    }
    assert.ok(seen.closed > 100 && seen.dropped > 10 && seen.drafts > 5, JSON.stringify(seen));
  });
});
