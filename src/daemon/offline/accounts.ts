import type { Account } from '../../driver/account.js';
import type { OfflineDownloads } from '../../driver/offline.js';
import { FsError } from '../../lib/errors.js';
import type { AccountOffline } from './account.js';
import type { OfflineDrive } from './offline.js';

/** An account whose cloud downloads by itself. */
export interface CapableAccount {
  readonly account: Account;
  readonly verb: OfflineDownloads;
}

/** Which accounts can download offline, and which drives they belong to. */
export class CapableAccounts {
  readonly #configured: readonly OfflineDrive[];
  readonly #capable = new Map<string, CapableAccount>();
  readonly #working = new Map<string, AccountOffline>();

  constructor(configured: readonly OfflineDrive[]) {
    this.#configured = configured;
    for (const { account, root } of configured) {
      const verb = this.#capable.has(account.name) ? undefined : account.drive(root).offline;
      if (verb !== undefined) this.#capable.set(account.name, { account, verb });
    }
  }

  get capable(): readonly CapableAccount[] {
    return [...this.#capable.values()];
  }

  get all(): readonly AccountOffline[] {
    return [...this.#working.values()];
  }

  add(account: AccountOffline): void {
    this.#working.set(account.name, account);
  }

  /** The account of a drive, or all. Throws FsError: ENOENT for an unknown drive, EOPNOTSUPP when none can. */
  of(drive: string | undefined): readonly AccountOffline[] {
    if (drive !== undefined) return [this.require(drive).account];
    if (this.#working.size > 0) return this.all;
    throw new FsError('EOPNOTSUPP', 'no cloud of the configuration downloads by itself', {
      reason: 'refused',
      expected: true,
    });
  }

  /** The account of a drive. Throws FsError as `of` does; the message names the drives that can. */
  require(drive: string): { readonly account: AccountOffline; readonly verb: OfflineDownloads } {
    const found = this.#configured.find(({ name }) => name === drive);
    if (found === undefined) {
      throw new FsError('ENOENT', `there is no drive ${drive} in the configuration`, { expected: true });
    }
    const account = this.#working.get(found.account.name);
    const verb = this.#capable.get(found.account.name)?.verb;
    if (account !== undefined && verb !== undefined) return { account, verb };
    const able = this.#configured
      .filter((one) => this.#working.has(one.account.name))
      .map(({ name }) => name);
    const who = able.length === 0 ? 'no drive of the configuration does' : `these do: ${able.join(', ')}`;
    const message = `the cloud of ${drive} (${found.account.kind}) does not download by itself; ${who}`;
    throw new FsError('EOPNOTSUPP', message, { reason: 'refused', expected: true });
  }
}
