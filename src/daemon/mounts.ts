import { mountVfs, type Mounted } from '../fuse/mount.js';
import type { Call } from '../lib/call.js';
import type { Env, Timer } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { MountStatus } from '../lib/protocol.js';
import { folderView } from '../vfs/folder-view.js';
import { Vfs } from '../vfs/vfs.js';
import { drivesOf, type VfsLayout } from '../vfs/drive.js';
import type { Drives, OpenDrive } from './drives.js';
import type { Events, NewEvent } from './events/events.js';
import type { MountTallies } from './metrics/series.js';
import { isInside, shownAt } from './shown-at.js';

/** One mount as the configuration or a command asks for it. */
export interface MountSettings {
  readonly path: string;
  readonly layout: 'drive' | 'drives';
  readonly drives: readonly string[];
  /** What of the drive is shown; `/` for all of it. Only with one drive as the layout. */
  readonly folder: string;
  /** Nothing can be changed, whatever the drives can. */
  readonly readOnly: boolean;
  readonly allowOther: boolean;
  readonly uid: number;
  readonly gid: number;
  readonly umask: number;
  /** Bytes. */
  readonly readAhead: number;
}

type MountState =
  | {
      readonly kind: 'mounted';
      readonly since: number;
      readonly mounted: Mounted;
      readonly vfs: Vfs;
      readonly readOnly: boolean;
    }
  | { readonly kind: 'failed'; readonly error: FsError };

interface MountRow {
  readonly settings: MountSettings;
  state: MountState;
  attempts: number;
  retry: Timer | null;
  /** Somebody has asked for its end. */
  leaving: boolean;
}

const FIRST_RETRY = 15_000;
const LONGEST_RETRY = 600_000;

/** Failures that may heal by themselves, or by a login elsewhere: the mount is tried again. */
const HEALING = new Set(['network', 'throttle', 'login', 'reply']);

/** A path of this machine inside a mount. */
export interface MountedPath {
  readonly drive: OpenDrive;
  /** Absolute inside the drive. */
  readonly path: string;
}

/** The mounts of the daemon: brought up, tried again while the cloud is away, taken down. */
export class Mounts {
  readonly #env: Env;
  readonly #drives: Drives;
  readonly #events: Events;
  readonly #rows = new Map<string, MountRow>();
  readonly #closing = new AbortController();

  constructor(env: Env, drives: Drives, events: Events) {
    this.#env = env;
    this.#drives = drives;
    this.#events = events;
  }

  /** Mounts now. Rejects with FsError in words; nothing is kept then. */
  async add(settings: MountSettings, call: Call): Promise<MountStatus> {
    if (this.#rows.get(settings.path)?.state.kind === 'mounted') {
      throw new FsError(
        'EBUSY',
        `${settings.path} is already a mount of panfuse: panfuse unmount ${settings.path}`,
      );
    }
    const row = await this.#bringUp(settings, call);
    return this.#statusOf(row);
  }

  /** Mounts as `add` does; a failure that may heal keeps the row and is tried again. Never rejects. */
  async keep(settings: MountSettings): Promise<FsError | null> {
    const call: Call = { signal: this.#closing.signal, urgency: 'lookup' };
    try {
      await this.#bringUp(settings, call);
      return null;
    } catch (error) {
      const failure = toFsError(error);
      this.#fail(settings, failure);
      return failure;
    }
  }

  /** Takes a mount down. ENOENT when panfuse has none there. */
  async remove(path: string): Promise<void> {
    const row = this.#rows.get(path);
    if (row === undefined)
      throw new FsError('ENOENT', `${path} is not a mount of panfuse: panfuse mounts lists them`);
    row.retry?.cancel();
    row.leaving = true;
    await this.#takeDown(row.state);
    this.#forget(row, null);
  }

  /** Tries failed mounts again at once: a person has done something about them. */
  retryNow(): void {
    for (const row of this.#rows.values()) {
      if (row.state.kind === 'mounted') continue;
      row.retry?.cancel();
      row.attempts = 0;
      void this.keep(row.settings);
    }
  }

  /** Which drive and which path in it a path of this machine means. ENOENT outside all mounts. */
  async locate(path: string, call: Call): Promise<MountedPath> {
    const row = [...this.#rows.values()].find(({ settings }) => isInside(path, settings.path));
    if (row === undefined) throw new FsError('ENOENT', `${path} is not inside a mount of panfuse`);
    const { settings } = row;
    const inside = path.slice(settings.path.length).replace(/^\/+/, '');
    if (settings.layout === 'drive') {
      const drive = await this.#drives.open(settings.drives[0] ?? '', call);
      return { drive, path: `${settings.folder.replace(/\/$/, '')}/${inside}` };
    }
    const [name = '', ...rest] = inside.split('/');
    if (name === '')
      throw new FsError('EINVAL', `${path} shows several drives: name a folder inside one of them`);
    return { drive: await this.#drives.open(name, call), path: `/${rest.join('/')}` };
  }

  /** Where a path of a drive is shown, as a path of this machine; null when no mount shows it. */
  pathOf(drive: string, path: string): string | null {
    const shown = [...this.#rows.values()]
      .filter(({ state }) => state.kind === 'mounted')
      .map(({ settings }) => shownAt(settings, drive, path));
    return shown.find((found) => found !== null) ?? null;
  }

  /** Whether a failure may end without a person doing something about this mount. */
  heals(error: FsError): boolean {
    return HEALING.has(error.reason);
  }

  status(): readonly MountStatus[] {
    return [...this.#rows.values()].map((row) => this.#statusOf(row));
  }

  /** How the kernel's requests were answered, by mount and operation. */
  tallies(): readonly MountTallies[] {
    return [...this.#rows.values()].flatMap(({ settings, state }) =>
      state.kind === 'mounted' ? [{ path: settings.path, tallies: state.mounted.tallies() }] : [],
    );
  }

  /** Takes every mount down. */
  async close(): Promise<void> {
    this.#closing.abort(new FsError('EINTR', 'the daemon stops', { expected: true }));
    const rows = [...this.#rows.values()];
    this.#rows.clear();
    for (const row of rows) row.retry?.cancel();
    await Promise.all(rows.map(({ state }) => this.#takeDown(state)));
  }

  async #bringUp(settings: MountSettings, call: Call): Promise<MountRow> {
    const layout = await this.#layoutOf(settings, call);
    const readOnly = settings.readOnly || drivesOf(layout).every(({ writes }) => writes === null);
    const vfs = new Vfs(this.#env, layout, settings);
    const mounted = await mountVfs(this.#env, vfs, {
      path: settings.path,
      name: settings.drives.join(','),
      allowOther: settings.allowOther,
      readAhead: settings.readAhead,
      readOnly,
    });
    const since = this.#env.clock.now();
    const row: MountRow = {
      settings,
      state: { kind: 'mounted', since, mounted, vfs, readOnly },
      attempts: 0,
      retry: null,
      leaving: false,
    };
    this.#rows.set(settings.path, row);
    this.#env.log.info('mounted', { path: settings.path, drives: settings.drives, readOnly });
    this.#events.tell(mountEvent('mount.up', settings, null));
    void mounted.ended.then(() => this.#ended(row));
    return row;
  }

  async #layoutOf(settings: MountSettings, call: Call): Promise<VfsLayout> {
    const drives = await Promise.all(settings.drives.map((name) => this.#drives.open(name, call)));
    const [first] = drives;
    if (settings.layout === 'drives' || first === undefined) return { kind: 'drives', drives };
    const tree = await folderView(first.tree, settings.folder, call);
    return { kind: 'drive', drive: { ...first, tree } };
  }

  #fail(settings: MountSettings, error: FsError): void {
    if (this.#closing.signal.aborted) return;
    const attempts = (this.#rows.get(settings.path)?.attempts ?? 0) + 1;
    const heals = this.heals(error);
    const wait = Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** (attempts - 1));
    const retry = heals ? this.#env.clock.after(wait, () => void this.keep(settings)) : null;
    const state = { kind: 'failed', error } as const;
    this.#rows.set(settings.path, { settings, state, attempts, retry, leaving: false });
    this.#env.log.error('not mounted', { path: settings.path, error, triedAgainIn: heals ? wait : null });
    this.#events.tell(mountEvent('mount.failed', settings, error.message));
  }

  async #takeDown(state: MountState): Promise<void> {
    if (state.kind !== 'mounted') return;
    await state.mounted.unmount();
    await state.vfs.close();
  }

  #ended(row: MountRow): void {
    if (this.#rows.get(row.settings.path) !== row) return;
    if (row.state.kind === 'mounted') void row.state.vfs.close();
    this.#forget(row, row.leaving ? null : 'it was unmounted from outside');
  }

  #forget(row: MountRow, reason: string | null): void {
    if (this.#rows.get(row.settings.path) !== row) return;
    this.#rows.delete(row.settings.path);
    if (row.state.kind === 'mounted') this.#events.tell(mountEvent('mount.down', row.settings, reason));
  }

  #statusOf({ settings, state }: MountRow): MountStatus {
    return {
      path: settings.path,
      drives: settings.drives,
      folder: settings.folder,
      readOnly: state.kind === 'mounted' ? state.readOnly : settings.readOnly,
      since: state.kind === 'mounted' ? state.since : 0,
      openFiles: state.kind === 'mounted' ? state.vfs.openFiles().length : 0,
      state: state.kind,
      message: state.kind === 'failed' ? state.error.message : null,
    };
  }
}

function mountEvent(
  type: 'mount.up' | 'mount.down' | 'mount.failed',
  { path, drives }: MountSettings,
  reason: string | null,
): NewEvent {
  return { type, path, drives, reason };
}
