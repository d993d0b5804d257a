import type { ReadSource } from '../../content/traffic.js';
import { counter, gauge, type Sample, type Series, type Snapshot } from './series.js';

const SOURCES: readonly ReadSource[] = ['memory', 'disk', 'cloud'];

/** Bytes and connections on their way to programs. */
export const READING_SERIES: readonly Series[] = [
  {
    name: 'reads_total',
    kind: 'counter',
    help: 'Reads by where their bytes came from: memory and disk are hits of the cache, cloud is a miss',
    labels: ['source'],
    read: ({ content }) => SOURCES.map((source) => ({ labels: { source }, value: content.reads[source] })),
  },
  counter('read_bytes_total', 'Bytes that programs asked for', ({ content }) => content.bytes.wanted),
  counter('fetched_bytes_total', 'Bytes that came from the clouds', ({ content }) => content.bytes.fetched),
  {
    name: 'cache_bytes',
    kind: 'gauge',
    help: 'Blocks on the disk: data of files that were read, probes of those that were only looked at',
    labels: ['kind'],
    read: (now) => cache(now, ({ bytes, probeBytes }) => [bytes, probeBytes]),
  },
  {
    name: 'cache_limit_bytes',
    kind: 'gauge',
    help: 'The most that these may become',
    labels: ['kind'],
    read: (now) => cache(now, ({ limit, probeLimit }) => [limit, probeLimit]),
  },
  gauge('buffer_bytes', 'Memory that holds bytes for readers', ({ status }) => status.memory.buffers),
  gauge('buffer_limit_bytes', 'The most that this may become', ({ status }) => status.memory.limit),
  gauge('open_files', 'Files that are open for reading', ({ content }) => content.files.length),
  gauge('links', 'Download links at hand', ({ content }) => content.links.cached),
  counter(
    'link_renewals_total',
    'Links that had to be asked for again',
    ({ content }) => content.links.renewed,
  ),
  counter('links_ahead_total', 'Links asked for before need', ({ content }) => content.links.ahead.fetched),
  counter(
    'links_ahead_used_total',
    'Those of them that were needed',
    ({ content }) => content.links.ahead.used,
  ),
  {
    name: 'lanes',
    kind: 'gauge',
    help: 'Connections that carry bytes',
    labels: ['account'],
    read: ({ content }) =>
      content.accounts.map(({ account, busy }) => ({ labels: { account }, value: busy })),
  },
  {
    name: 'lanes_limit',
    kind: 'gauge',
    help: 'How many connections there may be now: fewer while the cloud refuses some',
    labels: ['account'],
    read: ({ content }) =>
      content.accounts.map(({ account, limit }) => ({ labels: { account }, value: limit })),
  },
  {
    name: 'lane_waiters',
    kind: 'gauge',
    help: 'Readers that wait for a connection',
    labels: ['account'],
    read: ({ content }) =>
      content.accounts.map(({ account, waiting }) => ({ labels: { account }, value: waiting })),
  },
];

type Blocks = NonNullable<Snapshot['content']['blocks']>;

function cache(
  { content }: Snapshot,
  pick: (blocks: Blocks) => readonly [number, number],
): readonly Sample[] {
  if (content.blocks === null) return [];
  const [data, probes] = pick(content.blocks);
  return [
    { labels: { kind: 'data' }, value: data },
    { labels: { kind: 'probes' }, value: probes },
  ];
}
