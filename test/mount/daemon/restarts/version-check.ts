import { expectedBytes } from '../../../clouds/house/content.js';
import type { FileVersion } from './soak-files.js';

/** Enough to tell most versions apart. */
const GLIMPSE = 64;

/** Compares what one open of a file reads with what the file may hold: with one version, the same all the time. */
export class VersionCheck {
  readonly #versions: readonly FileVersion[];
  #possible: readonly number[];

  constructor(versions: readonly FileVersion[]) {
    this.#versions = versions;
    this.#possible = versions.map((_version, number) => number);
  }

  /** The newest version that has all the bytes read so far at their places. */
  get newest(): number {
    return Math.max(...this.#possible);
  }

  /** Whether some version has these bytes here; none at all means that the file ends here or before. */
  async accepts(position: number, bytes: Buffer): Promise<boolean> {
    const glimpsed = await this.#narrowed(this.#possible, position, bytes.subarray(0, GLIMPSE));
    const possible = await this.#narrowed(glimpsed, position, bytes);
    if (possible.length > 0) this.#possible = possible;
    return possible.length > 0;
  }

  /** Where bytes that no version has begin to differ from the newest one possible, for a person. */
  async difference(position: number, bytes: Buffer): Promise<string> {
    const version = this.#versions[this.newest];
    if (version === undefined) return 'no version has what was read before';
    if (bytes.length === 0) return `end at ${position} of ${version.size}`;
    const right = await expectedBytes({ kind: 'seeded', seed: version.seed }, position, bytes.length);
    const first = bytes.findIndex((byte, index) => byte !== right[index]);
    const found = bytes.subarray(first, first + 16).toString('hex');
    return `${version.seed}: ${bytes.length} bytes at ${position}, other from ${position + first} on: ${found}`;
  }

  async #narrowed(numbers: readonly number[], position: number, bytes: Buffer): Promise<readonly number[]> {
    const fits = await Promise.all(numbers.map((number) => this.#fits(number, position, bytes)));
    return numbers.filter((_number, index) => fits[index]);
  }

  async #fits(number: number, position: number, bytes: Buffer): Promise<boolean> {
    const version = this.#versions[number];
    if (version === undefined) return false;
    // The kernel ends a file where its newest content ends, also for who has opened an older one.
    if (bytes.length === 0) return this.#versions.slice(number).some(({ size }) => position >= size);
    if (position + bytes.length > version.size) return false;
    return bytes.equals(await expectedBytes({ kind: 'seeded', seed: version.seed }, position, bytes.length));
  }
}
