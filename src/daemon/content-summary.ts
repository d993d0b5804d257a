import type { ContentStatus } from '../content/content.js';
import type { ContentSummary } from '../lib/protocol.js';

/** Reading over all accounts and files, as `status` shows it. */
export function contentSummary({ files, accounts, links, bytes, blocks }: ContentStatus): ContentSummary {
  const sum = (pick: (account: ContentStatus['accounts'][number]) => number): number =>
    accounts.reduce((total, account) => total + pick(account), 0);
  return {
    openFiles: files.length,
    links: links.cached,
    renewals: links.renewed,
    linksAhead: links.ahead,
    lanes: { busy: sum(({ busy }) => busy), waiting: sum(({ waiting }) => waiting) },
    bytes,
    blocks: blocks && blocksSummary(blocks),
  };
}

function blocksSummary(blocks: NonNullable<ContentStatus['blocks']>): ContentSummary['blocks'] {
  const { bytes, limit, probeBytes, probeLimit, state } = blocks;
  return { bytes, limit, probeBytes, probeLimit, message: state.kind === 'off' ? state.message : null };
}
