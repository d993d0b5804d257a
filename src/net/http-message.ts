export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * What is iterated is read while it is sent, once, and needs a Content-Length header or goes out in chunks. What it
   * throws is what the request rejects with; it is asked for nothing more once there is an answer.
   */
  readonly body?: string | URLSearchParams | Uint8Array | AsyncIterable<Uint8Array>;
  /** Ends the request and, later, the body: both reject with its reason and the connection is destroyed. */
  readonly signal: AbortSignal;
  /** Milliseconds until the headers of the reply are there, from the last byte of the body that moved. */
  readonly timeout?: number;
  /**
   * Milliseconds without a byte after which a body has stalled: that of the reply while somebody waits for one, that
   * of the request while it has bytes to send.
   */
  readonly stall?: number;
  /**
   * follow (default): at most five; another host gets neither cookies nor any other header that may be secret.
   * manual: the 3xx is returned as it is.
   */
  readonly redirect?: 'follow' | 'manual';
  /** Asks for a compressed reply and unpacks it; for text, never for ranges. Default false. */
  readonly compress?: boolean;
}

export interface ReplyHeaders {
  get(name: string): string | null;
  /** Every Set-Cookie line by itself. */
  getSetCookie(): string[];
}

/** Holds its connection until the body is read to its end, discarded or aborted. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: ReplyHeaders;
  /** The address that answered, after redirects. */
  readonly url: string;
  /**
   * The bytes, to be read once. Rejects with FsError reason `network`: EIO when the connection breaks before
   * the end, ETIMEDOUT when it stalls. Leaving the loop early discards the rest.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** The body as text, at most `limit` bytes of it (default 32 MiB); the rest is discarded. Rejects as `body`. */
  text(limit?: number): Promise<string>;
  /**
   * Drops what was not read. Resolves when the connection is really closed, or idle and usable again;
   * never rejects and may be called again.
   */
  discard(): Promise<void>;
}
