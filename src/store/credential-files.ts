import { createHash } from 'node:crypto';
import { chmod, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Credentials, CredentialStore } from '../driver/credential-store.js';
import { makeDirectories } from '../lib/directories.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';

/** Leaves room in a file name's 255 bytes for what is put around it. */
const NAME_BYTES = 200;
/** Milliseconds; what is younger may be the work of another process. */
const LEFTOVER_AGE = 60_000;

/** Logins as JSON files, one an account, for the user's eyes only: directory 0700, files 0600. */
export class CredentialFiles implements CredentialStore {
  readonly #env: Env;
  readonly #directory: string;
  readonly #saving = new Map<string, Promise<void>>();

  constructor(env: Env, directory: string) {
    this.#env = env;
    this.#directory = directory;
  }

  /** Reads the file anew each time: another process may have written it. */
  async load(account: string): Promise<Credentials | null> {
    const path = this.#path(account);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return null;
      throw new FsError('EIO', `${path}: the stored login cannot be read`, { cause: error });
    }
    const credentials = parseCredentials(text);
    if (credentials === null)
      throw new FsError('EACCES', `${path}: the stored login is damaged`, { reason: 'login' });
    return credentials;
  }

  /** Rejects with FsError EIO when the file cannot be written; what was stored before is then still whole. */
  async save(account: string, credentials: Credentials): Promise<void> {
    const before = this.#saving.get(account);
    const saving = this.#saveAfter(before, account, credentials);
    this.#saving.set(account, saving);
    try {
      await saving;
    } finally {
      if (this.#saving.get(account) === saving) this.#saving.delete(account);
    }
  }

  async #saveAfter(
    before: Promise<void> | undefined,
    account: string,
    credentials: Credentials,
  ): Promise<void> {
    // Whoever asked for the save before has heard of its failure.
    await before?.catch(() => undefined);
    const path = this.#path(account);
    try {
      await this.#replace(path, `${JSON.stringify(credentials, null, 2)}\n`);
    } catch (error) {
      throw new FsError('EIO', `${path}: the login cannot be stored`, { cause: error });
    }
  }

  async #replace(path: string, text: string): Promise<void> {
    await makeDirectories(this.#directory, 0o700);
    await chmod(this.#directory, 0o700);
    const suffix = Buffer.from(this.#env.random.bytes(6)).toString('hex');
    const temporary = `${path}.${suffix}.new`;
    try {
      await writeDurably(temporary, text);
      await this.#env.checkpoint('credentials:written');
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await this.#env.checkpoint('credentials:renamed');
    await syncDirectory(this.#directory);
    await this.#removeLeftovers(basename(path));
  }

  /** A process that was killed while it wrote leaves a file with a login in it. */
  async #removeLeftovers(file: string): Promise<void> {
    const names = await readdir(this.#directory);
    for (const name of names.filter((found) => found.startsWith(`${file}.`) && found.endsWith('.new'))) {
      const path = join(this.#directory, name);
      // Gone already: its own process has finished it.
      const found = await stat(path).catch(() => null);
      if (found !== null && this.#env.clock.now() - found.mtimeMs > LEFTOVER_AGE)
        await rm(path, { force: true });
    }
  }

  #path(account: string): string {
    return join(this.#directory, `${fileName(account)}.json`);
  }
}

/** Accounts keep their names where a file may have them; two accounts never share a file. */
function fileName(account: string): string {
  const name = account.replace(/[%/\\\p{Cc}]|^\./gu, (character) =>
    encodeURIComponent(character).replace('.', '%2E'),
  );
  const bytes = Buffer.from(name);
  if (bytes.length <= NAME_BYTES) return name;
  const digest = createHash('sha256').update(account).digest('hex');
  return `${bytes
    .subarray(0, NAME_BYTES - 65)
    .toString('utf8')
    .replace(/\uFFFD/g, '')}~${digest}`;
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Null when it is no such thing. The parser's own error would quote the text, which is secret. */
function parseCredentials(text: string): Credentials | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isCredentials(value) ? value : null;
}

function isCredentials(value: unknown): value is Credentials {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((field) => typeof field === 'string' || typeof field === 'number');
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
