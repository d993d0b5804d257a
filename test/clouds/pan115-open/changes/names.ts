import type { Drive } from '../../house/drive.js';
import type { Exchange } from '../../house/exchange.js';
import { extensionOf } from '../../house/identity.js';
import { Refusal } from '../envelope.js';

const LONGEST = 255;

/** Throws the refusal for a name that a folder or a rename must not have (API document, 9 and 10). */
export function checkName(name: string, unit: 'bytes' | 'characters'): void {
  if (name === '') throw new Refusal(20001);
  if (/["<>]/.test(name)) throw new Refusal(20003);
  const length = unit === 'bytes' ? Buffer.byteLength(name) : Array.from(name).length;
  if (length > LONGEST) throw new Refusal(20002);
}

/** The name an upload is stored under: one that is too long is shortened without a word (API document, 17.8). */
export function uploadedName(name: string, exchange: Exchange): string {
  return changedName(Buffer.byteLength(name) > LONGEST ? shortened(name, LONGEST) : name, exchange);
}

/** The name as stored when the cloud changes names. */
export function changedName(name: string, exchange: Exchange): string {
  return exchange.struck('name-changed') ? shortened(name, Buffer.byteLength(name) + 1) : name;
}

/** What a file is called after a rename that does not touch its extension. */
export function withExtensionOf(old: string, name: string): string {
  const extension = extensionOf(old);
  if (extension === '' || extensionOf(name) === extension) return name;
  const dot = name.lastIndexOf('.');
  return `${dot <= 0 ? name : name.slice(0, dot)}${old.slice(-extension.length - 1)}`;
}

/** Whether a folder has an entry of this kind and name. */
export function isTaken(
  drive: Drive,
  folder: string,
  kind: 'directory' | 'file',
  name: string,
  except: string | null = null,
): boolean {
  return drive
    .children(folder)
    .some((child) => child.id !== except && child.kind === kind && child.name === name);
}

/** Throws 20004 for a file whose name is taken by another file, when such names are refused. */
export function checkConflict(
  drive: Drive,
  exchange: Exchange,
  folder: string,
  name: string,
  except: string | null = null,
): void {
  if (isTaken(drive, folder, 'file', name, except) && exchange.struck('same-name-conflict')) {
    throw new Refusal(20004);
  }
}

/** As many characters as fit in front of "..", the last one left out at least. */
function shortened(name: string, bytes: number): string {
  const characters = Array.from(name).slice(0, -1);
  while (Buffer.byteLength(`${characters.join('')}..`) > bytes) characters.pop();
  return `${characters.join('')}..`;
}
