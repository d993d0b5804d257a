import { randomBytes } from 'node:crypto';
import type { Exchange } from '../house/exchange.js';
import type { House } from '../house/service.js';
import { OssError } from './oss-error.js';
import { dateOf, signatureOf, type SignedRequest } from './signature.js';

/** Temporary credentials (STS) for the storage. Times in ms. */
export interface StorageToken {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
  expiresAt: number;
}

/** Furthest that the clock of a client may be away. */
const SKEW = 15 * 60_000;
const KEPT = 1000;

/** Hands out credentials and checks what is signed with them. */
export class StorageTokens {
  readonly #house: House;
  #tokens = new Map<string, StorageToken>();

  constructor(house: House) {
    this.#house = house;
  }

  save(): readonly StorageToken[] {
    return [...this.#tokens.values()];
  }

  load(tokens: readonly StorageToken[]): void {
    this.#tokens = new Map(tokens.map((token) => [token.accessKeyId, { ...token }]));
  }

  /** Credentials that end after the profile's time. */
  issue(): StorageToken {
    const token: StorageToken = {
      accessKeyId: `STS.N${randomBytes(12).toString('base64url').replaceAll(/[-_]/g, 'x')}`,
      accessKeySecret: randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x'),
      securityToken: `CAIS${randomBytes(60).toString('base64')}`,
      expiresAt: this.#house.clock.now() + this.#house.profile.current.storageTokenLifetime,
    };
    this.#tokens.set(token.accessKeyId, token);
    for (const old of [...this.#tokens.keys()].slice(0, -KEPT)) this.#tokens.delete(old);
    return token;
  }

  /** Ends all that were handed out. */
  expireAll(): void {
    for (const token of this.#tokens.values()) token.expiresAt = this.#house.clock.now();
  }

  /** Throws the OssError for a request that is not signed as it must be. */
  check(request: SignedRequest, exchange: Exchange): void {
    const { headers } = request;
    const [, keyId = '', signature = ''] = /^OSS ([^:]+):(\S+)$/.exec(headers.authorization ?? '') ?? [];
    if (keyId === '') throw new OssError('AccessDenied');
    const token = this.#tokens.get(keyId);
    if (token === undefined) throw new OssError('InvalidAccessKeyId', { OSSAccessKeyId: keyId });
    const given = headers['x-oss-security-token'];
    if (given === undefined) throw new OssError('InvalidAccessKeyId', { OSSAccessKeyId: keyId });
    const made = Date.parse(dateOf(headers));
    if (Number.isNaN(made)) throw new OssError('AccessDenied');
    if (this.#isSkewed(made) || exchange.struck('oss-skewed')) throw this.#skewed(headers.date ?? '');
    if (signatureOf(request, token.accessKeySecret) !== signature) {
      throw new OssError('SignatureDoesNotMatch', { OSSAccessKeyId: keyId, SignatureProvided: signature });
    }
    if (given !== token.securityToken) throw new OssError('InvalidSecurityToken');
    if (exchange.struck('sts-expired')) token.expiresAt = 0;
    if (token.expiresAt <= this.#house.clock.now()) throw new OssError('SecurityTokenExpired');
  }

  /** Whoever lives in the real time or in the cloud's is right: only that one was moved by a test. */
  #isSkewed(made: number): boolean {
    const { clock } = this.#house;
    return [clock.now(), clock.now() - clock.shift].every((now) => Math.abs(made - now) > SKEW);
  }

  #skewed(requestTime: string): OssError {
    return new OssError('RequestTimeTooSkewed', {
      MaxAllowedSkewMilliseconds: String(SKEW),
      RequestTime: requestTime,
      ServerTime: new Date(this.#house.clock.now()).toISOString(),
    });
  }
}
