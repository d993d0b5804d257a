import { FsError } from '../../lib/errors.js';
import type { Proposals } from './names.js';
import { PLACES, VALUES } from './table.js';
import { Session } from '../session.js';
import { forBash, readTypedLine } from '../shell-words.js';
import type { Terminal } from '../terminal.js';

/** The hidden options by which the completion scripts of shells ask: with words, and bash with the line as it is typed. */
export const COMPLETION_OPTION = '--get-yargs-completions';
export const BASH_COMPLETION_OPTION = '--complete-bash';

/** How long a person who has pressed Tab waits at most, in milliseconds. */
const PATIENCE = 3000;

/** What the parser proposes for the last of some words: verbs and options. */
export type ParserProposals = (words: readonly string[]) => Promise<readonly string[]>;

/** What a shell may put for the last of these words, the program's name first; none leaves file names to the shell. */
export async function complete(
  terminal: Terminal,
  words: readonly string[],
  ofParser: ParserProposals,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const current = words.at(-1) ?? '';
  const proposals = proposalsFor(words.slice(1));
  if (proposals === null) return await ofParser(words);
  const found = await askPatiently(terminal, words, proposals, signal);
  const fitting = found.filter((name) => name.startsWith(current));
  return isZsh(terminal) ? fitting.map((name) => name.replaceAll(':', '\\:')) : fitting;
}

/** The same for bash, which breaks words at colons: `line` up to the cursor, `breaks` its COMP_WORDBREAKS. */
export async function completeForBash(
  terminal: Terminal,
  [line = '', breaks = '']: readonly string[],
  ofParser: ParserProposals,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { words, typed } = readTypedLine(line);
  const current = words.at(-1) ?? '';
  const found = await complete(terminal, words, ofParser, signal);
  return found
    .filter((name) => name.startsWith(current))
    .map((name) => forBash(name, current, typed, breaks));
}

/** Null when options and verbs are meant. */
function proposalsFor(words: readonly string[]): Proposals | null {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const value = ofKey(VALUES, before.at(-1));
  if (value !== null) return value;
  if (current.startsWith('-')) return null;
  const plain = before.filter(
    (word, index) => !word.startsWith('-') && ofKey(VALUES, before[index - 1]) === null,
  );
  const [first = '', second = ''] = plain;
  const places = ofKey(PLACES, `${first} ${second}`);
  if (places !== null) return places[plain.length - 2] ?? places.at(-1) ?? null;
  const alone = ofKey(PLACES, first);
  return alone?.[plain.length - 1] ?? alone?.at(-1) ?? null;
}

/** What people type may be the name of something that every object has. */
function ofKey<T>(table: Readonly<Record<string, T>>, key = ''): T | null {
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null;
}

/** A shell that completes shows whatever is printed as a proposal: without an answer there is none. */
async function askPatiently(
  terminal: Terminal,
  words: readonly string[],
  proposals: Proposals,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const patience = new AbortController();
  const late = new FsError('ETIMEDOUT', 'the daemon does not answer in time', { expected: true });
  const timer = terminal.clock.after(PATIENCE, () => patience.abort(late));
  const config = words[words.indexOf('--config') + 1] ?? null;
  const options = { config: words.includes('--config') ? config : null, json: false, verbose: false };
  try {
    const session = new Session(terminal, options, AbortSignal.any([signal, patience.signal]));
    return await proposals(session, words.at(-1) ?? '');
  } catch {
    return [];
  } finally {
    timer.cancel();
  }
}

/** There a colon ends the proposal and begins its description. */
function isZsh({ host }: Terminal): boolean {
  return host.variables['SHELL']?.includes('zsh') === true;
}
