import type { Exchange } from '../house/exchange.js';
import { pause } from '../house/pause.js';
import type { CloudService, House } from '../house/service.js';
import { answeredByFault, refuse } from './api-faults.js';
import type { CallLimits } from './call-limits.js';
import { CHANGES } from './changes/endpoints.js';
import { answerWith, Refusal, resourceRefusal } from './envelope.js';
import type { Login, Logins } from './logins.js';
import { chaoticTypes, documentedTypes } from './reply-types.js';

/** One call as an endpoint sees it. */
export interface ApiCall {
  readonly fields: URLSearchParams;
  readonly exchange: Exchange;
  readonly login: Login;
}

/** `METHOD /path` → what it answers: the whole envelope. Throws a Refusal. */
export type Endpoints = Readonly<Record<string, (call: ApiCall) => unknown>>;

/** The host of all resource calls: limits, the bearer token, then the endpoint (API document, 1.2 to 1.3). */
export class ApiService implements CloudService {
  readonly name = 'api';
  readonly hosts = ['proapi.115.com'];
  readonly #house: House;
  readonly #logins: Logins;
  readonly #limits: CallLimits;
  readonly #endpoints: Endpoints;

  constructor(
    house: House,
    parts: { readonly logins: Logins; readonly limits: CallLimits; readonly endpoints: Endpoints },
  ) {
    this.#house = house;
    this.#logins = parts.logins;
    this.#limits = parts.limits;
    this.#endpoints = parts.endpoints;
  }

  claims(path: string): boolean {
    return path.startsWith('/open/');
  }

  async answer(exchange: Exchange): Promise<void> {
    this.#house.calls.add(exchange.path.replace(/^\/open\//, ''));
    const fields = await exchange.fields();
    if (await answeredByFault(exchange)) return;
    await exchange.holdIfStruck('before');
    const refused = this.#limits.admit();
    await pause(exchange, this.#house.profile.current.apiDelay);
    if (refused !== null) {
      refuse(exchange, refused);
      return;
    }
    await answerWith(exchange, () => this.#reply(exchange, fields), resourceRefusal);
  }

  async #reply(exchange: Exchange, fields: URLSearchParams): Promise<unknown> {
    if (!this.claims(exchange.path)) throw new Refusal(980006);
    const login = this.#logins.check(exchange.request.headers.authorization);
    const endpoint = this.#endpoints[`${exchange.method} ${exchange.path}`];
    if (endpoint === undefined) throw new Refusal(980006);
    const reply = await endpoint({ fields, exchange, login });
    await exchange.holdIfStruck('after');
    if (isLost(exchange)) {
      exchange.reset();
      return undefined;
    }
    if (exchange.struck('type-chaos')) return chaoticTypes(reply);
    return exchange.struck('documented-types') ? documentedTypes(reply) : reply;
  }
}

/** Whether a fault loses the answer of what was carried out. */
function isLost(exchange: Exchange): boolean {
  if (exchange.struck('api-lost-answer')) return true;
  if (CHANGES.has(exchange.path)) return exchange.struck('mutation-lost-answer');
  return exchange.path === '/open/upload/init' && exchange.struck('init-lost-answer');
}
