const PREFIX = 'local-';

/** Whether an id is one of ours: `local-<uuid>` stands for what no cloud has yet. */
export function isLocalId(id: string): boolean {
  return id.startsWith(PREFIX);
}
