/**
 * The block sizes of a Vorbis stream's modes, read from the end of its setup
 * header (Vorbis I specification, 4.2.4). The front of that header is codebooks
 * whose length is known only by decoding them; the modes stand last, so they are
 * read backwards: bits are packed low end first, which makes the header, byte by
 * byte from its end, a stream of the same bits in opposite order.
 *
 * From the end: padding, a framing bit 1, then for each mode its mapping (8),
 * transform type 0 (16), window type 0 (16), block flag (1); before the modes
 * their number less one (6). The number that fits the modes found is the true one.
 *
 * @module
 */

/** Most modes a header may have. */
const MODES_MAX = 64;
const MODE_BITS = 41;
const COUNT_BITS = 6;
/** A mapping number that no header reaches: those bits are no mode. */
const MAPPINGS_MAX = 64;

/** Bits of bytes from the last to the first, each from the high end. */
class BackwardBits {
  readonly #bytes: Uint8Array;
  /** Bits read so far. */
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length * 8 - this.at;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.at++) {
      const byte = this.#bytes[this.#bytes.length - 1 - (this.at >> 3)] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.at & 7))) & 1);
    }
    return value;
  }
}

/**
 * Which block size each mode uses (0 short, 1 long), in the order of the modes;
 * `undefined` when this is no setup header.
 */
export function modeBlockFlags(setup: Uint8Array): number[] | undefined {
  const bits = new BackwardBits(setup);
  let framed = false;
  while (!framed && bits.left > 0) framed = bits.read(1) === 1;
  if (!framed) return undefined;
  const flags: number[] = [];
  let found: number[] | undefined;
  while (bits.left >= MODE_BITS + COUNT_BITS && flags.length < MODES_MAX) {
    const fits = bits.read(8) < MAPPINGS_MAX && bits.read(16) === 0 &&
      bits.read(16) === 0;
    if (!fits) break;
    flags.unshift(bits.read(1));
    const start = bits.at;
    if (bits.read(COUNT_BITS) + 1 === flags.length) found = [...flags];
    bits.at = start;
  }
  return found;
}
