import * as v from 'valibot';
import { JUNK_PATTERNS } from '../upload/junk.js';
import {
  bandwidth,
  count,
  duration,
  extension,
  flag,
  identity,
  listenAddress,
  name,
  namePattern,
  path,
  size,
  sizeOrShare,
  socket,
  text,
  umask,
  webAddress,
} from './values.js';

/** What the schema cannot know by itself: it depends on who runs panfuse. */
export interface SchemaDefaults {
  readonly state: string;
  readonly cache: string;
  readonly socket: string;
  readonly allowOther: boolean;
  readonly uid: number;
  readonly gid: number;
}

/** What media servers take for films. */
const VIDEO_EXTENSIONS: readonly string[] =
  'mkv mp4 m4v mov avi ts m2ts mts webm wmv flv rmvb rm mpg mpeg vob iso 3gp'.split(' ');

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const TIB = 1024 * GIB;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

/** The schema of the whole configuration file. */
export type ConfigSchema = ReturnType<typeof fileSchema>;

/** What the file holds after the schema; accounts still hold their own keys unparsed. */
export type ParsedFile = v.InferOutput<ConfigSchema>;

/** The whole configuration file: every key with what it takes, its default and a line for a person. */
export function configSchema(kinds: readonly string[], defaults: SchemaDefaults): ConfigSchema {
  return fileSchema(kinds, defaults);
}

function fileSchema(kinds: readonly string[], defaults: SchemaDefaults) {
  return v.strictObject({
    accounts: v.optional(v.record(name(), account(kinds)), {}),
    drives: v.optional(v.record(name(), drive()), {}),
    mounts: v.optional(v.array(mount(defaults), 'write a list: each mount begins with "- "'), []),
    cache: v.optional(cache(defaults), {}),
    links: v.optional(links(), {}),
    upload: v.optional(upload(), {}),
    offline: v.optional(
      v.strictObject({
        autoClear: v.optional(
          flag("finished offline downloads leave the cloud's list by themselves; their files stay"),
          false,
        ),
      }),
      {},
    ),
    timeouts: v.optional(timeouts(), {}),
    state: v.optional(
      v.strictObject({ path: v.optional(path('where logins and the known tree are kept'), defaults.state) }),
      {},
    ),
    control: v.optional(
      v.strictObject({
        socket: v.optional(socket('the socket by which commands reach the daemon'), defaults.socket),
        group: v.exactOptional(text('a group whose members may use the socket too')),
      }),
      {},
    ),
    metrics: v.optional(
      v.strictObject({
        listen: v.exactOptional(
          listenAddress(
            'where Prometheus finds /metrics by TCP, without a password; only on the control socket otherwise',
          ),
        ),
      }),
      {},
    ),
    log: v.optional(log(), {}),
    network: v.optional(
      v.strictObject({
        caFiles: v.optional(
          v.pipe(v.array(path('a file')), v.description('files of further CA certificates (PEM)')),
          [],
        ),
      }),
      {},
    ),
  });
}

function account(kinds: readonly string[]) {
  const message = `write one of the kinds there are: ${kinds.join(', ')}`;
  // Its other keys belong to the kind and are checked by that kind's own schema.
  return v.looseObject({ kind: v.pipe(v.picklist(kinds, message), v.description('which cloud')) });
}

function drive() {
  const quoted = 'write the folder id or its web address in quotes (YAML rounds the 19 digits of an id)';
  return v.strictObject({
    account: text('the account it belongs to'),
    root: v.optional(
      v.pipe(
        v.string(quoted),
        v.nonEmpty(quoted),
        v.description('folder id or pasted web address; "0" is all'),
      ),
      '0',
    ),
    listingTtl: v.optional(duration('how long a listing counts as fresh', SECOND, 365 * DAY), '24h'),
    close: v.optional(
      v.pipe(
        v.picklist(['async', 'sync'], 'write async or sync'),
        v.description('async: close(2) answers when the bytes are safe here; sync: when the cloud has them'),
      ),
      'async',
    ),
    downloadProxy: v.exactOptional(
      webAddress('what stands before links that are handed out', 'https://proxy.example/'),
    ),
  });
}

function mount(defaults: SchemaDefaults) {
  const drives = v.pipe(
    v.array(text('a drive'), 'write a list of drive names, such as [films, music]'),
    v.minLength(1, 'name at least one drive'),
    v.description('several drives, each shown as a folder'),
  );
  return v.strictObject({
    path: path('the mount point'),
    drive: v.exactOptional(text('one drive, shown at the root of the mount')),
    drives: v.exactOptional(drives),
    readOnly: v.optional(flag('nothing can be changed through the mount'), false),
    allowOther: v.optional(flag('other users may look inside'), defaults.allowOther),
    uid: v.optional(identity('the user who owns the files'), defaults.uid),
    gid: v.optional(identity('the group that owns the files'), defaults.gid),
    umask: v.optional(umask('permission bits taken away from files and folders'), '022'),
    readAhead: v.optional(size('what the kernel reads ahead (root only)', 4 * KIB, 16 * MIB), '256KiB'),
  });
}

function cache(defaults: SchemaDefaults) {
  return v.strictObject({
    path: v.optional(path('where blocks of files that were read are kept'), defaults.cache),
    size: v.optional(size('how much of them is kept; 0 keeps none', 0, 1024 * TIB), '20GiB'),
    probes: v.optional(size('the same for heads and tails of files that were only probed', 0, TIB), '4GiB'),
    keepFree: v.optional(sizeOrShare('what of its disk stays free'), '5%'),
    memory: v.optional(size('memory for bytes read ahead', 16 * MIB, 64 * GIB), '128MiB'),
  });
}

function links() {
  const agents = v.pipe(
    v.array(text('a User-Agent'), 'write a list, such as ["Mozilla/*"]'),
    v.description('User-Agents of players that get the bytes through panfuse; * stands for any characters'),
  );
  const extensions = v.pipe(
    v.array(extension(), 'write a list of extensions, such as [mkv, mp4]'),
    v.description('extensions of the files that panfuse strm writes of'),
  );
  return v.strictObject({
    ahead: v.optional(
      count('links asked for ahead when a folder is read file by file; 0 asks for none', 0, 200),
      20,
    ),
    listen: v.exactOptional(listenAddress('where players are served; nowhere without it')),
    token: v.exactOptional(
      v.pipe(
        text('what opens every file there; made, and kept in state.path, otherwise'),
        v.minLength(16, 'write 16 characters at least: whoever guesses it reads everything'),
      ),
    ),
    url: v.exactOptional(
      webAddress('how players reach it; the address of listen otherwise', 'https://media.example'),
    ),
    stream: v.optional(agents, []),
    strm: v.optional(extensions, [...VIDEO_EXTENSIONS]),
  });
}

function upload() {
  const junk = v.pipe(
    v.array(namePattern(), 'write a list of names, such as [.DS_Store, "*.part"]'),
    v.description('names of files that stay on this machine; * stands for any characters'),
  );
  return v.strictObject({
    delay: v.optional(duration('from the last close until the upload of a file begins', 0, HOUR), '5s'),
    parallel: v.optional(count('uploads of an account at once', 1, 16), 1),
    bandwidth: v.optional(
      bandwidth('bytes a second that an account sends: 2M, off, or by the hour "08:00,2M 23:00,off"'),
      'off',
    ),
    spool: v.optional(spool(), {}),
    junk: v.optional(junk, [...JUNK_PATTERNS]),
  });
}

function spool() {
  return v.strictObject({
    path: v.exactOptional(path('where written bytes wait for the cloud; spool in state.path otherwise')),
    size: v.optional(size('how many of them may wait', MIB, 1024 * TIB), '100GiB'),
    keepFree: v.optional(sizeOrShare('what of their disk stays free'), '2%'),
  });
}

function timeouts() {
  return v.strictObject({
    read: v.optional(duration('how long a program waits for bytes', SECOND, HOUR), '120s'),
    stall: v.optional(
      duration('a download without a byte begins anew after this long at the latest', SECOND, HOUR),
      '15s',
    ),
    metadata: v.optional(duration('how long a program waits for names, in all', SECOND, HOUR), '120s'),
    metadataProgress: v.optional(
      duration('how long a program waits for names without progress', SECOND, HOUR),
      '20s',
    ),
  });
}

function log() {
  const level = v.picklist(['error', 'warn', 'info', 'debug'], 'write error, warn, info or debug');
  return v.strictObject({
    level: v.optional(v.pipe(level, v.description('the least important lines that are kept')), 'info'),
    file: v.exactOptional(path('a file for the log; standard error otherwise')),
  });
}
