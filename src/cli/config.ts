import { configPath } from '../config/paths.js';
import { describeOptions } from '../config/options.js';
import { showConfig } from '../config/show.js';
import type { Session } from './session.js';
import { formatTable } from './table.js';
import { countOf } from './words.js';

/** `panfuse config check` */
export async function checkConfig(session: Session): Promise<void> {
  const { file, accounts, drives, mounts, warnings } = await session.config();
  for (const warning of warnings) session.output.note(`warning: ${warning}`);
  const counts = [
    countOf(accounts.length, 'account'),
    countOf(drives.length, 'drive'),
    countOf(mounts.length, 'mount'),
  ].join(', ');
  session.output.result({ file, warnings }, `${file} is right: ${counts}`);
}

/** `panfuse config show` */
export async function printConfig(session: Session): Promise<void> {
  const shown = await showConfig(session.options.config, session.terminal.host);
  for (const warning of shown.warnings) session.output.note(`warning: ${warning}`);
  session.output.result(
    shown.values,
    `# ${shown.file} with all defaults; secrets are hidden\n${shown.yaml.trimEnd()}`,
  );
}

/** `panfuse config path` */
export function printConfigPath(session: Session): Promise<void> {
  const path = configPath(session.options.config, session.terminal.host);
  session.output.result({ path }, path);
  return Promise.resolve();
}

/** `panfuse config options` */
export function printOptions(session: Session): Promise<void> {
  const options = describeOptions(session.terminal.host);
  const rows = options.map(({ field, standard, description }) => [field, standard ?? 'none', description]);
  session.output.result(options, formatTable(['key', 'default', 'what it is'], rows));
  return Promise.resolve();
}
