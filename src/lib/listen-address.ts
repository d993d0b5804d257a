/** Where something listens for TCP connections. */
export interface ListenAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

const EVERY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

/** An address from `127.0.0.1:8115` or `[::1]:8115`; null when it is something else. */
export function parseListenAddress(text: string): ListenAddress | null {
  const [, six, host = six, digits] = /^(?:\[([0-9a-f:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  return host === undefined || port > 65_535 ? null : { host, port };
}

/** How it is reached on this machine: `http://127.0.0.1:8115`; null when it listens at every address there is. */
export function originOf({ host, port }: ListenAddress): string | null {
  if (EVERY_ADDRESS.includes(host)) return null;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
