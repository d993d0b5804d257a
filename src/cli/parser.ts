import yargs, { type Argv } from 'yargs';
import { STANDARD_INPUT } from './terminal.js';
import type { Action, CommonOptions } from './session.js';
import { addVerbs } from './verbs.js';

/** The widest that help is set. */
const HELP_COLUMNS = 100;

const TOO_FEW = /^Not enough non-option arguments: got (\d+), need at least (\d+)$/;

/** What the arguments ask for. */
export type Request =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'usage'; readonly message: string; readonly options: CommonOptions }
  | { readonly kind: 'action'; readonly action: Action; readonly options: CommonOptions };

export interface ParserOptions {
  readonly version: string;
  /** Characters in a line of help. */
  readonly columns: number;
}

/** What the arguments ask for: help, an action, or what is wrong with them. */
export async function parseArguments(
  argv: readonly string[],
  parserOptions: ParserOptions,
): Promise<Request> {
  // yargs loses the word `-` where several words may stand.
  const words = argv.map((word) => (word === '-' ? STANDARD_INPUT : word));
  const chosen: Action[] = [];
  const parser = createParser(parserOptions, (action) => chosen.push(action));
  let text = '';
  let given: Readonly<Record<string, unknown>> = {};
  try {
    given = await parser.parseAsync(words, {}, (_error, _given, output) => {
      text = output;
    });
  } catch (error) {
    return { kind: 'usage', message: describeMistake(error), options: optionsWithout(argv) };
  }
  const [action] = chosen;
  if (text !== '' || action === undefined) return { kind: 'text', text };
  return { kind: 'action', action, options: commonOptions(given) };
}

function createParser({ version, columns }: ParserOptions, choose: (action: Action) => void): Argv {
  const parser = yargs()
    .scriptName('panfuse')
    .usage('$0 <command>\n\nChinese cloud drives as ordinary directories')
    .locale('en')
    .parserConfiguration({ 'duplicate-arguments-array': false })
    .option('config', { type: 'string', requiresArg: true, describe: 'The configuration file' })
    .option('json', { type: 'boolean', default: false, describe: 'Answer with JSON, for programs' })
    .option('verbose', { type: 'boolean', default: false, describe: 'Say where an error came from' });
  return addVerbs(parser, choose)
    .demandCommand(1, 'Say what to do, such as: panfuse status')
    .strict()
    .recommendCommands()
    .version(version)
    .help()
    .alias('help', 'h')
    .group(['config', 'json', 'verbose', 'help', 'version'], 'For every command:')
    .wrap(Math.min(columns, HELP_COLUMNS))
    .fail(false);
}

function describeMistake(error: unknown): string {
  const message = (error instanceof Error ? error.message : String(error)).trim();
  if (message.startsWith('Did you mean')) return `There is no such command. ${message}`;
  return message.replace(TOO_FEW, 'Too few words: $1 given, $2 needed');
}

function commonOptions(given: Readonly<Record<string, unknown>>): CommonOptions {
  const { config } = given;
  return {
    config: typeof config === 'string' ? config : null,
    json: given['json'] === true,
    verbose: given['verbose'] === true,
  };
}

/** When the arguments are wrong, how to say so can still be read from them. */
function optionsWithout(argv: readonly string[]): CommonOptions {
  return { config: null, json: argv.includes('--json'), verbose: argv.includes('--verbose') };
}
