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

/** What was read of a stream before somebody asked for it. */
export interface Begun {
  /** Offset of the first byte that was not read. */
  offset: number;
  /** The packets so far. */
  packets: Packet[];
}

/**
 * Reads from `offset` on until a parser knows what whoever opens the file must
 * know, or the file ends.
 *
 * @throws AlluviumError `media-rejected` after MEDIA_GARBAGE_BYTES_MAX
 * @throws whatever the source throws
 */
export async function begin(
  source: RandomAccess,
  offset: number,
  parser: PacketParser,
  isKnown: () => boolean,
  signal?: AbortSignal,
): Promise<Begun> {
  const pump = new Pump(source, offset, parser, signal);
  const packets: Packet[] = [];
  while (!isKnown()) {
    const next = await pump.step();
    if (next === undefined) break;
    packets.push(...next);
  }
  return { offset: pump.offset, packets };
}

/**
 * The packets of `source` from `offset` on, read as they are asked for.
 *
 * @param begun what was read from there already, in place of an offset
 *
 * The stream fails with `media-rejected` after
 * {@linkcode MEDIA_GARBAGE_BYTES_MAX} bytes without a packet, and with whatever
 * the source throws.
 */
export function packetStream(
  source: RandomAccess,
  begun: number | Begun,
  parser: PacketParser,
  signal?: AbortSignal,
): ReadableStream<Packet> {
  const { offset, packets: first } = typeof begun === "number"
    ? { offset: begun, packets: [] }
    : begun;
  const abort = new AbortController();
  const either = signal === undefined
    ? abort.signal
    : AbortSignal.any([signal, abort.signal]);
  const pump = new Pump(source, offset, parser, either);
  return new ReadableStream<Packet>({
    start(controller) {
      for (const packet of first) controller.enqueue(packet);
    },
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
  readonly #signal: AbortSignal | undefined;
  #at: number;
  #ended = false;
  /** Bytes in a row without a packet. */
  #garbage = 0;

  constructor(
    source: RandomAccess,
    offset: number,
    parser: PacketParser,
    signal: AbortSignal | undefined,
  ) {
    this.#source = source;
    this.#at = offset;
    this.#parser = parser;
    this.#signal = signal;
  }

  /** Offset of what is read next. */
  get offset(): number {
    return this.#at;
  }

  /** At least one packet, or `undefined` at the end. */
  async next(): Promise<Packet[] | undefined> {
    for (;;) {
      const packets = await this.step();
      if (packets === undefined || packets.length > 0) return packets;
    }
  }

  /** The packets of the next block, or `undefined` behind the last one. */
  async step(): Promise<Packet[] | undefined> {
    if (this.#ended) return undefined;
    this.#leap();
    const chunk = await readBlock(this.#source, this.#at, this.#signal);
    this.#at += chunk.length;
    this.#ended = chunk.length === 0;
    const packets = this.#ended
      ? this.#parser.finish()
      : this.#parser.push(chunk);
    this.#garbage = packets.length > 0 ? 0 : this.#garbage + chunk.length;
    this.#checkGarbage();
    return packets;
  }

  /** Steps over what the parser does not need. */
  #leap(): void {
    const left = Math.max(0, this.#source.size - this.#at);
    const count = Math.min(this.#parser.skippable, left);
    this.#parser.skip(count);
    this.#at += count;
  }

  #checkGarbage(): void {
    if (this.#garbage <= MEDIA_GARBAGE_BYTES_MAX) return;
    throw new AlluviumError(
      "media-rejected",
      `Cannot go on playing: no packet in ${this.#garbage} bytes up to byte ${this.#at}`,
    );
  }
}
