/**
 * The shell round every push parser of this folder: reads blocks on demand,
 * hands them to the parser, gives out packets. Here is the one place that gives
 * up on a file that has stopped making sense.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { MEDIA_GARBAGE_BYTES_MAX } from "../limits.ts";
import type { Packet } from "./packet.ts";
import type { RandomAccess } from "./random_access.ts";

/** Bytes of one read: one leaf of the hash tree, on its boundaries. */
export const BLOCK_BYTES = 16 * 1024;

/** Bytes in, packets out; never throws, whatever the bytes. */
export interface PacketParser {
  /** Takes the next bytes and returns the packets they complete. */
  push(chunk: Uint8Array): Packet[];
  /** Says that no more bytes come and returns the last packets. */
  finish(): Packet[];
  /** How many of the bytes that come next may be left out. */
  readonly skippable: number;
  /** Says that `count` of them were left out. */
  skip(count: number): void;
}

/**
 * The block that begins at `offset` and ends on a block boundary: a leaf is
 * never asked for in two halves by a reader that goes straight on.
 */
export function readBlock(
  source: RandomAccess,
  offset: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const end = (Math.floor(offset / BLOCK_BYTES) + 1) * BLOCK_BYTES;
  const length = Math.min(end, source.size) - offset;
  return length <= 0
    ? Promise.resolve(new Uint8Array(0))
    : source.read(offset, length, signal);
}

/**
 * The packets of `source` from `offset` on, read as they are asked for.
 *
 * The stream fails with `media-rejected` after
 * {@linkcode MEDIA_GARBAGE_BYTES_MAX} bytes without a packet, and with whatever
 * the source throws.
 */
export function packetStream(
  source: RandomAccess,
  offset: number,
  parser: PacketParser,
  signal?: AbortSignal,
): ReadableStream<Packet> {
  const abort = new AbortController();
  const either = signal === undefined
    ? abort.signal
    : AbortSignal.any([signal, abort.signal]);
  const pump = new Pump(source, offset, parser, either);
  return new ReadableStream<Packet>({
    async pull(controller) {
      const packets = await pump.next();
      for (const packet of packets ?? []) controller.enqueue(packet);
      if (packets === undefined) controller.close();
    },
    cancel(reason) {
      abort.abort(reason);
    },
  }, { highWaterMark: 0 });
}

class Pump {
  readonly #source: RandomAccess;
  readonly #parser: PacketParser;
  readonly #signal: AbortSignal;
  #at: number;
  #ended = false;

  constructor(
    source: RandomAccess,
    offset: number,
    parser: PacketParser,
    signal: AbortSignal,
  ) {
    this.#source = source;
    this.#at = offset;
    this.#parser = parser;
    this.#signal = signal;
  }

  /** At least one packet, or `undefined` at the end. */
  async next(): Promise<Packet[] | undefined> {
    const start = this.#at;
    let tags = 0;
    while (!this.#ended) {
      tags += this.#leap();
      const chunk = await readBlock(this.#source, this.#at, this.#signal);
      this.#at += chunk.length;
      this.#ended = chunk.length === 0;
      const packets = this.#ended
        ? this.#parser.finish()
        : this.#parser.push(chunk);
      if (packets.length > 0) return packets;
      this.#checkGarbage(this.#at - start - tags);
    }
    return undefined;
  }

  /** Steps over what the parser does not need; returns how much that was. */
  #leap(): number {
    const left = Math.max(0, this.#source.size - this.#at);
    const count = Math.min(this.#parser.skippable, left);
    this.#parser.skip(count);
    this.#at += count;
    return count;
  }

  #checkGarbage(bytes: number): void {
    if (bytes <= MEDIA_GARBAGE_BYTES_MAX) return;
    throw new AlluviumError(
      "media-rejected",
      `Cannot go on playing: no packet in ${bytes} bytes up to byte ${this.#at}`,
    );
  }
}
