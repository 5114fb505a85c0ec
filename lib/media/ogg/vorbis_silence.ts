/**
 * The smallest Vorbis setup there is, for silence on a mount that has had no
 * item yet (Vorbis I specification, 4.2): one codebook of two entries, one floor
 * without partitions, one empty residue, one mapping, one mode of 2048 samples.
 *
 * @module
 */

const RATE = 44100;
const CHANNELS = 2;
/** Both block sizes: 2^11 samples. */
const BLOCK_BITS = 11;

/** Packs numbers low end first, as Vorbis does (specification, 2). */
class BitWriter {
  readonly #bytes: number[];
  #at = 0;

  constructor(text: string) {
    this.#bytes = [...text].map((char) => char.charCodeAt(0));
    this.#at = this.#bytes.length * 8;
  }

  put(bits: number, value: number): this {
    for (let i = 0; i < bits; i++, this.#at++) {
      if ((this.#at & 7) === 0) this.#bytes.push(0);
      this.#bytes[this.#at >> 3]! |= ((value >>> i) & 1) << (this.#at & 7);
    }
    return this;
  }

  finish(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }
}

/** Header packets of a stereo stream at 44.1 kHz that can only be silent. */
export function silentVorbisHeaders(): Uint8Array[] {
  return [identHeader(), commentHeader(), setupHeader()];
}

function identHeader(): Uint8Array {
  return new BitWriter("\x01vorbis")
    .put(32, 0).put(8, CHANNELS).put(32, RATE)
    .put(32, 0).put(32, 0).put(32, 0)
    .put(4, BLOCK_BITS).put(4, BLOCK_BITS).put(8, 1)
    .finish();
}

function commentHeader(): Uint8Array {
  return new BitWriter("\x03vorbis").put(32, 0).put(32, 0).put(8, 1).finish();
}

function setupHeader(): Uint8Array {
  const bits = new BitWriter("\x05vorbis");
  // One codebook: one dimension, two entries of one bit each, no values.
  bits.put(8, 0).put(24, 0x564342).put(16, 1).put(24, 2);
  bits.put(1, 0).put(1, 0).put(5, 0).put(5, 0).put(4, 0);
  // One time domain transform: the placeholder.
  bits.put(6, 0).put(16, 0);
  // One floor of type 1: no partitions, multiplier 1, range of half a block.
  bits.put(6, 0).put(16, 1).put(5, 0).put(2, 0).put(4, BLOCK_BITS - 1);
  // One residue of type 0 that covers nothing: one class, no books.
  bits.put(6, 0).put(16, 0).put(24, 0).put(24, 0).put(24, 0);
  bits.put(6, 0).put(8, 0).put(3, 0).put(1, 0);
  // One mapping: one submap, no coupling, floor 0, residue 0.
  bits.put(6, 0).put(16, 0).put(1, 0).put(1, 0).put(2, 0);
  bits.put(8, 0).put(8, 0).put(8, 0);
  // One mode: short block, mapping 0. Framing.
  return bits.put(6, 0).put(1, 0).put(16, 0).put(16, 0).put(8, 0).put(1, 1)
    .finish();
}
