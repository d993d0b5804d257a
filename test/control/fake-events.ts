import { optional, strictObject, string } from 'valibot';
import type { Command, CommandContext } from '../../src/lib/command.js';
import type { DaemonEvent } from '../../src/lib/event-protocol.js';

const AT = Date.UTC(2026, 0, 1);
const LATER = AT + 60_000;

/** What happens in a fake daemon while somebody listens. */
export const EVENTS: readonly DaemonEvent[] = [
  { type: 'heartbeat', at: AT },
  {
    ...{ type: 'upload.done', at: LATER, drive: 'films', id: 'local-3f2a91bc-0000-4000-8000-000000000001' },
    ...{ path: '/2026/新片.mkv', size: 4 * 1024 ** 3, reason: null },
  },
  {
    ...{ type: 'offline.done', at: LATER, account: 'main', id: '0b2ed1c6c5e4c1a7f6c0e2b8d0f6a1b2c3d4e5f6' },
    ...{ name: '新片.iso', link: 'https://example.org/a.iso', reason: null },
  },
  { type: 'tree.changed', at: LATER, drive: 'films', paths: ['/2026/新片.iso'], more: 0 },
];

/** Tells all at once, and ends. */
export function fakeEventCommand(
  answer: (route: string, input: unknown, output: unknown) => Promise<unknown>,
): Command {
  return {
    name: 'events',
    method: 'GET',
    path: '/v1/events',
    summary: 'What happens',
    answer: 'events',
    input: strictObject({ types: optional(string()) }),
    run: (input, { progress }: CommandContext) => {
      for (const event of EVENTS) progress(event);
      return answer('GET /v1/events', input, null);
    },
  };
}
