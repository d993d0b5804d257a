import type { ControlClient } from '../../test/clouds/control-client.js';

const GROUPS = 21;
const FILES_IN_GROUP = 49;
const FILES_ON_TOP = 11;

/** 22: the top and what is below it. */
export const TREE_FOLDERS = GROUPS + 1;
/** 1,040. */
export const TREE_FILES = GROUPS * FILES_IN_GROUP + FILES_ON_TOP;

/** Puts a tree of 22 folders and 1,040 files into the root of a cloud. */
export async function growTree(cloud: ControlClient, name: string): Promise<void> {
  const top = await cloud.addDirectory(name);
  await addFiles(cloud, top.id, FILES_ON_TOP);
  for (let group = 0; group < GROUPS; group += 1) {
    const folder = await cloud.addDirectory(groupName(group), top.id);
    await addFiles(cloud, folder.id, FILES_IN_GROUP);
  }
}

/** Ids of all its folders, the top first. */
export async function treeFolders(cloud: ControlClient, name: string): Promise<readonly string[]> {
  const paths = [name, ...Array.from({ length: GROUPS }, (_, group) => `${name}/${groupName(group)}`)];
  return await Promise.all(paths.map(async (path) => (await cloud.item({ path })).id));
}

async function addFiles(cloud: ControlClient, parent: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await cloud.addFile({
      parent,
      name: `file-${String(index).padStart(3, '0')}.mkv`,
      size: 1_000_000 + index,
    });
  }
}

function groupName(group: number): string {
  return `group-${String(group).padStart(2, '0')}`;
}
