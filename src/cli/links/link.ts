import { basename } from 'node:path';
import { formatDuration } from '../../lib/quantity.js';
import type { LinkOutput } from '../../lib/links-protocol.js';
import { placeName } from '../places.js';
import type { Action } from '../session.js';
import { countOf } from '../words.js';

export interface LinkArguments {
  /** `films:/2026/a.mkv`, or a path of this machine. */
  readonly path: string;
  readonly userAgent: string | undefined;
  readonly form: 'words' | 'curl' | 'm3u';
}

/** `panfuse link PATH` */
export function showLink({ path, userAgent, form }: LinkArguments): Action {
  return async (session) => {
    const control = await session.control();
    const input = { path: placeName(path, session), ...(userAgent === undefined ? {} : { userAgent }) };
    const link = await control.call('POST /v1/link', input, { signal: session.signal });
    if (form === 'words') session.output.result(link, describeLink(link, session.terminal.clock.now()));
    else if (form === 'curl') session.output.result(link, curlCommand(link));
    else session.output.result(link, playlist(link));
    const lost = form === 'm3u' ? Object.keys(link.headers).filter((name) => !isUserAgent(name)) : [];
    if (lost.length > 0)
      session.output.note(`A playlist cannot carry ${lost.join(', ')}: players are refused without it.`);
  };
}

/** The address alone in the first line, for `head -1`. */
function describeLink(link: LinkOutput, now: number): string {
  const life =
    link.expiresAt === null ? 'Without end' : `For another ${formatDuration(link.expiresAt - now)}`;
  const lines = [
    link.url,
    ...Object.entries(link.headers).map(([name, value]) => `${name}: ${value}`),
    `${life}; ${countOf(link.connections, 'connection')} at once`,
  ];
  if (link.player !== null) lines.push(`For any player, and as long as the file is there: ${link.player}`);
  return lines.join('\n');
}

/** What fetches the file, and goes on where it was broken off. */
function curlCommand({ url, path, headers }: LinkOutput): string {
  const options = Object.entries(headers).map(([name, value]) =>
    isUserAgent(name) ? `-A ${quoted(value)}` : `-H ${quoted(`${name}: ${value}`)}`,
  );
  return ['curl -fL -C -', '-o', quoted(basename(path)), ...options, quoted(url)].join(' ');
}

function playlist({ url, path, headers }: LinkOutput): string {
  const agents = Object.entries(headers).filter(([name]) => isUserAgent(name));
  const title = basename(path).replaceAll(/\s+/g, ' ');
  const options = agents.map(([, value]) => `#EXTVLCOPT:http-user-agent=${value}`);
  return ['#EXTM3U', `#EXTINF:-1,${title}`, ...options, url].join('\n');
}

function isUserAgent(name: string): boolean {
  return name.toLowerCase() === 'user-agent';
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
