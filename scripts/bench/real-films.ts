import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** An MP4 made like this has its index at the end. */
const CONTAINERS = ['mkv', 'mp4'] as const;
const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=25:duration=15'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=15'];
const CODECS = ['-c:v', 'mpeg4', '-b:v', '8M', '-c:a', 'aac'];

/** Makes one real film of each container in the folder; none where ffmpeg is not installed. */
export async function makeRealFilms(folder: string): Promise<readonly string[]> {
  const films = CONTAINERS.map((container) => join(folder, `real.${container}`));
  try {
    for (const film of films) {
      await run('ffmpeg', ['-loglevel', 'error', '-y', ...PICTURE, ...SOUND, ...CODECS, film]);
    }
    return films;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
