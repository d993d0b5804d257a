import { type GenericSchema, getDefault, getDescription, type OptionalSchema } from 'valibot';
import { stringify } from 'yaml';
import { DRIVER_KINDS } from '../drivers/index.js';
import type { AccountKind } from './account-kind.js';
import { unwrap } from './issues.js';
import { type Host, systemHost } from './paths.js';
import { schemaDefaults } from './read.js';
import { configSchema } from './schema.js';

/** One key that the configuration may have. */
export interface ConfigOption {
  /** Where it stands: `drives.NAME.root`, `mounts[].path`. */
  readonly field: string;
  /** What it is when it is left out, as one would write it; null when it has no default. */
  readonly standard: string | null;
  readonly description: string;
}

/** Every key of the configuration, as its schema has it. */
export function describeOptions(
  host: Host = systemHost(),
  kinds: readonly AccountKind[] = DRIVER_KINDS,
): readonly ConfigOption[] {
  const names = kinds.map(({ kind }) => kind);
  const file = optionsOf(configSchema(names, schemaDefaults(host)), '');
  const accounts = kinds.flatMap(({ kind, schema }) => optionsOf(schema, `accounts.NAME (${kind}).`));
  const own = file.findIndex(({ field }) => field === 'accounts.NAME.kind') + 1;
  return [...file.slice(0, own), ...accounts, ...file.slice(own)];
}

function optionsOf(schema: unknown, prefix: string): readonly ConfigOption[] {
  const { entries } = unwrap(schema);
  return Object.entries(entries ?? {}).flatMap(([key, inner]) => {
    const field = `${prefix}${key}`;
    const parts = unwrap(inner);
    if (parts.entries !== undefined) return optionsOf(inner, `${field}.`);
    if (unwrap(parts.value ?? {}).entries !== undefined) return optionsOf(parts.value, `${field}.NAME.`);
    if (unwrap(parts.item ?? {}).entries !== undefined) return optionsOf(parts.item, `${field}[].`);
    return [describe(field, inner)];
  });
}

function describe(field: string, schema: unknown): ConfigOption {
  const standard: unknown = getDefault(schema as OptionalSchema<GenericSchema, unknown>);
  return {
    field,
    standard: standard === undefined ? null : stringify(standard).trimEnd(),
    description: getDescription(unwrap(schema) as GenericSchema) ?? '',
  };
}
