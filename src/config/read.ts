import { readFile, stat } from 'node:fs/promises';
import { safeParse } from 'valibot';
import { FsError } from '../lib/errors.js';
import type { AccountKind } from './account-kind.js';
import { crossCheck } from './check.js';
import { ConfigDocument, type PlacedProblem, type Problem } from './document.js';
import { describeIssue } from './issues.js';
import { defaultPaths, type Host } from './paths.js';
import { type ConfigSchema, configSchema, type ParsedFile, type SchemaDefaults } from './schema.js';
import { holdsSecrets } from './secrets.js';

/** A configuration file that was found right. */
export interface ConfigFile {
  readonly path: string;
  readonly schema: ConfigSchema;
  /** As it was written. */
  readonly written: object;
  readonly parsed: ParsedFile;
  /** The settings of each account as its kind's schema gave them, by name. */
  readonly settings: ReadonlyMap<string, object>;
  readonly warnings: readonly string[];
}

const EXAMPLE = `accounts:
  main: { kind: 115-open, clientId: "your APP ID" }
drives:
  films: { account: main, root: "0" }
mounts:
  - { path: /mnt/films, drive: films }
`;

/**
 * Reads and checks a configuration file. Rejects with FsError EINVAL whose message has a line
 * `file:line:column: field: what is wrong` for everything that was found, or says that the file cannot be read.
 */
export async function readConfigFile(
  path: string,
  host: Host,
  kinds: readonly AccountKind[],
): Promise<ConfigFile> {
  const { text, isPrivate } = await readText(path);
  const document = new ConfigDocument(text);
  failOn(path, document.syntaxProblems());
  failOn(path, place(document, [...document.unusableKeys(), ...roundedNumbers(document)]));
  const written = sectionsOf(path, document.value());
  const schema = configSchema(
    kinds.map(({ kind }) => kind),
    schemaDefaults(host),
  );
  const parsed = parse(path, document, schema, written);
  const settings = parseAccounts(path, document, parsed, kinds);
  failOn(path, place(document, crossCheck(parsed, kinds)));
  const warnings =
    isPrivate || !holdsSecrets(written)
      ? []
      : [`${path} holds tokens and others can read it: chmod 600 ${path}`];
  return { path, schema, written, parsed, settings, warnings };
}

async function readText(path: string): Promise<{ readonly text: string; readonly isPrivate: boolean }> {
  try {
    const text = await readFile(path, 'utf8');
    const { mode } = await stat(path);
    return { text, isPrivate: (mode & 0o044) === 0 };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const words =
      code === 'ENOENT'
        ? `there is no configuration at ${path}. Write one there (or name yours with --config FILE), such as:\n\n${EXAMPLE}`
        : `the configuration ${path} cannot be read: ${message}`;
    throw new FsError('EINVAL', words, { cause: error, reason: code === 'ENOENT' ? 'gone' : 'refused' });
  }
}

function parse(path: string, document: ConfigDocument, schema: ConfigSchema, written: unknown): ParsedFile {
  const result = safeParse(schema, written);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => describeIssue(issue, schema, document));
  throw configError(path, place(document, problems));
}

function parseAccounts(
  path: string,
  document: ConfigDocument,
  parsed: ParsedFile,
  kinds: readonly AccountKind[],
): ReadonlyMap<string, object> {
  const settings = new Map<string, object>();
  const problems: Problem[] = [];
  for (const [name, { kind, ...own }] of Object.entries(parsed.accounts)) {
    const schema = kinds.find((each) => each.kind === kind)?.schema;
    if (schema === undefined) continue;
    const result = safeParse(schema, own);
    if (result.success) settings.set(name, result.output as object);
    else {
      problems.push(
        ...result.issues.map((issue) => describeIssue(issue, schema, document, ['accounts', name])),
      );
    }
  }
  failOn(path, place(document, problems));
  return settings;
}

/** `mounts:` with nothing behind it means the same as no `mounts` at all, and an empty file is an empty object. */
function sectionsOf(path: string, value: unknown): object {
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw configError(path, [{ at: { line: 1, column: 1 }, message: 'write sections, such as "accounts:"' }]);
  }
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

/** The defaults that depend on who runs panfuse. */
export function schemaDefaults(host: Host): SchemaDefaults {
  const { state, cache, socket } = defaultPaths(host);
  return { state, cache, socket, allowOther: host.uid === 0, uid: host.uid, gid: host.gid };
}

function roundedNumbers(document: ConfigDocument): readonly Problem[] {
  return document.roundedNumbers().map(({ path, written }) => ({
    path,
    message: `${written} has more digits than YAML keeps in a number: write it in quotes, "${written}"`,
  }));
}

function place(document: ConfigDocument, problems: readonly Problem[]): readonly PlacedProblem[] {
  return problems.map((problem) => ({
    at: document.locate(problem),
    message: `${fieldName(problem)}: ${problem.message}`,
  }));
}

function fieldName({ path }: Problem): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`))
    .join('');
}

function failOn(path: string, problems: readonly PlacedProblem[]): void {
  if (problems.length > 0) throw configError(path, problems);
}

function configError(path: string, problems: readonly PlacedProblem[]): FsError {
  const inOrder = problems.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  const lines = inOrder.map(({ at, message }) => `${path}:${at.line}:${at.column}: ${message}`);
  return new FsError('EINVAL', lines.join('\n'), { reason: 'refused' });
}
