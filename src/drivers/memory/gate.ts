import type { Call } from '../../lib/call.js';
import type { Clock } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { MemoryOutages } from './outages.js';

/** What every call to the memory cloud passes: counted, held back, delayed, cut off, or refused for a lost login. */
export class MemoryGate {
  readonly outages = new MemoryOutages();
  readonly #clock: Clock;
  readonly #latency: number;
  readonly #uploadRate: number | null;
  readonly #counts = new Map<string, number>();
  readonly #heldBack = new Set<() => void>();
  #holding = false;
  #refusal: string | null = null;
  #login: 'unknown' | 'ok' | 'lost' = 'unknown';

  /** Each call takes `latency` milliseconds; uploads get `uploadRate` bytes a second, null for no limit. */
  constructor(clock: Clock, latency: number, uploadRate: number | null) {
    this.#clock = clock;
    this.#latency = latency;
    this.#uploadRate = uploadRate;
  }

  /** Resolves when the cloud answers. Rejects with the signal's reason on abort, EACCES when the login is lost, and in an outage. */
  async pass(call: Call, name: string): Promise<void> {
    call.signal.throwIfAborted();
    this.#counts.set(name, this.calls(name) + 1);
    if (this.#holding) await this.#released(call.signal);
    if (this.#latency > 0) await this.#clock.sleep(this.#latency, call.signal);
    if (this.#refusal !== null) {
      this.#login = 'lost';
      throw new FsError('EACCES', this.#refusal, { reason: 'login' });
    }
    this.#login = 'ok';
    this.outages.arriving(name);
  }

  /** The outcome of what the cloud does on this call. Rejects as `pass` does, and with EIO (network) when the answer is lost. */
  async perform<T>(call: Call, name: string, work: () => T): Promise<T> {
    await this.pass(call, name);
    const answer = work();
    this.outages.answering(name);
    return answer;
  }

  /** Resolves when so many bytes have gone up the line. Rejects with the signal's reason on abort. */
  async transfer(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.#uploadRate !== null) await this.#clock.sleep((bytes / this.#uploadRate) * 1000, signal);
  }

  /** How often the call of this name was made; all calls without a name. */
  calls(name?: string): number {
    if (name !== undefined) return this.#counts.get(name) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What the last call found. */
  get login(): 'unknown' | 'ok' | 'lost' {
    return this.#login;
  }

  /** Why calls are refused; null while they are not. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** From now on no call is answered, until `release`. */
  hold(): void {
    this.#holding = true;
  }

  /** Answers what was held back, and all that follows. */
  release(): void {
    this.#holding = false;
    for (const release of [...this.#heldBack]) release();
  }

  /** From now on the login is not accepted; the message is what the person reads. */
  loseLogin(message: string): void {
    this.#refusal = message;
  }

  /** A person has logged in again. */
  restoreLogin(): void {
    this.#refusal = null;
  }

  /** Forgets what calls have found about the login. */
  forgetLogin(): void {
    this.#login = 'unknown';
  }

  #released(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', aborted);
        this.#heldBack.delete(release);
      };
      const release = (): void => {
        leave();
        resolve();
      };
      const aborted = (): void => {
        leave();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#heldBack.add(release);
    });
  }
}
