const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Members of an XML element, one below the other. */
export function element(members: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(members)
    .map(
      ([name, value]) =>
        `<${name}>${String(value).replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign)}</${name}>`,
    )
    .join('');
}

/** A whole document with one root. */
export function xmlDocument(root: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content}</${root}>`;
}

/** One part as a client lists it when it completes an upload. */
export interface ListedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
}

/** The parts of a CompleteMultipartUpload body; null when it is not one. */
export function parseCompletion(xml: string): readonly ListedPart[] | null {
  const body = /<CompleteMultipartUpload[^>]*>([\s\S]*)<\/CompleteMultipartUpload>\s*$/.exec(xml)?.[1];
  if (body === undefined) return null;
  const parts: ListedPart[] = [];
  for (const [, part = ''] of body.matchAll(/<Part>([\s\S]*?)<\/Part>/g)) {
    const number = /<PartNumber>\s*(\d+)\s*<\/PartNumber>/.exec(part)?.[1];
    const etag = /<ETag>\s*(.*?)\s*<\/ETag>/.exec(part)?.[1];
    if (number === undefined || etag === undefined) return null;
    parts.push({
      number: Number(number),
      etag: etag.replaceAll('&quot;', '"').replaceAll('&#34;', '"').replaceAll('"', ''),
    });
  }
  return parts.length === 0 ? null : parts;
}
