import type { IncomingMessage } from 'node:http';
import { getDotPath, safeParse } from 'valibot';
import type { Command } from '../lib/command.js';
import { FsError } from '../lib/errors.js';
import { type Refusal, refusalOf } from './reply.js';

/** The largest body of a request in bytes. */
const BODY_BYTES = 1024 * 1024;

/** What a request asks for, or why it cannot be served. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** The command behind method and path. */
export function findCommand(request: IncomingMessage, commands: readonly Command[]): Parsed<Command> {
  const { pathname } = requestUrl(request);
  const here = commands.filter((command) => command.path === pathname);
  const found = here.find((command) => command.method === request.method);
  if (found !== undefined) return { ok: true, value: found };
  const method = request.method ?? '';
  if (here.length === 0) {
    const known = commands.map((command) => `${command.method} ${command.path}`).join(', ');
    const error = new FsError('ENOENT', `nothing at ${method} ${pathname}; there is: ${known}`, {
      expected: true,
    });
    return { ok: false, refusal: refusalOf(error) };
  }
  const allowed = here.map((command) => command.method).join(', ');
  const error = new FsError('EINVAL', `${pathname} takes ${allowed}, not ${method}`, { expected: true });
  return { ok: false, refusal: { ...refusalOf(error), status: 405, headers: { allow: allowed } } };
}

/** The input of the request, checked by the command's schema. Rejects only when the connection breaks. */
export async function readInput(request: IncomingMessage, command: Command): Promise<Parsed<unknown>> {
  const raw = request.method === 'GET' ? queryOf(request) : await bodyOf(request);
  if (!raw.ok) return raw;
  const checked = safeParse(command.input, raw.value, { abortEarly: true });
  if (checked.success) return { ok: true, value: checked.output };
  const [issue] = checked.issues;
  const field = getDotPath(issue);
  return invalid(field === null ? issue.message : `${field}: ${issue.message}`, field ?? undefined);
}

function queryOf(request: IncomingMessage): Parsed<unknown> {
  const query = new Map<string, string>();
  for (const [name, value] of requestUrl(request).searchParams) {
    if (query.has(name)) return invalid(`${name}: given more than once`, name);
    query.set(name, value);
  }
  return { ok: true, value: Object.fromEntries(query) };
}

async function bodyOf(request: IncomingMessage): Promise<Parsed<unknown>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // What is too long is read to its end all the same: a client that is still sending hears no answer.
    if (length <= BODY_BYTES) chunks.push(chunk);
  }
  if (length > BODY_BYTES) {
    const error = new FsError('EFBIG', `the body is larger than ${BODY_BYTES} bytes`, { expected: true });
    return { ok: false, refusal: refusalOf(error) };
  }
  if (length === 0) return { ok: true, value: {} };
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : String(error);
    return invalid(`the body is not JSON: ${why}`);
  }
}

function invalid(message: string, field?: string): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: refusalOf(new FsError('EINVAL', message, { expected: true }), field) };
}

function requestUrl(request: IncomingMessage): URL {
  const base = 'http://localhost';
  const target = request.url ?? '/';
  // A request line may hold anything; what is no path is a path nobody has.
  return new URL(URL.canParse(target, base) ? target : '/', base);
}
