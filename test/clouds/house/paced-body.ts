import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteSource } from './content.js';

/** How a body is sent. */
export interface BodyPace {
  readonly bytesPerSecond: number | null;
  /** Reset after this many bytes. */
  readonly cutAfter?: number;
  /** Silence after this many bytes, until the client goes. */
  readonly stallAfter?: number;
}

const FASTEST_SLICE = 256 * 1024;
const FIRST_SLICE = 16 * 1024;
/** A client that did not read for a while may catch up by this much, not by all it missed. */
const CREDIT_MS = 50;

/** How a body ended. stalled and cut are left to the caller. */
export type BodyEnd = 'done' | 'gone' | 'cut' | 'stalled';

/**
 * Writes `length` bytes from `position` on, never ahead of the pace: a slice leaves when its last byte would have
 * arrived. Resolves when all is handed to the connection or the client is gone. `sent` is told the bytes of each slice.
 */
export async function writeBody(
  response: ServerResponse,
  source: ByteSource,
  range: { readonly position: number; readonly length: number },
  pace: BodyPace,
  sent: (bytes: number) => void,
): Promise<BodyEnd> {
  const limit = Math.min(range.length, pace.cutAfter ?? Infinity, pace.stallAfter ?? Infinity);
  const rate = pace.bytesPerSecond;
  const slice = sliceOf(rate);
  const buffers = [Buffer.allocUnsafe(slice), Buffer.allocUnsafe(slice)];
  const writes: Promise<boolean>[] = [];
  let start = performance.now();
  for (let done = 0, turn = 0; done < limit; turn += 1) {
    const length = Math.min(limit - done, done === 0 && rate !== null ? Math.min(slice, FIRST_SLICE) : slice);
    // A buffer is filled anew only when its last bytes have left.
    if (writes.length === 2 && !(await writes.shift())) return 'gone';
    if (rate !== null) start = await waitTurn(start, ((done + length) / rate) * 1000);
    if (response.destroyed) return 'gone';
    const bytes = (buffers[turn % 2] ?? Buffer.alloc(slice)).subarray(0, length);
    await source.fill(bytes, range.position + done);
    writes.push(written(response, bytes));
    sent(length);
    done += length;
  }
  for (const write of writes) if (!(await write)) return 'gone';
  if (limit === range.length) return 'done';
  return limit === pace.cutAfter ? 'cut' : 'stalled';
}

function sliceOf(rate: number | null): number {
  if (rate === null) return FASTEST_SLICE;
  return Math.min(FASTEST_SLICE, Math.max(1024, Math.floor(rate / 200 / 1024) * 1024));
}

/** Waits until `due` ms after start; answers the start moved on when this came far too late to be made up. */
export async function waitTurn(start: number, due: number): Promise<number> {
  const late = performance.now() - start - due;
  if (late < -0.5) await delay(-late);
  return start + Math.max(0, late - CREDIT_MS);
}

/** True when the bytes left, false when the client is gone. */
function written(response: ServerResponse, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve(false);
      return;
    }
    const gone = (): void => resolve(false);
    response.once('close', gone);
    response.write(bytes, (error) => {
      response.off('close', gone);
      resolve(error === undefined || error === null);
    });
  });
}
