/** From how many known entries on it is odd to lose all, or more than half, of them at once. */
const ODD_ALL = 3;
const ODD_HALF = 20;

/**
 * Whether an answer would take so much from a directory that it must be heard twice: throttling and outages have
 * been seen to look like empty folders. Both are ids of entries.
 */
export function takesTooMuch(known: ReadonlySet<string>, answer: ReadonlySet<string>): boolean {
  let lost = 0;
  for (const id of known) if (!answer.has(id)) lost += 1;
  if (known.size >= ODD_ALL && lost === known.size) return true;
  return known.size >= ODD_HALF && lost * 2 > known.size;
}

/** Whether two answers name the same entries. */
export function sameIds(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false;
  for (const id of a) if (!b.has(id)) return false;
  return true;
}
