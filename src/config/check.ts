import { safeParse } from 'valibot';
import type { AccountKind } from './account-kind.js';
import type { Problem } from './document.js';
import { nearest } from './nearest.js';
import type { ParsedFile } from './schema.js';
import { spoolPath } from './spool-path.js';

/** What is wrong between parts of the configuration that are each right by themselves. */
export function crossCheck(file: ParsedFile, kinds: readonly AccountKind[]): readonly Problem[] {
  return [
    ...checkDrives(file),
    ...checkRoots(file, kinds),
    ...checkMountedDrives(file),
    ...checkMountPoints(file),
    ...checkOwnFolders(file),
  ];
}

function checkDrives(file: ParsedFile): readonly Problem[] {
  const accounts = Object.keys(file.accounts);
  return Object.entries(file.drives)
    .filter(([, drive]) => !accounts.includes(drive.account))
    .map(([name, drive]) => ({
      path: ['drives', name, 'account'],
      message: unknownName('account', drive.account, accounts),
    }));
}

function checkRoots(file: ParsedFile, kinds: readonly AccountKind[]): readonly Problem[] {
  return Object.entries(file.drives).flatMap(([name, drive]): readonly Problem[] => {
    const kind = kinds.find((each) => each.kind === file.accounts[drive.account]?.kind);
    if (kind?.root === undefined) return [];
    const result = safeParse(kind.root, drive.root);
    return result.success ? [] : [{ path: ['drives', name, 'root'], message: result.issues[0].message }];
  });
}

function checkMountedDrives(file: ParsedFile): readonly Problem[] {
  const known = Object.keys(file.drives);
  return file.mounts.flatMap((mount, index): readonly Problem[] => {
    const here = ['mounts', index];
    if ((mount.drive === undefined) === (mount.drives === undefined)) {
      return [
        { path: here, message: 'name either one drive (drive: films) or several (drives: [films, music])' },
      ];
    }
    if (mount.drive !== undefined) {
      if (known.includes(mount.drive)) return [];
      return [{ path: [...here, 'drive'], message: unknownName('drive', mount.drive, known) }];
    }
    return (mount.drives ?? []).flatMap((name, place, all): readonly Problem[] => {
      const path = [...here, 'drives', place];
      if (!known.includes(name)) return [{ path, message: unknownName('drive', name, known) }];
      return all.indexOf(name) === place ? [] : [{ path, message: `${name} is in this list already` }];
    });
  });
}

function checkMountPoints(file: ParsedFile): readonly Problem[] {
  return file.mounts.flatMap(({ path }, index): readonly Problem[] => {
    const field = ['mounts', index, 'path'];
    if (path === '/') return [{ path: field, message: 'nothing can be mounted over /' }];
    const others = file.mounts.slice(0, index).map((mount) => mount.path);
    if (others.includes(path))
      return [{ path: field, message: `${path} is the path of another mount already` }];
    const nested = others.find((other) => path.startsWith(`${other}/`) || other.startsWith(`${path}/`));
    if (nested === undefined) return [];
    return [{ path: field, message: `${path} and ${nested} are inside one another: put them side by side` }];
  });
}

/** What the mounts are made of cannot lie inside one of them. */
function checkOwnFolders(file: ParsedFile): readonly Problem[] {
  const folders: readonly (readonly [Problem['path'], string])[] = [
    [['state', 'path'], file.state.path],
    [['cache', 'path'], file.cache.path],
    [['upload', 'spool', 'path'], spoolPath(file)],
  ];
  return folders.flatMap(([path, folder]): readonly Problem[] => {
    const mount = file.mounts.find((one) => folder === one.path || folder.startsWith(`${one.path}/`));
    if (mount === undefined) return [];
    return [
      { path, message: `${folder} is inside the mount ${mount.path}: choose a folder of a local disk` },
    ];
  });
}

function unknownName(what: string, name: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no ${what} ${name}: none is defined`;
  const guess = nearest(name, known);
  return `there is no ${what} ${name}; ${guess === null ? `there is: ${known.join(', ')}` : `did you mean ${guess}?`}`;
}
