import type { CloudProcess } from '../../../clouds/process.js';
import { type FileVersion, FOLDER, type SoakFile } from './soak-files.js';

/** The files of a run in their cloud, and which version each of them has there now. */
export class CloudFiles {
  readonly files: readonly SoakFile[];
  readonly #cloud: CloudProcess;
  readonly #versions: number[];
  readonly #ids: { readonly id: string; readonly version: FileVersion }[] = [];

  constructor(cloud: CloudProcess, files: readonly SoakFile[]) {
    this.#cloud = cloud;
    this.files = files;
    this.#versions = files.map(() => 0);
  }

  /** The version that each file has now. */
  get versions(): readonly number[] {
    return [...this.#versions];
  }

  /** The numbers of the files that have a version more to come. */
  get changeable(): readonly number[] {
    return this.files.flatMap(({ versions }, file) =>
      (this.#versions[file] ?? 0) + 1 < versions.length ? [file] : [],
    );
  }

  /** How often a file was replaced. */
  get replacements(): number {
    return this.#versions.reduce((sum, version) => sum + version, 0);
  }

  async add(): Promise<void> {
    const folder = await this.#cloud.addDirectory(FOLDER);
    for (const { name, versions } of this.files) {
      const [version] = versions;
      if (version === undefined) throw new Error(`${name} has no bytes`);
      const content = { kind: 'seeded', seed: version.seed } as const;
      const { id } = await this.#cloud.addFile({ parent: folder.id, name, size: version.size, content });
      this.#ids.push({ id, version });
    }
  }

  /** What a file holds now. */
  current(file: number): FileVersion {
    const version = this.files[file]?.versions[this.#versions[file] ?? 0];
    if (version === undefined) throw new Error(`there is no file ${file}`);
    return version;
  }

  /** Puts the next version of a file in the place of the one there is. */
  async replace(file: number): Promise<void> {
    this.#versions[file] = (this.#versions[file] ?? 0) + 1;
    const version = this.current(file);
    const content = { kind: 'seeded', seed: version.seed } as const;
    const path = `/${FOLDER}/${this.files[file]?.name ?? ''}`;
    const { id } = await this.#cloud.replace({ path }, { size: version.size, content });
    this.#ids.push({ id, version });
  }

  /** Everything that was ever there, by lower-case SHA-1 as the cloud listed it. */
  async bySha1(): Promise<ReadonlyMap<string, FileVersion>> {
    const found = new Map<string, FileVersion>();
    for (const { id, version } of this.#ids) {
      const { sha1 } = await this.#cloud.item({ id });
      if (sha1 !== null) found.set(sha1.toLowerCase(), version);
    }
    return found;
  }
}
