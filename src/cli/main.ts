import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { FsError, toFsError } from '../lib/errors.js';
import { COMPLETION_OPTION, completeNames } from './completion.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { parseArguments } from './parser.js';
import { type Action, type CommonOptions, daemonAdvice, Session } from './session.js';
import { systemTerminal, type Terminal } from './terminal.js';
import { isVerb } from './verbs.js';

const NO_OPTIONS: CommonOptions = { config: null, json: false, verbose: false };

/** Runs what the arguments ask for and resolves with the exit code. Never rejects. */
export async function main(argv: readonly string[], terminal: Terminal = systemTerminal()): Promise<number> {
  const interrupt = new AbortController();
  const forget = terminal.onInterrupt(() =>
    interrupt.abort(new FsError('EINTR', 'interrupted', { expected: true })),
  );
  try {
    return await answer(argv, terminal, interrupt.signal);
  } finally {
    forget();
  }
}

async function answer(argv: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  if (argv[0] === COMPLETION_OPTION) {
    const names = await completeNames(new Session(terminal, NO_OPTIONS, signal), argv.slice(1));
    if (names !== null) return say(terminal, names.join('\n'));
  }
  const request = await parseArguments(argv, {
    version: await packageVersion(),
    columns: terminal.output.columns,
  });
  if (request.kind === 'text') return say(terminal, request.text);
  const session = new Session(terminal, request.options, signal);
  if (request.kind === 'action') return await act(session, request.action);
  const help = `Try: ${['panfuse', ...argv.slice(0, 1).filter(isVerb), '--help'].join(' ')}`;
  session.output.failure(new FsError('EINVAL', request.message), help, null);
  return EXIT.usage;
}

async function act(session: Session, action: Action): Promise<number> {
  try {
    await action(session);
    return EXIT.done;
  } catch (thrown) {
    const error = toFsError(thrown);
    const advice = error.reason === 'daemon' ? daemonAdvice(session.terminal.host) : null;
    session.output.failure(error, advice, session.options.verbose ? inspect(thrown) : null);
    return exitCodeOf(error);
  }
}

function say(terminal: Terminal, text: string): number {
  if (text !== '') terminal.output.write(`${text}\n`);
  return EXIT.done;
}

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
