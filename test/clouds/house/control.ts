import type { Exchange } from './exchange.js';
import { isFaultName } from './fault-catalogue.js';
import { checkedSetting } from './faults.js';
import { readBody } from './form.js';
import type { RequestLog } from './request-log.js';
import type { EmulatedCloud, House } from './service.js';

export const CONTROL_PREFIX = '/__cloud__/';

/** JSON body and query of a control request. */
export interface ControlInput {
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One thing the control path can do. A Buffer as result is sent as bytes, anything else as JSON. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the prefix; the last segment may be `:name`, which arrives in the query. */
  readonly path: string;
  run(input: ControlInput): unknown;
}

/** What every cloud's control path can do; the cloud adds its own. */
export function houseRoutes(
  house: House,
  log: RequestLog,
  cloud: EmulatedCloud,
  resetConnections: () => void,
): ControlRoute[] {
  return [
    { method: 'GET', path: '', run: () => ({ kind: cloud.kind, login: cloud.login }) },
    ...faultRoutes(house, resetConnections),
    { method: 'POST', path: 'reset-connections', run: resetConnections },
    { method: 'GET', path: 'log', run: ({ query }) => log.since(Number(query.get('since') ?? 0)) },
    { method: 'DELETE', path: 'log', run: () => log.clear() },
    { method: 'GET', path: 'stats', run: () => figures(house) },
    { method: 'DELETE', path: 'stats', run: () => clearFigures(house) },
    { method: 'GET', path: 'profile', run: () => house.profile.current },
    { method: 'PUT', path: 'profile', run: ({ body }) => house.profile.change(body) },
    { method: 'GET', path: 'clock', run: () => ({ now: house.clock.now(), shift: house.clock.shift }) },
    { method: 'POST', path: 'clock', run: ({ body }) => house.clock.advance(Number(body['advance'])) },
    { method: 'GET', path: 'state', run: () => cloud.save() },
    { method: 'PUT', path: 'state', run: ({ body }) => cloud.load(body) },
  ];
}

function faultRoutes(house: House, resetConnections: () => void): ControlRoute[] {
  return [
    { method: 'GET', path: 'faults', run: () => house.faults.list() },
    {
      method: 'DELETE',
      path: 'faults',
      run: () => house.faults.list().forEach(({ name }) => house.faults.off(name)),
    },
    {
      method: 'PUT',
      path: 'faults/:name',
      run: ({ query, body }) => {
        const name = faultName(query);
        house.faults.on(name, checkedSetting(body));
        // Connections that are there already would not notice otherwise.
        if (name === 'network-down') resetConnections();
      },
    },
    { method: 'DELETE', path: 'faults/:name', run: ({ query }) => house.faults.off(faultName(query)) },
    { method: 'GET', path: 'held', run: () => house.faults.held.list() },
    {
      method: 'POST',
      path: 'held/release',
      run: ({ body }) => house.faults.held.release(typeof body['id'] === 'number' ? body['id'] : null),
    },
  ];
}

function faultName(query: URLSearchParams) {
  const name = query.get('name') ?? '';
  if (!isFaultName(name)) throw new RangeError(`unknown fault "${name}"`);
  return name;
}

function figures(house: House) {
  return {
    calls: house.calls.figures(),
    bytesSent: house.traffic.sent,
    links: house.links.figures(),
    accounts: house.accounts.figures(),
  };
}

function clearFigures(house: House): void {
  house.calls.clear();
  house.traffic.clear();
  house.links.clear();
  house.accounts.clear();
}

/** Answers a request of the control path: 404 for an unknown one, 400 in words for a wrong one. */
export async function answerControl(exchange: Exchange, routes: readonly ControlRoute[]): Promise<void> {
  const path = exchange.path.slice(CONTROL_PREFIX.length);
  const query = new URLSearchParams(exchange.url.searchParams);
  const route = routes.find((one) => one.method === exchange.method && matches(one.path, path, query));
  if (route === undefined) {
    const known = routes.map((one) => `${one.method} ${CONTROL_PREFIX}${one.path}`);
    exchange.sendJson({ error: 'no such control path', known }, 404);
    return;
  }
  try {
    const text = (await readBody(exchange.request, 256 * 1024 * 1024)).toString('utf8');
    const body = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
    const result: unknown = await route.run({ query, body });
    if (Buffer.isBuffer(result)) exchange.send(200, result, { 'content-type': 'application/octet-stream' });
    else exchange.sendJson(result ?? null);
  } catch (error) {
    exchange.sendJson({ error: error instanceof Error ? error.message : String(error) }, 400);
  }
}

function matches(pattern: string, path: string, query: URLSearchParams): boolean {
  if (!pattern.endsWith('/:name')) return pattern === path;
  const prefix = pattern.slice(0, -':name'.length);
  const name = path.slice(prefix.length);
  if (!path.startsWith(prefix) || name === '' || name.includes('/')) return false;
  query.set('name', decodeURIComponent(name));
  return true;
}
