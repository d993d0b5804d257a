import { setTimeout as delay } from 'node:timers/promises';
import { MIB } from './library.js';
import type { OpenFilm } from './open-film.js';

const PIECE = 128 * 1024;
/** Seconds of film that the player keeps ahead. */
const BUFFER = 2;
const PAUSE = 20;

export interface Playing {
  /** Milliseconds until a player could show the first picture: the first MiB. */
  readonly firstMebibyte: number;
  /** How often the picture stood still after that, because the buffer was empty. */
  readonly stalls: number;
}

/** Plays a film at a bit rate (bytes per second) from a position until `ms` of it are shown, or `until` ends it. */
export async function play(
  file: OpenFilm,
  film: { readonly start: number; readonly rate: number; readonly ms: number },
): Promise<Playing> {
  const { start, rate } = film;
  const began = performance.now();
  const length = (film.ms / 1000) * rate;
  let fetched = 0;
  let firstMebibyte = NaN;
  /** When the film would have begun, had it never stood still. */
  let origin = NaN;
  let stalls = 0;
  while (fetched < length) {
    const shown = Number.isNaN(origin) ? 0 : ((performance.now() - origin) / 1000) * rate;
    if (fetched - shown >= BUFFER * rate) {
      await delay(PAUSE);
      continue;
    }
    await file.read(start + fetched, PIECE);
    const now = performance.now();
    const emptyAt = origin + (fetched / rate) * 1000;
    if (now > emptyAt) {
      stalls += 1;
      origin += now - emptyAt;
    }
    fetched += PIECE;
    if (Number.isNaN(firstMebibyte) && fetched >= MIB) {
      firstMebibyte = now - began;
      origin = now;
    }
  }
  return { firstMebibyte, stalls };
}
