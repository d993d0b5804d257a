import type { BaseIssue } from 'valibot';
import type { ConfigDocument, FieldPath, Problem } from './document.js';
import { nearest } from './nearest.js';

/** What valibot expects, in the words of who writes YAML. */
const WORDS: Readonly<Record<string, string>> = {
  Object: 'keys and values',
  Array: 'a list',
  string: 'text',
};

/** What can be asked of any schema about its parts. */
interface SchemaParts {
  readonly wrapped?: unknown;
  readonly entries?: Readonly<Record<string, unknown>>;
  readonly value?: unknown;
  readonly item?: unknown;
}

/** The keys that a schema knows at a path; empty when there is no object. */
export function knownKeys(schema: unknown, path: FieldPath): readonly string[] {
  let at = unwrap(schema);
  for (const key of path) at = unwrap(at.entries?.[key] ?? at.value ?? at.item ?? {});
  return Object.keys(at.entries ?? {});
}

/** A schema without the layers that make it optional. */
export function unwrap(schema: unknown): SchemaParts {
  let at = schema as SchemaParts;
  while (at.wrapped !== undefined) at = at.wrapped as SchemaParts;
  return at;
}

/** An issue of valibot in words; `prefix` is where the checked value stands in the document. */
export function describeIssue(
  issue: BaseIssue<unknown>,
  schema: unknown,
  document: ConfigDocument,
  prefix: FieldPath = [],
): Problem {
  const own = (issue.path ?? []).map((item) => item.key as string | number);
  const path = [...prefix, ...own];
  const key = issue.path?.at(-1)?.origin === 'key' || issue.expected === 'never';
  if (issue.expected === 'never') {
    return { path, key, message: unknownKey(String(own.at(-1)), knownKeys(schema, own.slice(0, -1))) };
  }
  if (issue.received === 'undefined') return { path, key, message: 'is missing' };
  if (!issue.message.startsWith('Invalid ')) return { path, key, message: issue.message };
  const expected = WORDS[issue.expected ?? ''] ?? issue.expected ?? 'something else';
  const written = document.source(path) ?? issue.received;
  return { path, key, message: `must be ${expected}, not ${written === '' ? 'empty' : written}` };
}

function unknownKey(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  if (guess !== null) return `unknown key; did you mean ${guess}?`;
  return `unknown key; known here: ${known.join(', ')}`;
}
