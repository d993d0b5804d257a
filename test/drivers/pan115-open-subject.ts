import * as v from 'valibot';
import { Pan115OpenAccount } from '../../src/drivers/pan115-open/account.js';
import { pan115OpenSchema } from '../../src/drivers/pan115-open/config.js';
import type { Credentials } from '../../src/driver/credential-store.js';
import type { Account } from '../../src/driver/account.js';
import type { Clock, Env } from '../../src/lib/env.js';
import { systemClock, systemRandom } from '../../src/lib/system-clock.js';
import { createTransport, type Transport } from '../../src/net/transport.js';
import type { DriveItem } from '../clouds/house/drive.js';
import type { FaultName, FaultSetting } from '../clouds/house/faults.js';
import { type CloudProcess, startCloud } from '../clouds/process.js';
import { callOf } from '../fakes/calls.js';
import { FakeLogger } from '../fakes/fake-env.js';
import type { ConformanceSubject, LosableWork, Seed, Undo } from './checks/subject.js';

/** When the folders of the cloud's libraries were made; the suite wants new ones to be of today. */
const LIBRARY_TIME = Date.UTC(2025, 0, 1);

/** Parts are of 20 MiB: three, and a fourth with one byte. */
const SEVERAL_PARTS = 3 * 20 * 1024 ** 2 + 1;

/** What loses the answer to a kind of work. */
const LOST_ANSWERS: Readonly<Record<LosableWork, readonly [fault: FaultName, match: string]>> = {
  makeDirectory: ['mutation-lost-answer', '/open/folder/add'],
  rename: ['mutation-lost-answer', '/open/ufile/update'],
  move: ['mutation-lost-answer', '/open/ufile/move'],
  remove: ['mutation-lost-answer', '/open/ufile/delete'],
  rapid: ['init-lost-answer', '/open/upload/init'],
  complete: ['complete-lost-answer', ''],
};

/** Real time that can be moved. */
class ShiftedClock implements Clock {
  #shift = 0;

  now(): number {
    return systemClock.now() + this.#shift;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#shift;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  after(ms: number, action: () => void): ReturnType<Clock['after']> {
    return systemClock.after(ms, action);
  }

  advance(ms: number): void {
    this.#shift += ms;
  }
}

/** Waits for nothing: the time of a wait passes at once, here and in the cloud. Timers take a share of their time. */
class HastyClock extends ShiftedClock {
  readonly #cloud: CloudProcess;
  readonly #share: number;

  constructor(cloud: CloudProcess, share: number) {
    super();
    this.#cloud = cloud;
    this.#share = share;
  }

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.advance(ms);
    await this.#cloud.advanceClock(ms);
    signal?.throwIfAborted();
  }

  override after(ms: number, action: () => void): ReturnType<Clock['after']> {
    return super.after(ms * this.#share, action);
  }
}

/** The emulated 115 in a process of its own, and what a driver needs to reach it. */
export interface EmulatedAccount {
  readonly cloud: CloudProcess;
  readonly clock: ShiftedClock;
  readonly env: Env;
  readonly transport: Transport;
  readonly account: Account;
  /** What is stored now; null before the first login. */
  readonly stored: () => Credentials | null;
  /** Another account object on the same stored login, as another process would have it. */
  readonly another: (config?: v.InferInput<typeof pan115OpenSchema>) => Account;
  readonly close: () => Promise<void>;
}

export interface EmulationOptions {
  /** Nothing waits in real time, and timers take this share of theirs. */
  readonly hasty?: number;
  /** The storage has a name of its own, and the bucket one below it. */
  readonly namedStorage?: boolean;
}

const STORAGE = 'oss.localhost';

/** Starts the cloud with its small library and an account that begins with the cloud's ready refresh token. */
export async function emulatedAccount(
  config: v.InferInput<typeof pan115OpenSchema> = {},
  { hasty, namedStorage = false }: EmulationOptions = {},
): Promise<EmulatedAccount> {
  const cloud = await startCloud({
    library: 'small',
    ...(namedStorage ? { ossEndpoint: `http://${STORAGE}` } : {}),
  });
  const clock = hasty === undefined ? new ShiftedClock() : new HastyClock(cloud, hasty);
  const env: Env = {
    clock,
    random: systemRandom,
    log: new FakeLogger(),
    checkpoint: () => Promise.resolve(),
  };
  const transport = createTransport(env, { resolve: { [`fhnfile.${STORAGE}`]: '127.0.0.1' } });
  let stored: Credentials | null = null;
  const credentials = {
    load: () => Promise.resolve(stored),
    save: (_account: string, saved: Credentials) => {
      stored = saved;
      return Promise.resolve();
    },
  };
  const counters = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
  const services = { env, network: { transport, counters }, credentials };
  const settings = {
    clientId: cloud.login.clientId,
    refreshToken: cloud.login.refreshToken,
    endpoints: cloud.endpoints,
    calls: { perSecond: 20, burst: 100 },
    ...config,
  };
  const another: EmulatedAccount['another'] = (changes = {}) =>
    new Pan115OpenAccount(services, 'main', v.parse(pan115OpenSchema, { ...settings, ...changes }));
  const account = another();
  const close = async (): Promise<void> => {
    await account.close();
    await transport.close();
    await cloud.stop();
  };
  return { cloud, clock, env, transport, account, stored: () => stored, another, close };
}

/** Does what a person does: scans the QR code with the phone and confirms. */
export async function logInByQr(cloud: CloudProcess, account: Account): Promise<readonly string[]> {
  const events: string[] = [];
  for await (const event of account.login.qr?.(callOf()) ?? []) {
    events.push(event.kind);
    if (event.kind === 'qr') await cloud.actOnQr('scan');
    if (event.kind === 'scanned') await cloud.actOnQr('confirm');
  }
  return events;
}

/** 115 Open on the emulated cloud under the conformance suite. */
export async function pan115OpenSubject(): Promise<ConformanceSubject> {
  const pageSize = 20;
  const emulated = await emulatedAccount({ pageSize, changeBatch: 100 });
  const { cloud, clock, account, transport } = emulated;
  const advance = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await cloud.advanceClock(ms);
  };
  await advance(LIBRARY_TIME - clock.now());
  const loseLogin = async (): Promise<Undo> => {
    await cloud.endTokens('revoke');
    return async () => {
      await logInByQr(cloud, emulated.another());
    };
  };
  return {
    account,
    root: '0',
    transport,
    severalPages: 2 * pageSize + 1,
    now: () => clock.now(),
    add: async (parent, seeds) => {
      const ids: string[] = [];
      for (const seed of seeds) ids.push(await addSeed(cloud, parent, seed));
      return ids;
    },
    rename: (id, name) => cloud.rename({ id }, name),
    move: (id, parent) => cloud.move({ id }, parent),
    remove: (id) => cloud.remove({ id }),
    replace: (id, size) => replaced(cloud, id, size),
    bytes: (file, { start, end }) => cloud.bytes({ id: file.id }, start, end - start),
    close: () => emulated.close(),
    advance,
    loseLogin,
    hold: () => during(cloud, 'api-hang'),
    misdirectListings: () => during(cloud, 'list-wrong-cid'),
    severalParts: SEVERAL_PARTS,
    loseAnswer: (work) => {
      const [fault, match] = LOST_ANSWERS[work];
      return during(cloud, fault, { count: 1, match });
    },
    fill: () => during(cloud, 'space-exhausted'),
    failOffline: () => during(cloud, 'offline-fails'),
    exhaustOffline: async () => {
      const { offlineTasks } = await cloud.profile();
      await cloud.changeProfile({ offlineTasks: 0 });
      return () => cloud.changeProfile({ offlineTasks });
    },
    addTorrent: async (directoryId) => (await addTorrent(cloud, directoryId)).id,
    trashed: async () => (await cloud.bin()).map(({ name }) => name),
  };
}

/** A torrent file of two files that nothing else in the cloud has. */
export async function addTorrent(cloud: CloudProcess, parent: string): Promise<DriveItem> {
  const files = 'd6:lengthi2000000e4:pathl5:a.mkveed6:lengthi3200e4:pathl5:a.nfoee';
  const info = `d5:filesl${files}e4:name4:film6:pieces${parent.length}:${parent}e`;
  const bytes = Buffer.from(`d8:announce3:url4:info${info}e`);
  const content = { kind: 'bytes', base64: bytes.toString('base64') } as const;
  return await cloud.addFile({ parent, name: 'film.torrent', size: bytes.length, content });
}

async function addSeed(cloud: CloudProcess, parent: string, seed: Seed): Promise<string> {
  if (seed.kind === 'directory') return (await cloud.addDirectory(seed.name, parent)).id;
  const { name, size, kind } = seed;
  return (await cloud.addFile({ parent, name, size, complete: kind === 'file' })).id;
}

/** 115 never changes the bytes of an id: what replaces a file is a new one, and the old one is in the bin. */
async function replaced(cloud: CloudProcess, id: string, size: number): Promise<string> {
  const { name, parent } = await cloud.item({ id });
  await cloud.remove({ id });
  return (await cloud.addFile({ parent, name, size })).id;
}

async function during(cloud: CloudProcess, fault: FaultName, setting: FaultSetting = {}): Promise<Undo> {
  await cloud.fault(fault, setting);
  return () => cloud.clearFault(fault);
}
