/** Marks what must come out as a bare number although a JavaScript number could not hold it. */
const BARE = '\u0001';

/** JSON in which a bigint is a number: 115 sends some 19-digit ids that way (API document, 2). */
export function writeJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'bigint' ? BARE + member.toString() : member,
  );
  return text.replace(/"\\u0001(-?\d+)"/g, '$1');
}
