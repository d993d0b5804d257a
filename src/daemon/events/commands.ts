import { optional, pipe, rawTransform, strictObject, string } from 'valibot';
import type { Command, CommandContext } from '../../lib/command.js';
import type { Clock } from '../../lib/env.js';
import { type DaemonEvent, EVENT_TYPES } from '../../lib/event-protocol.js';
import type { AccountEvents } from './account-events.js';
import type { Events } from './events.js';

/** Milliseconds between two lines at the most. */
const HEARTBEAT = 15_000;

export interface EventParts {
  readonly clock: Clock;
  readonly events: Events;
  readonly accounts: AccountEvents;
}

type Context = CommandContext<DaemonEvent>;

/** Words such as `upload.done,offline`: a type, or the first half of several. */
const types = pipe(
  string(),
  rawTransform(({ dataset, addIssue, NEVER }): ReadonlySet<string> => {
    const words = dataset.value.split(',').map((word) => word.trim());
    const unknown = words.find((word) => chosenBy(word).length === 0);
    if (unknown === undefined) return new Set(words.flatMap(chosenBy));
    addIssue({ message: `there is no event "${unknown}"; there are ${EVENT_TYPES.join(', ')}` });
    return NEVER;
  }),
);

/** What a daemon tells for as long as somebody listens. */
export function eventCommands(parts: EventParts): readonly Command[] {
  const events = {
    name: 'events',
    method: 'GET',
    path: '/v1/events',
    summary: 'Tell what happens, for as long as somebody listens',
    answer: 'events',
    input: strictObject({ types: optional(types) }),
    run: (input: { readonly types?: ReadonlySet<string> | undefined }, context: Context) =>
      follow(parts, input.types ?? null, context),
  } as const;
  return [events];
}

/** Never resolves; rejects with the signal's reason. */
async function follow(
  { clock, events, accounts }: EventParts,
  wanted: ReadonlySet<string> | null,
  { signal, progress }: Context,
): Promise<never> {
  const tell = (event: DaemonEvent): void => {
    if (wanted === null || wanted.has(event.type)) progress(event);
  };
  const beat = (): void => progress({ type: 'heartbeat', at: clock.now() });
  const leave = accounts.watch();
  const forget = events.onEvent(tell);
  try {
    beat();
    for (const event of accounts.standing()) tell(events.timed(event));
    for (;;) {
      await clock.sleep(HEARTBEAT, signal);
      beat();
    }
  } finally {
    forget();
    leave();
  }
}

function chosenBy(word: string): readonly string[] {
  return EVENT_TYPES.filter((type) => type === word || type.startsWith(`${word}.`));
}
