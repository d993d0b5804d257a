import type * as v from 'valibot';
import type { Call } from '../../lib/call.js';
import type { ResourceCalls } from './calls.js';
import { addedFolder, binPage, revertOutcomes, updatedItem } from './wire-changes.js';
import { readReply } from './wire.js';

export type AddedFolder = v.InferOutput<typeof addedFolder>['data'];
export type BinPage = v.InferOutput<typeof binPage>['data'];
export type BinItem = BinPage['items'][number];
export type RevertOutcome = v.InferOutput<typeof revertOutcomes>['data'][string];

/** The resource calls of 115 Open that change the tree and the recycle bin; each is one request. */
export class ChangesApi {
  readonly #calls: ResourceCalls;

  constructor(calls: ResourceCalls) {
    this.#calls = calls;
  }

  /** §9: repeated after a lost answer it is refused as existing, which tells as much. */
  async addFolder(parent: string, name: string, call: Call): Promise<AddedFolder> {
    const path = 'folder/add';
    const reply = await this.#calls.post(path, { pid: parent, file_name: name }, call, { repeatable: true });
    return readReply(addedFolder, reply.json, path).data;
  }

  /** §10: the name that the item has now; null when the answer does not tell. */
  async rename(id: string, name: string, call: Call): Promise<string | null> {
    const path = 'ufile/update';
    const reply = await this.#calls.post(path, { file_id: id, file_name: name }, call, { repeatable: true });
    const told = readReply(updatedItem, reply.json, path).data?.file_name ?? '';
    return told === '' ? null : told;
  }

  /** §12. */
  async move(ids: readonly string[], target: string, call: Call): Promise<void> {
    const form = { file_ids: ids.join(','), to_cid: target };
    await this.#calls.post('ufile/move', form, call, { repeatable: true });
  }

  /** §13: all of one parent. */
  async remove(ids: readonly string[], parent: string, call: Call): Promise<void> {
    const form = { file_ids: ids.join(','), ...(parent === '' ? {} : { parent_id: parent }) };
    await this.#calls.post('ufile/delete', form, call, { repeatable: true });
  }

  /** §11: a second one makes second copies, so it is never repeated after a lost answer. */
  async copy(ids: readonly string[], target: string, call: Call): Promise<void> {
    const form = { pid: target, file_id: ids.join(','), nodupli: 0 };
    await this.#calls.post('ufile/copy', form, call, { repeatable: false });
  }

  /** §15. */
  async binPage(offset: number, limit: number, call: Call): Promise<BinPage> {
    const path = 'rb/list';
    const reply = await this.#calls.get(path, { limit, offset }, call);
    return readReply(binPage, reply.json, path).data;
  }

  /** §15: what became of each id. A second one does not find what the first one restored. */
  async revert(ids: readonly string[], call: Call): Promise<Readonly<Record<string, RevertOutcome>>> {
    const path = 'rb/revert';
    const reply = await this.#calls.post(path, { tid: ids.join(',') }, call, { repeatable: false });
    return readReply(revertOutcomes, reply.json, path).data;
  }

  /** §15: destroys these; a call without ids would destroy everything, so none goes out then. */
  async purge(ids: readonly string[], call: Call): Promise<void> {
    if (ids.length === 0) return;
    await this.#calls.post('rb/del', { tid: ids.join(',') }, call, { repeatable: true });
  }

  /** §15: destroys all that is in the bin. */
  async emptyBin(call: Call): Promise<void> {
    await this.#calls.post('rb/del', {}, call, { repeatable: true });
  }
}
