/** Puts another method in place of one; answers how to put it back. */
export function plant<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  wrong: (original: T[K]) => T[K],
): () => void {
  const original = owner[name];
  owner[name] = wrong(original);
  return () => {
    owner[name] = original;
  };
}
