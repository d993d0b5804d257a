import type { Drive, DriveItem, NewItem } from '../../house/drive.js';
import type { Exchange } from '../../house/exchange.js';
import type { House } from '../../house/service.js';
import { Refusal } from '../envelope.js';
import type { BackgroundWork } from './background-work.js';
import type { BusyLock } from './busy-lock.js';

/** What a changing call works on. */
export interface ChangeParts {
  readonly house: House;
  readonly drive: () => Drive;
  readonly busy: BusyLock;
  readonly work: BackgroundWork;
}

/** When something that is created now was created, is listed and is found (API document, 19). */
export function birth(
  house: House,
  exchange: Exchange,
): Required<Pick<NewItem, 'created' | 'foundFrom' | 'listedFrom'>> {
  const now = house.clock.now();
  const { visibilityDelay, searchDelay } = house.profile.current;
  const delay = exchange.struck('visibility-delay')
    ? exchange.faultValue('visibility-delay')
    : visibilityDelay;
  return {
    created: house.clock.seconds(),
    listedFrom: delay === 0 ? 0 : now + delay,
    foundFrom: searchDelay === 0 && delay === 0 ? 0 : now + Math.max(searchDelay, delay),
  };
}

/** The ids of a comma-separated field, each once. Throws 990002 when there is none. */
export function idsOf(fields: URLSearchParams, name: string): readonly string[] {
  const ids = (fields.get(name) ?? '').split(',').filter((id) => id !== '');
  if (ids.length === 0) throw new Refusal(990002);
  return [...new Set(ids)];
}

/** Those of the items that are there; the ones below another of them are left to that one. */
export function presentItems(drive: Drive, ids: readonly string[]): readonly DriveItem[] {
  const found = ids.flatMap((id) => {
    const item = drive.item(id);
    return item === null || drive.isDeleted(item) ? [] : [item];
  });
  const chosen = new Set(found.map((item) => item.id));
  return found.filter((item) => !drive.ancestors(item).some((above) => chosen.has(above.id)));
}

/** Throws code 2 when a folder cannot take so many entries more. */
export function checkFolderLimit(house: House, drive: Drive, folder: string, more: number): void {
  if (drive.children(folder).length + more > house.profile.current.entriesPerFolder) throw new Refusal(2);
}

/** Throws 91005 when the account has not so many bytes left. */
export function checkSpace(drive: Drive, exchange: Exchange, bytes: number): void {
  if (exchange.struck('space-exhausted') || drive.used() + bytes > drive.total) throw new Refusal(91005);
}
