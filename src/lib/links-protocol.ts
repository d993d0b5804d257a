/* What a daemon is asked about links to files. Times are milliseconds since the epoch, sizes bytes. */

export interface LinkInput {
  /** `films:/2026/a.mkv`, or an absolute path of this machine inside a mount. */
  readonly path: string;
  /** Of the program that will fetch the link; that of panfuse by default. */
  readonly userAgent?: string | undefined;
}

/** A link with all that it is bound to. */
export interface LinkOutput {
  readonly drive: string;
  /** Absolute inside the drive. */
  readonly path: string;
  readonly size: number;
  readonly url: string;
  /** What each of its requests must carry. */
  readonly headers: Readonly<Record<string, string>>;
  /** Null when it does not expire. */
  readonly expiresAt: number | null;
  /** How many connections it allows at once. */
  readonly connections: number;
  /** The same file through the listener of the daemon; null without one, or when it is not known how to reach it. */
  readonly player: string | null;
}

export interface LinksFolderInput {
  readonly path: string;
  /** Of the files that are wanted, without a dot; `links.strm` of the configuration by default. */
  readonly extensions?: readonly string[] | undefined;
}

/** What players may want of one folder. */
export interface LinksFolderOutput {
  readonly drive: string;
  /** Absolute inside the drive. */
  readonly path: string;
  /** How players reach the listener, such as `http://127.0.0.1:8115`; null when that is not known. */
  readonly origin: string | null;
  /** Why there is no `origin`; null with one. */
  readonly trouble: string | null;
  /** Where a mount shows the folder; null when none does. */
  readonly mount: string | null;
  readonly folders: readonly string[];
  readonly files: readonly {
    readonly name: string;
    /** What stands behind `origin`, path and signature; null where nobody listens. */
    readonly address: string | null;
  }[];
}

/** The routes. */
export interface LinksProtocol {
  'POST /v1/link': { input: LinkInput; output: LinkOutput; progress: never };
  'POST /v1/links/folder': { input: LinksFolderInput; output: LinksFolderOutput; progress: never };
}
