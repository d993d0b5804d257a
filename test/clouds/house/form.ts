import type { IncomingMessage } from 'node:http';

const LIMIT = 1024 * 1024;

/** The fields of a form body, urlencoded or multipart (API document, 1.2). Rejects when it is larger than 1 MiB. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  return boundary === undefined
    ? new URLSearchParams(body.toString('utf8'))
    : parseMultipart(body.toString('utf8'), boundary);
}

/** The whole body. Rejects when it is larger than `limit` or the client goes away. */
export async function readBody(request: IncomingMessage, limit = LIMIT): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new RangeError(`request body above ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseMultipart(body: string, boundary: string): URLSearchParams {
  const fields = new URLSearchParams();
  for (const part of body.split(`--${boundary}`).slice(1, -1)) {
    const end = part.indexOf('\r\n\r\n');
    const name = /name="([^"]*)"/i.exec(part.slice(0, end))?.[1];
    if (end >= 0 && name !== undefined) fields.append(name, part.slice(end + 4).replace(/\r\n$/, ''));
  }
  return fields;
}
