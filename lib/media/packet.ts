/**
 * Packets: encoded audio in the smallest pieces a decoder takes, never decoded
 * here. Files become packets, packets become a mount's container.
 *
 * @module
 */

/** The codecs that become mounts in this version. */
export type Codec = "mp3" | "opus" | "vorbis" | "flac";

/** What a decoder must know before the first packet. */
export interface TrackInfo {
  codec: Codec;
  /** Samples per second of the packets' durations (48000 for Opus always). */
  sampleRate: number;
  /** Channels, 1 to 8. */
  channels: number;
  /** Average bits per second, 0 where unknown. */
  bitrate: number;
  /** Length in samples at `sampleRate`, where the file says. */
  durationSamples?: number;
  /** Ogg: the codec's header packets (e.g. OpusHead and OpusTags), unchanged. */
  headers: Uint8Array[];
  /** Tags found in the file. */
  title?: string;
  creator?: string;
}

/** One codec packet: an MP3 frame, an Opus packet. */
export interface Packet {
  data: Uint8Array;
  /** Duration in samples at the track's `sampleRate`. */
  durationSamples: number;
  /** Ogg only: samples to cut from the end of this packet (last packet of a stream). */
  trimEndSamples?: number;
}

/** A file opened at a time: its parameters and its packets from there on. */
export interface Track {
  info: TrackInfo;
  /** Where the first packet of `packets` lies in the file, in ms, never after the time asked for by more than one packet. */
  startMs: number;
  packets: ReadableStream<Packet>;
}

/**
 * A piece of a mount's stream, ready to send: whole packets in the mount's
 * container.
 */
export interface MountChunk {
  data: Uint8Array;
  /** How long it plays, in ms (fractions matter: the sum is the clock). */
  durationMs: number;
  /**
   * What a listener that starts at this chunk must be sent first (Ogg header
   * pages; empty for MP3). Present where a listener may start.
   */
  header?: Uint8Array;
  /** Set on the first chunk of an item: the title from here on. */
  title?: string;
}
