/** How soon an answer is needed, the most urgent first. */
export const URGENCIES = ['reader', 'lookup', 'probe', 'background'] as const;

/**
 * Who waits. reader: a program waits for bytes. lookup: a program waits for names or attributes.
 * probe: useful soon (read-ahead, a scan). background: nobody waits.
 */
export type Urgency = (typeof URGENCIES)[number];

/** What goes with every operation from the kernel down to the socket. */
export interface Call {
  /** Aborts when nobody wants the answer any more. */
  readonly signal: AbortSignal;
  /** May rise while the call waits (a reader joins a background listing): read it when choosing, never keep it. */
  readonly urgency: Urgency;
}

/** 0 for the most urgent; larger numbers may wait longer. */
export function urgencyRank(urgency: Urgency): number {
  return URGENCIES.indexOf(urgency);
}

/** The same call with a second signal that may end it. */
export function withSignal(call: Call, signal: AbortSignal): Call {
  return {
    signal: AbortSignal.any([call.signal, signal]),
    get urgency() {
      return call.urgency;
    },
  };
}
