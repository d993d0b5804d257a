import type { House } from '../house.js';
import { knownFile, type SourceFile, sourceFile } from './content.js';

/** small: goes in one request. large: in parts. replacing: small, in the place of a file that the cloud has. */
export const FILE_KINDS = ['small', 'large', 'replacing'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

const MIB = 2 ** 20;
const SIZES: Readonly<Record<FileKind, number>> = {
  small: MIB + 12_345,
  large: 21 * MIB + 12_345,
  replacing: 2 * MIB + 1,
};

/** A file that the cloud has before anything happens. */
interface CloudFile {
  readonly name: string;
  /** Upper-case hexadecimal. */
  readonly sha1: string;
}

/** One folder of a mount, which programs change and which the cloud is compared with afterwards. */
export class Scene {
  readonly house: House;
  readonly kind: FileKind;
  /** Below the root of the drive. */
  readonly folder: string;
  readonly #id: string;
  readonly #sources = new Map<string, SourceFile>();
  readonly #before = new Map<string, CloudFile>();

  private constructor(house: House, kind: FileKind, folder: string, id: string) {
    this.house = house;
    this.kind = kind;
    this.folder = folder;
    this.#id = id;
  }

  /** A new folder in the cloud. */
  static async begin(house: House, kind: FileKind, folder: string): Promise<Scene> {
    const { id } = await house.cloud.addDirectory(folder);
    return new Scene(house, kind, folder, id);
  }

  /** The id of the folder. */
  get id(): string {
    return this.#id;
  }

  get replaces(): boolean {
    return this.kind === 'replacing';
  }

  /** A path in the mount. */
  at(name: string): string {
    return this.house.at(this.inDrive(name));
  }

  inDrive(name: string): string {
    return `/${this.folder}/${name}`;
  }

  /** The bytes that programs write under a name, outside the mount; the same each time. */
  source(name: string, size = SIZES[this.kind]): SourceFile {
    const found = this.#sources.get(name);
    if (found !== undefined) return found;
    const made = sourceFile(this.house, this.#sourceName(name), size);
    this.#sources.set(name, made);
    return made;
  }

  /** As `source`, with bytes that the cloud knows. */
  async knownSource(name: string): Promise<void> {
    this.#sources.set(name, await knownFile(this.house, this.#sourceName(name), SIZES[this.kind]));
  }

  /** A file that the cloud has already, in the folder or in another one of the cloud. */
  async addToCloud(name: string, parent = this.#id): Promise<CloudFile> {
    const { id } = await this.house.cloud.addFile({ parent, name, size: 300_000 });
    const file = { name, sha1: await this.house.cloud.hash({ id }, 'sha1') };
    this.#before.set(name, file);
    return file;
  }

  /** What `addToCloud` has added. */
  inCloud(name: string): CloudFile {
    const found = this.#before.get(name);
    if (found === undefined) throw new Error(`${name} was not in the cloud`);
    return found;
  }

  #sourceName(name: string): string {
    return `${this.folder}-${name.replaceAll('/', '-')}`;
  }
}
