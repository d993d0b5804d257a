/** A file that is asked for: its drive, and its absolute path in it. */
export interface Target {
  readonly drive: string;
  readonly path: string;
}

const PREFIX = '/d/';

/** Where the listener has a file: `/d/films/2026/a.mkv`, in characters that may stand in a web address. */
export function targetPath({ drive, path }: Target): string {
  const names = [drive, ...path.split('/').filter((name) => name !== '')];
  return PREFIX + names.map(encode).join('/');
}

/** The file behind the path of a request; null when it is none. */
export function parseTargetPath(path: string): Target | null {
  if (!path.startsWith(PREFIX)) return null;
  const names = path.slice(PREFIX.length).split('/').map(decode);
  const [drive, ...rest] = names;
  if (drive === undefined || rest.length === 0 || !names.every(isName)) return null;
  return { drive, path: `/${rest.join('/')}` };
}

/** A name may hold half a character, for which there is no code: such a file is found by no address. */
function encode(name: string): string {
  return encodeURIComponent(Buffer.from(name).toString());
}

/** Empty where the code stands for nothing. */
function decode(code: string): string {
  try {
    return decodeURIComponent(code);
  } catch {
    return '';
  }
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}
