/** Parameters of the file list (API document, 7.1), read as leniently as the real one does. */
export interface ListQuery {
  readonly cid: string;
  readonly type: number;
  readonly limit: number;
  readonly offset: number;
  readonly suffix: string;
  readonly ascending: boolean;
  readonly order: ListOrder;
  readonly foldersFirst: boolean;
  readonly natural: boolean;
  readonly withFolders: boolean;
  readonly onlyFolders: boolean;
  readonly foldersWhileFiltered: boolean;
  readonly star: boolean;
  readonly direct: boolean;
  readonly area: number;
  readonly minSize: number;
  readonly maxSize: number;
}

export type ListOrder = 'file_name' | 'file_size' | 'user_utime' | 'file_type';

const LARGEST_PAGE = 1150;
const USUAL_PAGE = 20;

export function readListQuery(fields: URLSearchParams): ListQuery {
  const custom = fields.get('custom_order') ?? '';
  // With 0 the order remembered for the folder counts and the one sent is ignored.
  const own = custom !== '0';
  return {
    cid: fields.get('cid') ?? '0',
    type: whole(fields, 'type', 0),
    limit: pageSize(fields, LARGEST_PAGE),
    offset: whole(fields, 'offset', 0),
    suffix: (fields.get('suffix') ?? '').replace(/^\./, '').toLowerCase(),
    ascending: own && fields.get('asc') === '1',
    order: own ? orderOf(fields.get('o') ?? '') : 'user_utime',
    foldersFirst: custom !== '2' && fields.get('fc_mix') !== '1',
    natural: fields.get('natsort') === '1',
    withFolders: fields.get('show_dir') === '1',
    onlyFolders: fields.get('nf') === '1',
    foldersWhileFiltered: fields.get('stdir') === '1',
    star: fields.get('star') === '1',
    direct: fields.get('cur') === '1',
    area: whole(fields, 'aid', 1) || 1,
    minSize: whole(fields, 'min_size', 0),
    maxSize: whole(fields, 'max_size', 0),
  };
}

/** Page size: absent or senseless is 20, more than `largest` is `largest`. */
export function pageSize(fields: URLSearchParams, largest: number, usual = USUAL_PAGE): number {
  const asked = whole(fields, 'limit', usual);
  return Math.min(asked === 0 ? usual : asked, largest);
}

/** A number of at least 0; anything else is the default. */
export function whole(fields: URLSearchParams, name: string, initial: number): number {
  const text = fields.get(name) ?? '';
  return /^\d+$/.test(text) ? Number(text) : initial;
}

/** Other names behave like user_utime. */
function orderOf(name: string): ListOrder {
  return name === 'file_name' || name === 'file_size' || name === 'file_type' ? name : 'user_utime';
}
