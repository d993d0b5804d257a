import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { FsError, toFsError } from '../lib/errors.js';
import {
  BASH_COMPLETION_OPTION,
  complete,
  completeForBash,
  COMPLETION_OPTION,
} from './completion/completion.js';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { parseArguments } from './parser.js';
import { type Action, daemonAdvice, Session } from './session.js';
import { systemTerminal, type Terminal } from './terminal.js';

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
  const [option, ...words] = argv;
  if (option === COMPLETION_OPTION)
    return say(terminal, (await complete(terminal, words, proposalsOfParser, signal)).join('\n'));
  if (option === BASH_COMPLETION_OPTION)
    return say(terminal, (await completeForBash(terminal, words, proposalsOfParser, signal)).join('\n'));
  const request = await parseArguments(argv, {
    version: await packageVersion(),
    columns: terminal.output.columns,
  });
  if (request.kind === 'text') return say(terminal, request.text);
  const session = new Session(terminal, request.options, signal);
  if (request.kind === 'action') return await act(session, request.action);
  const help = `Try: ${['panfuse', ...(await verbsIn(argv)), '--help'].join(' ')}`;
  session.output.failure(new FsError('EINVAL', request.message), help, null);
  return EXIT.usage;
}

/** The words at the beginning that are commands, whatever is wrong behind them. */
async function verbsIn(argv: readonly string[]): Promise<readonly string[]> {
  const verbs: string[] = [];
  for (const word of argv) {
    const known = await proposalsOfParser(['panfuse', ...verbs, '']);
    if (word === '' || word.startsWith('-') || !known.some((name) => nameIn(name) === word)) break;
    verbs.push(word);
  }
  return verbs;
}

async function proposalsOfParser(words: readonly string[]): Promise<readonly string[]> {
  const request = await parseArguments([COMPLETION_OPTION, ...words], { version: '', columns: 0 });
  return request.kind === 'text' ? request.text.split('\n').filter((line) => line !== '') : [];
}

/** For zsh and fish the parser says what each is, too. */
function nameIn(proposal: string): string {
  return proposal.split(/[:\t]/)[0] ?? proposal;
}

async function act(session: Session, action: Action): Promise<number> {
  try {
    await action(session);
    return session.exitCode;
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
