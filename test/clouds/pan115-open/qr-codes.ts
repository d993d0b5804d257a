import { createHash, createHmac } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { CloudClock } from '../house/cloud-clock.js';
import type { ProfileSettings } from '../house/profiles.js';
import { Refusal } from './envelope.js';

export type QrStep = 'waiting' | 'scanned' | 'confirmed' | 'cancelled' | 'used';

/** One QR login under way. */
export interface QrCode {
  readonly uid: string;
  readonly clientId: string;
  readonly challenge: string;
  readonly method: 'sha256' | 'sha1' | 'md5';
  readonly time: number;
  readonly sign: string;
  readonly expiresAt: number;
  step: QrStep;
  /** What the last poll was told. */
  told: QrStep;
}

export interface QrStatus {
  readonly state: 0 | 1;
  readonly data: Readonly<Record<string, unknown>>;
}

/** QR codes of the PKCE login (API document, 3.1), scanned and confirmed by a switch. */
export class QrCodes {
  readonly #clock: CloudClock;
  readonly #profile: ProfileSettings;
  readonly #codes = new Map<string, QrCode>();
  readonly #changes = new EventEmitter().setMaxListeners(0);

  constructor(clock: CloudClock, profile: ProfileSettings) {
    this.#clock = clock;
    this.#profile = profile;
  }

  list(): readonly QrCode[] {
    return [...this.#codes.values()];
  }

  /** Begins a login. The method was checked before. */
  create(clientId: string, challenge: string, method: QrCode['method']): QrCode {
    const time = this.#clock.seconds();
    const uid = createHash('sha1')
      .update(`${clientId} ${challenge} ${this.#codes.size} ${time}`)
      .digest('hex');
    const sign = createHmac('sha1', 'qr').update(`${uid} ${time}`).digest('hex');
    const expiresAt = this.#clock.now() + this.#profile.current.qrLifetime;
    const code: QrCode = {
      uid,
      clientId,
      challenge,
      method,
      time,
      sign,
      expiresAt,
      step: 'waiting',
      told: 'waiting',
    };
    this.#codes.set(uid, code);
    return code;
  }

  /** What the person with the phone does. Throws RangeError when there is no such code. */
  act(step: 'scanned' | 'confirmed' | 'cancelled', uid: string | null): QrCode {
    const code = uid === null ? this.list().at(-1) : this.#codes.get(uid);
    if (code === undefined) throw new RangeError('no such QR code');
    code.step = step;
    this.#changes.emit(code.uid);
    return code;
  }

  /** Waits for news that the caller has not been told; without any it answers the old ones after the poll time. */
  async poll(fields: URLSearchParams, signal: AbortSignal): Promise<QrStatus> {
    const code = this.#codes.get(fields.get('uid') ?? '');
    const sign = fields.get('sign') ?? '';
    if (sign === '') throw new Refusal(40140103);
    if (code === undefined) throw new Refusal(40199002);
    if (sign !== code.sign || fields.get('time') !== String(code.time)) throw new Refusal(40140104);
    if (code.step === code.told && code.step !== 'confirmed' && !this.#expired(code))
      await this.#news(code, signal);
    if (this.#expired(code) || code.step === 'used') throw new Refusal(40199002);
    code.told = code.step;
    return { state: 1, data: statusOf(code.step) };
  }

  /** The code a device exchanges for tokens, once. Throws a Refusal. */
  redeem(uid: string, verifier: string): QrCode {
    const code = this.#codes.get(uid);
    if (uid === '' || code === undefined || code.step === 'used') throw new Refusal(40199002);
    if (this.#expired(code)) throw new Refusal(40199002);
    if (verifier.length < 43 || verifier.length > 128) throw new Refusal(40140112);
    if (challengeOf(code.method, verifier) !== plainAlphabet(code.challenge)) throw new Refusal(40140113);
    if (code.step !== 'confirmed') throw new Refusal(40110000);
    code.step = 'used';
    return code;
  }

  #expired(code: QrCode): boolean {
    return this.#clock.now() >= code.expiresAt;
  }

  async #news(code: QrCode, signal: AbortSignal): Promise<void> {
    const wait = Math.min(this.#profile.current.qrPoll, code.expiresAt - this.#clock.now());
    const ended = AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, Math.ceil(wait)))]);
    await once(this.#changes, code.uid, { signal: ended }).catch((error: unknown) => {
      if (!ended.aborted) throw error;
    });
  }
}

function statusOf(step: QrStep): Readonly<Record<string, unknown>> {
  switch (step) {
    case 'scanned':
      return { msg: '已扫码，请在手机上确认', status: 1, version: '1.0.0' };
    case 'confirmed':
      return { msg: '已确认', status: 2, version: '1.0.0' };
    case 'cancelled':
      return { msg: '已取消', status: -2, version: '1.0.0' };
    case 'waiting':
    case 'used':
      return {};
  }
}

function challengeOf(method: QrCode['method'], verifier: string): string {
  return plainAlphabet(createHash(method).update(verifier).digest('base64'));
}

/** Both base64 alphabets are accepted, with and without padding (API document, 3.1). */
function plainAlphabet(base64: string): string {
  return base64.replaceAll('-', '+').replaceAll('_', '/').replaceAll(' ', '+').replace(/=+$/, '');
}
