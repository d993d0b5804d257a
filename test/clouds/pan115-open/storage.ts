import { randomBytes } from 'node:crypto';
import type { Exchange } from '../house/exchange.js';
import type { CloudService } from '../house/service.js';

/** The storage (OSS) host: knows no request yet and says so the way OSS does (API document, 17.6). */
export class Storage implements CloudService {
  readonly name = 'storage';
  readonly hosts = ['fhnfile.oss-cn-shenzhen.aliyuncs.com', 'oss-cn-shenzhen.aliyuncs.com'];

  claims(): boolean {
    return false;
  }

  async answer(exchange: Exchange): Promise<void> {
    await exchange.fields();
    const error = {
      Code: 'NotImplemented',
      Message: 'A header or query you provided requires functionality that is not implemented.',
      RequestId: randomBytes(12).toString('hex').toUpperCase(),
      HostId: exchange.hostname,
    };
    const members = Object.entries(error).map(([name, text]) => `<${name}>${text}</${name}>`);
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error>${members.join('')}</Error>`;
    exchange.send(501, body, { 'content-type': 'application/xml' });
  }
}
