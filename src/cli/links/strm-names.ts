/**
 * The names of the .strm files that stand for files of one folder, by the names of these: `Film.mkv` is `Film.strm`, the
 * name that media servers look up; where several would be one they keep their extensions.
 */
export function strmNames(names: readonly string[]): ReadonlyMap<string, string> {
  const sharing = new Map<string, number>();
  for (const name of names) {
    const stem = stemOf(name);
    sharing.set(stem, (sharing.get(stem) ?? 0) + 1);
  }
  return new Map(
    names.map((name) => [name, `${sharing.get(stemOf(name)) === 1 ? stemOf(name) : name}.strm`]),
  );
}

function stemOf(name: string): string {
  return name.replace(/(?<=.)\.[^.]*$/, '');
}
