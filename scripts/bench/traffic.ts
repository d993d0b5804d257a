import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../../test/clouds/control-client.js';

/** What one measurement cost the cloud. */
export interface Traffic {
  /** Bytes of files that were sent. */
  readonly sent: number;
  readonly calls: number;
  readonly refused: number;
  /** Most connections at once: on one link, on the account. */
  readonly link: number;
  readonly account: number;
}

const SETTLE_LIMIT = 30_000;

/** Resolves when nobody fetches bytes any more: abandoned downloads of one measurement must not slow the next. */
export async function settled(cloud: ControlClient): Promise<void> {
  const end = performance.now() + SETTLE_LIMIT;
  let quiet = 0;
  while (quiet < 3 && performance.now() < end) {
    const { open } = (await cloud.figures()).accounts;
    quiet = Object.keys(open).length === 0 ? quiet + 1 : 0;
    await delay(100);
  }
}

/** Runs the work and tells what it cost the cloud, downloads that outlive it included. */
export async function withTraffic<T>(
  cloud: ControlClient,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly traffic: Traffic }> {
  await settled(cloud);
  await cloud.clearFigures();
  await cloud.clearLog();
  const result = await work();
  await settled(cloud);
  const [figures, log] = await Promise.all([cloud.figures(), cloud.log()]);
  const traffic = {
    sent: figures.bytesSent,
    calls: figures.calls.total,
    refused: log.filter(({ status }) => status === 403).length,
    link: figures.links.highest,
    account: figures.accounts.highest,
  };
  return { result, traffic };
}
