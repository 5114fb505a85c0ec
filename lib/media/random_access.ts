/**
 * The one thing media readers need from whoever holds the bytes: any range, at
 * any time, verified. The swarm's file is one; a file on disk and an array in a
 * test are others.
 *
 * @module
 */

/** Bytes at an offset, waiting for them if they are still on their way. */
export interface RandomAccess {
  /** Length in bytes. */
  readonly size: number;
  /**
   * Reads exactly `min(length, size - offset)` bytes.
   *
   * @throws AlluviumError when the bytes cannot be had
   * @throws the signal's reason when it aborts
   */
  read(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
}

/**
 * The bytes from `offset` to the end as a stream, read in blocks on demand.
 *
 * @param blockBytes how much each read asks for, default 16 KiB: one leaf
 */
export function streamFrom(
  source: RandomAccess,
  offset: number,
  blockBytes: number = 16 * 1024,
): ReadableStream<Uint8Array> {
  const abort = new AbortController();
  let at = offset;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (at >= source.size) return controller.close();
      // Reads end on block boundaries, so that a block is asked for once.
      const end = Math.min(
        source.size,
        (Math.floor(at / blockBytes) + 1) * blockBytes,
      );
      const bytes = await source.read(at, end - at, abort.signal);
      at += bytes.length;
      controller.enqueue(bytes);
    },
    cancel(reason) {
      abort.abort(reason);
    },
  }, { highWaterMark: 0 });
}

/** Bytes in memory as a file, for what is small and for tests. */
export function fromBytes(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read(offset, length, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}
