import { type GenericSchema, getDefault, type OptionalSchema } from 'valibot';
import { stringify } from 'yaml';
import { DRIVER_KINDS } from '../drivers/index.js';
import type { AccountKind } from './account-kind.js';
import { unwrap } from './issues.js';
import { configPath, type Host, systemHost } from './paths.js';
import { type ConfigFile, readConfigFile } from './read.js';
import { withoutSecrets } from './secrets.js';
import { spoolPath } from './spool-path.js';

/** The configuration in the form of the file: defaults filled in, secrets hidden. */
export interface ShownConfig {
  readonly file: string;
  readonly warnings: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  /** The same as YAML. */
  readonly yaml: string;
}

/** What `loadConfig` would load, for a person to read. Rejects as `loadConfig` does. */
export async function showConfig(
  path: string | null,
  host: Host = systemHost(),
  kinds: readonly AccountKind[] = DRIVER_KINDS,
): Promise<ShownConfig> {
  const file = await readConfigFile(configPath(path, host), host, kinds);
  const values = withoutSecrets(effectiveValues(file, kinds)) as Record<string, unknown>;
  return { file: file.path, warnings: file.warnings, values, yaml: stringify(values, { lineWidth: 110 }) };
}

function effectiveValues(file: ConfigFile, kinds: readonly AccountKind[]): Record<string, unknown> {
  const values = withDefaults(file.schema, file.written) as Record<string, unknown>;
  const accounts = Object.entries(values['accounts'] as Record<string, { readonly kind: string }>);
  const filled = accounts.map(([name, account]) => {
    const schema = kinds.find(({ kind }) => kind === account.kind)?.schema;
    return [name, withDefaults(schema, account)];
  });
  const upload = values['upload'] as { readonly spool: object };
  const spool = { path: spoolPath(file.parsed), ...upload.spool };
  return { ...values, accounts: Object.fromEntries(filled) as unknown, upload: { ...upload, spool } };
}

/** A written value with the schema's defaults where nothing was written. Keys that the schema lacks stay. */
function withDefaults(schema: unknown, written: unknown): unknown {
  const value = written === undefined ? defaultOf(schema) : written;
  if (typeof value !== 'object' || value === null) return value;
  const { entries, value: each, item } = unwrap(schema);
  if (Array.isArray(value)) return value.map((inner) => withDefaults(item, inner));
  const fields = value as Readonly<Record<string, unknown>>;
  const keys = new Set([...Object.keys(fields), ...Object.keys(entries ?? {})]);
  const filled = [...keys].map(
    (key) => [key, withDefaults(entries?.[key] ?? each ?? {}, fields[key])] as const,
  );
  return Object.fromEntries(filled.filter(([, inner]) => inner !== undefined));
}

function defaultOf(schema: unknown): unknown {
  return getDefault(schema as OptionalSchema<GenericSchema, unknown>);
}
