import type { GenericSchema, InferOutput } from 'valibot';

/** What a command gets while it runs. */
export interface CommandContext<Progress = unknown> {
  /** Aborts when whoever asked has gone, or the daemon stops. */
  readonly signal: AbortSignal;
  /** Tells whoever listens how far it is; events may be dropped when nobody reads fast enough. */
  readonly progress: (event: Progress) => void;
}

/**
 * Something a daemon can be asked to do: a value that its owner hands to the control server.
 * GET reads its input from the query, so every input is a string there; POST reads a JSON body.
 */
export interface Command<Schema extends GenericSchema = GenericSchema, Output = unknown, Progress = unknown> {
  /** The word for it, such as `refresh`. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Where it is found, such as `/v1/refresh`. */
  readonly path: `/v1/${string}` | '/metrics';
  /** One line for a person. */
  readonly summary: string;
  /**
   * How it is answered. document (the default): one JSON document, or progress and result a line for who accepts that.
   * events: what is told as progress is a line of JSON each, as long as the client listens; it is cut off when it reads
   * too slowly. text: the output is text of this media type.
   */
  readonly answer?: 'document' | 'events' | { readonly text: string };
  /** A strict object: unknown fields are refused, the field is named. */
  readonly input: Schema;
  /** Resolves with a value that JSON can carry. Rejects with FsError, or the signal's reason. */
  run(input: InferOutput<Schema>, context: CommandContext<Progress>): Promise<Output>;
}
