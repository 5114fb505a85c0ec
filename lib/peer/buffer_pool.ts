/**
 * Buffers that are used again. A download at hundreds of megabytes a second goes
 * through a buffer every few milliseconds; made anew each time, they are cleared,
 * paged in and collected, which took a quarter of all CPU time of both sides.
 *
 * A buffer goes back when nobody keeps it. Who reads into it keeps it until what
 * it brought has been acted on ({@linkcode BufferPool.spend}, then {@linkcode
 * BufferPool.settle}); whoever wants its bytes for longer says so ({@linkcode
 * BufferPool.keep}) and says when that is over. A buffer that somebody forgets
 * to give back is collected as any other: nothing leaks.
 *
 * @module
 */

/**
 * Buffers of one size, of half of it, of a quarter, and so on. `B` is what they
 * are: shared with other threads, or not.
 */
export class BufferPool<B extends ArrayBufferLike = ArrayBufferLike> {
  /** How many keep each buffer that is out. */
  readonly #keepers = new WeakMap<ArrayBufferLike, number>();
  /** By how often the largest size was halved. */
  readonly #idle: B[][] = [];
  #idleBytes = 0;
  readonly #spent: Uint8Array[] = [];

  /**
   * @param size bytes of the largest
   * @param idleBytesMax how much is kept that nobody uses
   * @param make makes one of so many bytes
   */
  constructor(
    readonly size: number,
    readonly idleBytesMax: number,
    readonly make: (size: number) => B,
  ) {}

  /**
   * A buffer with anything in it, kept once: by the caller.
   *
   * @param atLeast bytes, up to those of the largest
   */
  take(atLeast: number): Uint8Array<B> {
    const halvings = Math.floor(Math.log2(this.size / atLeast));
    let buffer = this.#idle[halvings]?.pop();
    if (buffer === undefined) {
      buffer = this.make(Math.ceil(this.size / 2 ** halvings));
    } else this.#idleBytes -= buffer.byteLength;
    this.#keepers.set(buffer, 1);
    return new Uint8Array(buffer);
  }

  /** One more keeps the buffer these bytes are in. Harmless where it is not ours. */
  keep({ buffer }: Uint8Array): void {
    const keepers = this.#keepers.get(buffer);
    if (keepers !== undefined) this.#keepers.set(buffer, keepers + 1);
  }

  /** One keeps it no more; the last gives it back. Harmless where it is not ours. */
  release({ buffer }: Uint8Array): void {
    const keepers = this.#keepers.get(buffer);
    if (keepers === undefined) return;
    if (keepers > 1) return void this.#keepers.set(buffer, keepers - 1);
    this.#keepers.delete(buffer);
    const { byteLength } = buffer;
    if (this.#idleBytes + byteLength > this.idleBytesMax) return;
    this.#idleBytes += byteLength;
    const halvings = Math.round(Math.log2(this.size / byteLength));
    (this.#idle[halvings] ??= []).push(buffer as B);
  }

  /** Whoever took it is done with it, but not yet those it gave parts of it to. */
  spend(bytes: Uint8Array): void {
    if (this.#keepers.has(bytes.buffer)) this.#spent.push(bytes);
  }

  /** All that came in has been acted on: what was spent is released. */
  settle(): void {
    for (const bytes of this.#spent.splice(0)) this.release(bytes);
  }
}
