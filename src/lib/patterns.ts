/** Answers whether a text is one of those; `*` in a pattern stands for any characters, letters match in either case. */
export function patternMatcher(patterns: readonly string[]): (text: string) => boolean {
  const sources = patterns.map((pattern) => pattern.split('*').map(literally).join('.*'));
  if (sources.length === 0) return () => false;
  const known = new RegExp(`^(?:${sources.join('|')})$`, 'isu');
  return (text) => known.test(text);
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&');
}
