/**
 * The bits of a parameter set, as H.264 and HEVC write them. Pure and total.
 *
 * @module
 */

/** Bits of a NAL unit, without the bytes that only prevent start codes; zeros past the end. */
export class NalBits {
  readonly #bytes: number[] = [];
  #at = 0;

  /** @param unit from its first byte on */
  constructor(unit: Uint8Array) {
    let zeros = 0;
    for (const byte of unit) {
      const isGuard = zeros >= 2 && byte === 3;
      zeros = byte === 0 ? zeros + 1 : 0;
      if (!isGuard) this.#bytes.push(byte);
    }
  }

  /** Steps over so many bits. */
  skip(count: number): void {
    this.#at += count;
  }

  /** The next bits as a number, at most 32. */
  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** Exp-Golomb code ue(v) (9.1); at most 32 zeros in front. */
  golomb(): number {
    let zeros = 0;
    while (zeros < 32 && this.take(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.take(zeros);
  }

  /** se(v). */
  signedGolomb(): number {
    const code = this.golomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
