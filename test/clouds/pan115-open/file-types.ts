import { extensionOf } from '../house/identity.js';

/** Extensions of the `type` filter (API document, 7.1). */
const TYPES: Readonly<Record<number, readonly string[]>> = {
  1: [
    'txt',
    'md',
    'pdf',
    'doc',
    'docx',
    'xls',
    'xlsx',
    'ppt',
    'pptx',
    'srt',
    'ass',
    'ssa',
    'nfo',
    'json',
    'log',
  ],
  2: ['jpg', 'jpeg', 'png', 'gif', 'bmp', 'webp', 'heic', 'tif', 'tiff'],
  3: ['mp3', 'flac', 'wav', 'aac', 'm4a', 'ogg', 'ape'],
  4: ['mkv', 'mp4', 'avi', 'mov', 'ts', 'm2ts', 'wmv', 'flv', 'rmvb', 'webm', 'mpg'],
  5: ['zip', 'rar', '7z', 'tar', 'gz', 'iso', 'xz', 'bz2'],
  6: ['exe', 'apk', 'dmg', 'msi', 'deb', 'ipa'],
  7: ['epub', 'mobi', 'azw3'],
};

const IMAGES_AND_VIDEOS = 15;

/** Whether a file name is of a type; 0 and 99 are all files. */
export function isOfType(name: string, type: number): boolean {
  if (type === 0 || type === 99) return true;
  if (type === IMAGES_AND_VIDEOS) return isOfType(name, 2) || isOfType(name, 4);
  return (TYPES[type] ?? []).includes(extensionOf(name));
}

export function isVideo(name: string): boolean {
  return isOfType(name, 4);
}
