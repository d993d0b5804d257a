import type { Exchange } from '../../house/exchange.js';
import type { CloudService } from '../../house/service.js';
import type { ApiCall } from '../api-service.js';
import { Refusal } from '../envelope.js';
import type { UploadData, UploadParts } from './upload-parts.js';

/** Where the storage of 115 is. */
export const OSS_HOST = 'oss-cn-shenzhen.aliyuncs.com';

/** GET /open/upload/get_token (API document, 17.4). */
export function uploadToken(parts: UploadParts, { exchange }: ApiCall): UploadData {
  if (exchange.struck('token-refused')) throw new Refusal(990003);
  return credentials(parts, exchange);
}

function credentials(
  { tokens, ossEndpoint }: UploadParts,
  exchange: Exchange,
): Readonly<Record<string, string>> {
  const token = tokens.issue();
  return {
    endpoint: endpointOf(exchange, ossEndpoint),
    AccessKeyId: token.accessKeyId,
    AccessKeySecret: token.accessKeySecret,
    SecurityToken: token.securityToken,
    Expiration: new Date(token.expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/**
 * The address that was set, on the port in use when it has none. Else who came by a real name is sent to a real name
 * on the same port, and others to the address they used.
 */
function endpointOf(exchange: Exchange, given: string | null): string {
  const port = /:\d+$/.exec(exchange.host)?.[0] ?? '';
  if (given !== null) return new URL(given).port === '' ? `${new URL(given).origin}${port}` : given;
  const host = exchange.hostname.endsWith('.115.com') ? `${OSS_HOST}${port}` : exchange.host;
  return `${exchange.scheme}://${host}`;
}

/** The older place of the same credentials, which asks for no login (corrections, 7). */
export class UploadTokenPage implements CloudService {
  readonly name = 'upload-token';
  readonly hosts = ['uplb.115.com'];
  readonly #parts: UploadParts;

  constructor(parts: UploadParts) {
    this.#parts = parts;
  }

  claims(path: string): boolean {
    return path === '/3.0/gettoken.php';
  }

  answer(exchange: Exchange): Promise<void> {
    if (this.claims(exchange.path))
      exchange.sendJson({ StatusCode: '200', ...credentials(this.#parts, exchange) });
    else exchange.sendHtml(404, '<html><head><title>404 Not Found</title></head></html>');
    return Promise.resolve();
  }
}
