/** So many tails in a row that nobody read: the next would not be read either. */
const ENOUGH = 8;

/** Whether the tails that are fetched beside the heads of files get read: a scan for heads alone teaches that they do not. */
export class TailHabit {
  #unread = 0;

  get isWorthwhile(): boolean {
    return this.#unread < ENOUGH;
  }

  /** The tail of a file was fetched although nobody had asked. */
  fetched(): void {
    this.#unread += 1;
  }

  /** Somebody read the tail of a file. */
  used(): void {
    this.#unread = 0;
  }
}
