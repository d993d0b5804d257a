/** A name in a directory. */
export interface NamedPlace {
  readonly parentId: string;
  readonly name: string;
}

/** Whether both are the same directory and name. */
export function samePlace(a: NamedPlace, b: NamedPlace): boolean {
  return a.parentId === b.parentId && a.name === b.name;
}
