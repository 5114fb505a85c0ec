/**
 * Drops the packets before the place where a track starts, and says what is left
 * before the very sample.
 *
 * @module
 */
import type { OggCodec } from "./codec.ts";
import type { TimedPacket } from "./link_reader.ts";

/** The field has 16 bits (RFC 7845, 5.1); packets and settling need 9600 at most. */
const PRE_SKIP_MAX = 65535;

/** Lets packets through from the one that decoding must begin with. */
export class StartFilter {
  readonly #codec: OggCodec;
  /** Granule position of the sample asked for. */
  readonly #granule: number;
  #open = false;
  /** The last packet dropped: a codec that must be primed gets it. */
  #before: TimedPacket | undefined;
  /** Granule position where the first packet let through begins. */
  #start: number;

  /** Closed until the packet that decoding must begin with. */
  constructor(codec: OggCodec, granule: number) {
    this.#codec = codec;
    this.#granule = granule;
    this.#start = granule;
  }

  /** Samples before the one asked for, for codecs that can hide them; else 0. */
  get preSkipSamples(): number {
    if (!this.#hides) return 0;
    return Math.min(PRE_SKIP_MAX, Math.max(0, this.#granule - this.#start));
  }

  /** Granule position of the first sample that will sound. */
  get soundsAt(): number {
    return this.#hides ? Math.max(this.#granule, this.#start) : this.#start;
  }

  /** The packets that go through. */
  pass(packets: TimedPacket[]): TimedPacket[] {
    if (this.#open) return packets;
    const wanted = this.#granule - this.#codec.seekSamples;
    const first = packets.findIndex((x) =>
      x.end > wanted || x.packet.restart !== undefined
    );
    if (first < 0) {
      this.#before = packets.at(-1) ?? this.#before;
      return [];
    }
    this.#before = packets[first - 1] ?? this.#before;
    this.#open = true;
    return this.#opened(packets.slice(first));
  }

  #opened(packets: TimedPacket[]): TimedPacket[] {
    const first = packets[0]!;
    this.#start = first.end - first.packet.durationSamples;
    if (!this.#codec.primes || first.packet.restart !== undefined) {
      return packets;
    }
    const primer = this.#before ?? first;
    if (primer === first) this.#start = first.end;
    const silent = { ...primer.packet, durationSamples: 0 };
    const rest = primer === first ? packets.slice(1) : packets;
    return [{ packet: silent, end: primer.end }, ...rest];
  }

  /** Only codecs with pre-roll have a pre-skip to hide it with. */
  get #hides(): boolean {
    return this.#codec.seekSamples > 0;
  }
}
