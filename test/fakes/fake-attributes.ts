import type { DriveAttributes, KeptAttributes } from '../../src/vfs/drive.js';

/** Local attributes in memory. */
export class FakeAttributes implements DriveAttributes {
  readonly #kept = new Map<string, KeptAttributes>();

  of(id: string): KeptAttributes | null {
    return this.#kept.get(id) ?? null;
  }

  set(id: string, attributes: Omit<KeptAttributes, 'extended'>): Promise<void> {
    this.#kept.set(id, { ...this.#kept.get(id), ...attributes });
    return Promise.resolve();
  }

  setExtended(id: string, name: string, value: Uint8Array): Promise<void> {
    const kept = this.#kept.get(id);
    this.#kept.set(id, { ...kept, extended: { ...kept?.extended, [name]: value } });
    return Promise.resolve();
  }

  removeExtended(id: string, name: string): Promise<void> {
    const { extended = {}, ...kept } = this.#kept.get(id) ?? {};
    const left = Object.fromEntries(Object.entries(extended).filter(([other]) => other !== name));
    this.#kept.set(id, { ...kept, extended: left });
    return Promise.resolve();
  }

  forgetTimes(id: string): Promise<void> {
    const { mode, extended } = this.#kept.get(id) ?? {};
    this.#kept.set(id, { ...(mode === undefined ? {} : { mode }), ...(extended ? { extended } : {}) });
    return Promise.resolve();
  }

  transfer(fromId: string, toId: string): Promise<void> {
    const kept = this.#kept.get(fromId);
    if (kept !== undefined) this.#kept.set(toId, kept);
    this.#kept.delete(fromId);
    return Promise.resolve();
  }
}
