/**
 * What the Ogg reader and the Ogg mount must know of a codec, and nothing else
 * of it: a new codec is one more object of this kind and a row in the table of
 * `codecs.ts`.
 *
 * @module
 */
import type { NowPlaying } from "../mount_writer.ts";
import type { Codec, Packet, TrackInfo } from "../packet.ts";
import type { TagText } from "../tags/id3.ts";

/** A logical stream as its header packets describe it. */
export interface OggStream extends TagText {
  /** Samples per second of positions and durations. */
  sampleRate: number;
  /** 1 to 8. */
  channels: number;
  /** Bits per second, 0 where the headers do not say. */
  bitrate: number;
  /** Samples that are decoded and not heard, at the start. */
  preSkipSamples: number;
}

/**
 * Play time of one packet after the other, in samples; `undefined` for what is
 * no audio packet. Keeps what it must remember from packet to packet.
 */
export type PacketTiming = (packet: Uint8Array) => number | undefined;

/** Endless silence of one set of parameters. */
export interface OggSilence {
  /** What a link of it needs: headers, rate, channels. */
  info: TrackInfo;
  /** Silent packet number `index`, counted from 0. */
  packet(index: number): Packet;
}

/** One codec in Ogg. */
export interface OggCodec {
  /** Its name. */
  readonly codec: Codec;
  /**
   * How far before the wanted sample decoding must begin, in samples, to sound
   * right from there on.
   */
  readonly seekSamples: number;
  /** Whether the first packet a decoder gets only primes it and sounds not at all. */
  readonly primes: boolean;
  /**
   * How many header packets a stream has that begins with `first`; `undefined`
   * when it is another codec's.
   */
  headerPackets(first: Uint8Array): number | undefined;
  /** What the headers say; `undefined` when they are broken. */
  describe(headers: Uint8Array[]): OggStream | undefined;
  /** Starts counting at the first packet after headers that `describe` took. */
  timing(headers: Uint8Array[]): PacketTiming;
  /**
   * Header packets for a mount: with the title given, and `info.preSkipSamples`.
   * The first stands alone on the first page.
   */
  mountHeaders(info: TrackInfo, playing: NowPlaying): Uint8Array[];
  /** Silence with the parameters of `like`, or of most stations. */
  silence(like?: TrackInfo): OggSilence;
}
