import type { Drive, DriveItem } from '../house/drive.js';
import type { Exchange } from '../house/exchange.js';
import type { House } from '../house/service.js';
import type { ApiCall } from './api-service.js';
import { Refusal, resourceReply } from './envelope.js';
import { LINK_COOKIE, type Links } from './links.js';

export const CDN_HOST = 'cdnfhnfile.115cdn.net';
/** Where file bytes are when a client reaches the cloud by its own address. */
export const CDN_PREFIX = '/cdn';

export interface DownloadUrlParts {
  readonly house: House;
  readonly links: Links;
  /** Host and port of links; null = what fits the request. */
  readonly linkHost: string | null;
}

/** POST /open/ufile/downurl: several pick codes at once, keyed by file id (API document, 16.1). */
export async function downloadUrl(drive: Drive, call: ApiCall, parts: DownloadUrlParts): Promise<unknown> {
  const codes = (call.fields.get('pick_code') ?? '').split(',').filter((code) => code !== '');
  if (codes.length === 0) throw new Refusal(50001);
  const failures: Refusal[] = [];
  const found: DriveItem[] = [];
  for (const code of codes) {
    const outcome = findFile(drive, code);
    if (outcome instanceof Refusal) failures.push(outcome);
    else found.push(outcome);
  }
  const [failure] = failures;
  if (failure !== undefined && found.length === 0) throw failure;
  const entries = await Promise.all(
    found.map(async (item) => [item.id, await linked(drive, item, call, parts)]),
  );
  return resourceReply(Object.fromEntries(entries));
}

function findFile(drive: Drive, pickCode: string): DriveItem | Refusal {
  const item = drive.byPickCode(pickCode);
  if (item === null) return new Refusal(50003);
  if (drive.isDeleted(item)) return new Refusal(70005);
  return item.complete ? item : new Refusal(70004);
}

async function linked(
  drive: Drive,
  item: DriveItem,
  call: ApiCall,
  parts: DownloadUrlParts,
): Promise<unknown> {
  const { exchange, login } = call;
  if (item.kind === 'directory') {
    return { file_name: item.name, file_size: 0, pick_code: item.pickCode, sha1: '', url: false };
  }
  const { profile } = parts.house;
  const lifetime = exchange.struck('link-expired')
    ? exchange.faultValue('link-expired') * 1000
    : profile.current.linkLifetime;
  const { url, cookie } = parts.links.create(
    item,
    {
      userId: drive.userId,
      clientId: login.clientId,
      userAgent: exchange.userAgent,
      origin: originOf(exchange, parts.linkHost),
    },
    lifetime,
  );
  if (profile.current.linkMode === '3') {
    const known = exchange.response.getHeader('set-cookie');
    exchange.response.setHeader('set-cookie', [
      ...(Array.isArray(known) ? known : []),
      `${LINK_COOKIE}=${cookie}; path=/; HttpOnly`,
    ]);
  }
  return {
    file_name: item.name,
    file_size: item.size,
    pick_code: item.pickCode,
    sha1: await drive.sha1(item),
    url: { url },
  };
}

/** Who came by a real name gets a link with a real name and the same port; others the address they used. */
function originOf(exchange: Exchange, linkHost: string | null): string {
  const port = /:\d+$/.exec(exchange.host)?.[0] ?? '';
  const host = linkHost ?? (exchange.hostname.endsWith('.115.com') ? `${CDN_HOST}${port}` : exchange.host);
  const prefix = host.replace(/:\d+$/, '') === CDN_HOST ? '' : CDN_PREFIX;
  return `${exchange.scheme}://${host}${prefix}`;
}
