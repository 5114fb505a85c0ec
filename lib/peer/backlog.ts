/**
 * What was taken in and is still to be hashed or written. A download that comes
 * faster than that waits in its sockets, not in memory.
 *
 * @module
 */

/** Counts bytes; says when there are too many, and when there is room again. */
export class Backlog {
  #bytes = 0;
  #isFull = false;

  /**
   * @param bytesMax more is too many; half of it is room again, so that there is
   *   something to do while more comes
   * @param source stops bringing more when there are too many, and goes on when
   *   there is room again
   */
  constructor(
    readonly bytesMax: number,
    readonly source: { pause(): void; resume(): void },
  ) {}

  /** Whether nothing more is to be brought. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Counts bytes until `done` is fulfilled, which must not be rejected. */
  add(bytes: number, done: Promise<unknown>): void {
    this.#bytes += bytes;
    if (this.#bytes > this.bytesMax && !this.#isFull) {
      this.#isFull = true;
      this.source.pause();
    }
    void done.then(() => this.#remove(bytes));
  }

  #remove(bytes: number): void {
    this.#bytes -= bytes;
    if (!this.#isFull || this.#bytes > this.bytesMax / 2) return;
    this.#isFull = false;
    this.source.resume();
  }
}
