import type { Exchange } from '../house/exchange.js';
import { pause } from '../house/pause.js';
import { Refusal, resourceRefusal } from './envelope.js';

const FIREWALL =
  '<!doctypehtml><html lang="zh-cn"><head><meta charset="utf-8"><title>405</title></head><body>' +
  '<p>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p></body></html>';

/** Answers that never reach an endpoint (API document, 1.3 and 5). True when one of them answered. */
export async function answeredByFault(exchange: Exchange): Promise<boolean> {
  if (exchange.struck('api-slow')) await pause(exchange, exchange.faultValue('api-slow'));
  if (exchange.struck('api-hang')) await exchange.hang();
  else if (exchange.struck('api-reset')) exchange.reset();
  else if (!answeredByFrontEnd(exchange) && !refusedByFault(exchange)) return false;
  return true;
}

function answeredByFrontEnd(exchange: Exchange): boolean {
  if (exchange.struck('api-5xx')) {
    const status = exchange.faultValue('api-5xx');
    exchange.sendHtml(status, `<html><head><title>${status}</title></head><body>nginx</body></html>`);
  } else if (exchange.struck('api-429')) {
    const reset = String(exchange.faultValue('api-429'));
    exchange.sendJson({ state: false, code: 429, message: 'Too Many Requests', data: [] }, 429, {
      'x-ratelimit-reset': reset,
    });
  } else if (exchange.struck('api-html-405')) exchange.sendHtml(405, FIREWALL);
  else if (exchange.struck('api-html-200')) exchange.sendHtml(200, FIREWALL);
  else if (exchange.struck('api-wrong-json')) {
    exchange.send(200, '{"state":true,"message":"","code":0,"data":[{"fid":"30733', {
      'content-type': 'application/json; charset=utf-8',
    });
  } else return false;
  return true;
}

function refusedByFault(exchange: Exchange): boolean {
  if (exchange.struck('api-throttle-770004')) refuse(exchange, 770004);
  else if (exchange.struck('api-throttle-406')) refuse(exchange, 406);
  else if (exchange.struck('api-error')) refuse(exchange, exchange.faultValue('api-error'));
  else if (exchange.struck('token-expired')) refuse(exchange, 40140125);
  else if (exchange.struck('api-empty-refusal')) {
    exchange.sendJson({ state: false, code: 0, message: '', data: [], count: 0 });
  } else return false;
  return true;
}

/** Answers with a code of the API document. */
export function refuse(exchange: Exchange, code: number): void {
  exchange.notes.code = code;
  exchange.sendJson(resourceRefusal(new Refusal(code)));
}
