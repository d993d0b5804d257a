import type { Exchange } from './exchange.js';

/** Real time, ended early when the client goes. */
export function pause(exchange: Exchange, ms: number): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      exchange.response.off('close', gone);
      resolve();
    }, ms);
    const gone = (): void => {
      clearTimeout(timer);
      resolve();
    };
    exchange.response.once('close', gone);
  });
}
