import type { CallFigures } from './house/call-meter.js';
import type { ConnectionFigures } from './house/connection-ledger.js';
import type { ContentSpec } from './house/content.js';
import type { DriveItem, NewFile } from './house/drive.js';
import type { FaultName, FaultSetting, FaultState } from './house/faults.js';
import type { HeldRequest } from './house/held-answers.js';
import type { Profile } from './house/profiles.js';
import type { LogEntry } from './house/request-log.js';
import type { MultipartUpload } from './oss/multipart-uploads.js';
import type { Login, TokenPair } from './pan115-open/logins.js';
import type { OfflineTask } from './pan115-open/offline/offline-tasks.js';
import type { QrCode } from './pan115-open/qr-codes.js';
import type { KnownContent } from './pan115-open/upload/known-content.js';
import type { UploadTask } from './pan115-open/upload/upload-tasks.js';

/** What the cloud counted since it started or was told to forget. */
export interface CloudFigures {
  readonly calls: CallFigures;
  /** Bytes of files, those of unfinished answers included. */
  readonly bytesSent: number;
  /** By link. */
  readonly links: ConnectionFigures;
  /** By account. */
  readonly accounts: ConnectionFigures;
}

/** What the storage counted since it started or was told to forget. */
export interface StorageFigures {
  /** By kind of request: initiate, part, object, list-parts, complete, abort. */
  readonly calls: CallFigures;
  /** Bytes of bodies, those of broken requests included. */
  readonly bytesReceived: number;
}

/** An item by its id, or by its path of names below the root. */
export type ItemAddress = { readonly id: string } | { readonly path: string };

export interface FileToAdd {
  readonly parent?: string;
  readonly name: string;
  readonly size: number;
  readonly content?: ContentSpec;
  readonly sha1?: string;
  readonly complete?: boolean;
  readonly created?: number;
  readonly modified?: number;
}

/** The control path of a running cloud. Every method rejects with the cloud's words when it refuses. */
export class ControlClient {
  readonly control: string;

  constructor(control: string) {
    this.control = control;
  }

  /** Switches a fault on. */
  async fault(name: FaultName, setting: FaultSetting = {}): Promise<void> {
    await this.#send('PUT', `faults/${name}`, setting);
  }

  /** Switches one fault off, or all. */
  async clearFault(name?: FaultName): Promise<void> {
    await this.#send('DELETE', name === undefined ? 'faults' : `faults/${name}`);
  }

  async faults(): Promise<readonly FaultState[]> {
    return (await this.#send('GET', 'faults')) as readonly FaultState[];
  }

  /** How often a fault has struck. */
  async fired(name: FaultName): Promise<number> {
    return (await this.faults()).find((fault) => fault.name === name)?.fired ?? 0;
  }

  /** Resets every connection, and each new one until `networkUp`. The control path stays. */
  async networkDown(): Promise<void> {
    await this.fault('network-down');
  }

  async networkUp(): Promise<void> {
    await this.clearFault('network-down');
  }

  /** Ends the connections that are open now. */
  async resetConnections(): Promise<void> {
    await this.#send('POST', 'reset-connections');
  }

  /** Requests that have ended, oldest first, after a sequence number. */
  async log(since = 0): Promise<readonly LogEntry[]> {
    return (await this.#send('GET', `log?since=${since}`)) as readonly LogEntry[];
  }

  async clearLog(): Promise<void> {
    await this.#send('DELETE', 'log');
  }

  async figures(): Promise<CloudFigures> {
    return (await this.#send('GET', 'stats')) as CloudFigures;
  }

  async clearFigures(): Promise<void> {
    await this.#send('DELETE', 'stats');
  }

  async profile(): Promise<Profile> {
    return (await this.#send('GET', 'profile')) as Profile;
  }

  async changeProfile(settings: Partial<Profile>): Promise<void> {
    await this.#send('PUT', 'profile', settings);
  }

  /** Moves the cloud's time: tokens, links, QR codes and call limits grow older by `ms`. */
  async advanceClock(ms: number): Promise<void> {
    await this.#send('POST', 'clock', { advance: ms });
  }

  /** The cloud's time, ms since the epoch. */
  async now(): Promise<number> {
    return ((await this.#send('GET', 'clock')) as { readonly now: number }).now;
  }

  async qrCodes(): Promise<readonly QrCode[]> {
    return (await this.#send('GET', 'qr')) as readonly QrCode[];
  }

  /** What the person with the phone does to the newest QR code, or to the one with this uid. */
  async actOnQr(action: 'scan' | 'confirm' | 'cancel', uid?: string): Promise<void> {
    await this.#send('POST', `qr/${action}`, uid === undefined ? {} : { uid });
  }

  async logins(): Promise<readonly Login[]> {
    return (await this.#send('GET', 'tokens')) as readonly Login[];
  }

  /** Another login of the same app; the third live one ends the first. */
  async newLogin(): Promise<TokenPair> {
    return (await this.#send('POST', 'tokens/login')) as TokenPair;
  }

  /** Ends tokens now: of one login, or of all. `revoke` is what the user does in the device list. */
  async endTokens(action: 'expire-access' | 'expire-refresh' | 'revoke', login?: number): Promise<void> {
    await this.#send('POST', `tokens/${action}`, login === undefined ? {} : { login });
  }

  /** Lifts a block for too many calls and fills the burst and the day's budget again. */
  async resetLimits(): Promise<void> {
    await this.#send('POST', 'limits/reset');
  }

  /** Ends every link handed out so far, before its time. */
  async revokeLinks(): Promise<void> {
    await this.#send('POST', 'links/revoke');
  }

  /** Rejects when there is none; deleted items are found by id. */
  async item(address: ItemAddress): Promise<DriveItem> {
    return (await this.#send('GET', `item?${query(address)}`)) as DriveItem;
  }

  /** Below the root unless a parent id is given. */
  async addFile(file: FileToAdd): Promise<DriveItem> {
    return (await this.#send('POST', 'tree/file', file)) as DriveItem;
  }

  async addDirectory(name: string, parent?: string): Promise<DriveItem> {
    const body = parent === undefined ? { name } : { name, parent };
    return (await this.#send('POST', 'tree/directory', body)) as DriveItem;
  }

  async rename(address: ItemAddress, name: string): Promise<void> {
    await this.#send('POST', 'tree/rename', { ...address, name });
  }

  async move(address: ItemAddress, parent: string): Promise<void> {
    await this.#send('POST', 'tree/move', { ...address, parent });
  }

  /** Into the recycle bin, with everything below. */
  async remove(address: ItemAddress): Promise<void> {
    await this.#send('POST', 'tree/remove', address);
  }

  /** For good; links of the file answer 404. */
  async purge(address: ItemAddress): Promise<void> {
    await this.#send('POST', 'tree/purge', address);
  }

  /** Other bytes under the same name: a new item, the old one in the recycle bin. */
  async replace(address: ItemAddress, file: Pick<NewFile, 'size' | 'content'>): Promise<DriveItem> {
    return (await this.#send('POST', 'tree/replace', { ...address, ...file })) as DriveItem;
  }

  /** The bytes a reader must see; at most what the file has. */
  async bytes(address: ItemAddress, start: number, length: number): Promise<Buffer> {
    const where = `${query(address)}&start=${start}&length=${length}`;
    const response = await fetch(`${this.control}content?${where}`);
    if (!response.ok) throw new Error(await response.text());
    return Buffer.from(await response.arrayBuffer());
  }

  /** Upper-case hex digest of the whole file, computed from its bytes. */
  async hash(address: ItemAddress, algorithm: 'sha1' | 'md5'): Promise<string> {
    const answer = await this.#send('GET', `hash?${query(address)}&algorithm=${algorithm}`);
    return (answer as { readonly hash: string }).hash;
  }

  /** Direct children outside the recycle bin; of the root with path ''. */
  async children(address: ItemAddress): Promise<readonly DriveItem[]> {
    return (await this.#send('GET', `children?${query(address)}`)) as readonly DriveItem[];
  }

  /** Everything outside the recycle bin with this name, wherever it lies: two are a duplicate. */
  async named(name: string): Promise<readonly DriveItem[]> {
    return (await this.#send('GET', `named?name=${encodeURIComponent(name)}`)) as readonly DriveItem[];
  }

  /** What is in the recycle bin, newest first. */
  async bin(): Promise<readonly DriveItem[]> {
    return (await this.#send('GET', 'bin')) as readonly DriveItem[];
  }

  /** Out of the recycle bin. */
  async restore(address: ItemAddress): Promise<void> {
    await this.#send('POST', 'tree/restore', address);
  }

  /** Bytes the account may hold. */
  async setSpace(total: number): Promise<void> {
    await this.#send('PUT', 'space', { total });
  }

  /** Uploads that upload/init began, oldest first. */
  async uploads(): Promise<readonly UploadTask[]> {
    return (await this.#send('GET', 'uploads')) as readonly UploadTask[];
  }

  /** Multipart uploads that were neither completed nor aborted, with their parts. */
  async multipartUploads(): Promise<readonly MultipartUpload[]> {
    return (await this.#send('GET', 'uploads/parts')) as readonly MultipartUpload[];
  }

  /** Forgets all unfinished multipart uploads, as the storage does after some days. */
  async dropMultipartUploads(): Promise<void> {
    await this.#send('DELETE', 'uploads/parts');
  }

  /** Ends all credentials for the storage that were handed out. */
  async expireStorageTokens(): Promise<void> {
    await this.#send('POST', 'storage-tokens/expire');
  }

  async storageFigures(): Promise<StorageFigures> {
    return (await this.#send('GET', 'storage/stats')) as StorageFigures;
  }

  async clearStorageFigures(): Promise<void> {
    await this.#send('DELETE', 'storage/stats');
  }

  /** Makes a content known to the cloud, so that it needs no upload; its SHA-1 is computed unless given. */
  async makeKnown(known: {
    readonly content: ContentSpec;
    readonly size: number;
    readonly sha1?: string;
  }): Promise<KnownContent> {
    return (await this.#send('POST', 'known', known)) as KnownContent;
  }

  /** Requests that the faults hold-request and hold-answer stopped. */
  async held(): Promise<readonly HeldRequest[]> {
    return (await this.#send('GET', 'held')) as readonly HeldRequest[];
  }

  /** Lets one held request go on, or all. Answers how many there were. */
  async release(id?: number): Promise<number> {
    return (await this.#send('POST', 'held/release', id === undefined ? {} : { id })) as number;
  }

  /** Newest first. */
  async offlineTasks(): Promise<readonly OfflineTask[]> {
    return (await this.#send('GET', 'offline')) as readonly OfflineTask[];
  }

  /** Everything that survives a restart. */
  async saveState(): Promise<unknown> {
    return this.#send('GET', 'state');
  }

  async loadState(state: unknown): Promise<void> {
    await this.#send('PUT', 'state', state);
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}

function query(address: ItemAddress): string {
  return new URLSearchParams({ ...address }).toString();
}
