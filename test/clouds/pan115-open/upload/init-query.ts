import { Refusal } from '../envelope.js';

/** The fields of upload/init (API document, 17.2). */
export interface InitQuery {
  readonly name: string;
  readonly size: number;
  /** Upper-case hex. */
  readonly sha1: string;
  readonly folder: string;
  readonly path: readonly string[];
  readonly pickCode: string;
  readonly signKey: string;
  readonly signValue: string;
}

/** Throws 1001 for a field that is missing or makes no sense. */
export function readInitQuery(fields: URLSearchParams): InitQuery {
  const text = (name: string): string => fields.get(name) ?? '';
  const folder = /^U_1_(\d+)$/.exec(text('target'))?.[1];
  const size = text('file_size');
  const sha1 = text('fileid').toUpperCase();
  const topUpload = text('topupload');
  const preid = text('preid');
  const wrong =
    folder === undefined ||
    text('file_name') === '' ||
    !/^\d{1,15}$/.test(size) ||
    !/^[0-9A-F]{40}$/.test(sha1) ||
    !/^(|-1|0|1|2)$/.test(topUpload) ||
    !/^([0-9A-Fa-f]{40})?$/.test(preid);
  if (wrong) throw new Refusal(1001);
  return {
    name: text('file_name'),
    size: Number(size),
    sha1,
    folder,
    path: text('path')
      .split('/')
      .filter((name) => name !== ''),
    pickCode: text('pick_code'),
    signKey: text('sign_key'),
    signValue: text('sign_val'),
  };
}
