/**
 * Packets: encoded sound and pictures in the smallest pieces a decoder takes,
 * never decoded here. Files become packets, packets become a mount's container.
 *
 * Sound is the clock: a track always has it, and its packets carry all play
 * time. Pictures travel between them and say when they are shown against it.
 *
 * @module
 */

/** The codecs of sound that become mounts. */
export type Codec = "mp3" | "aac" | "opus" | "vorbis" | "flac";

/** The codecs of pictures that become mounts. */
export type VideoCodec = "h264" | "hevc" | "vp8" | "vp9" | "av1";

/** What a decoder must know of a film before its first picture. */
export interface VideoInfo {
  /** Which codec. */
  codec: VideoCodec;
  /** Pixels a row, as coded. */
  width: number;
  /** Rows, as coded. */
  height: number;
  /**
   * H.264 and HEVC: the parameter sets, one NAL unit each, without start codes.
   * AV1: the contents of `av1C`. Empty for VP8 and VP9.
   */
  headers: Uint8Array[];
}

/** When a picture is decoded and shown. */
export interface PictureTime {
  /** Whether a decoder may start here. */
  key: boolean;
  /** When it is shown, in ms after the place in the stream where the packet stands. */
  showMs: number;
  /** When it is decoded, in ms after that place; never later than `showMs`. */
  decodeMs: number;
}

/** What a decoder must know before the first packet. */
export interface TrackInfo {
  /** Which codec. */
  codec: Codec;
  /** Samples per second of the packets' durations (48000 for Opus always). */
  sampleRate: number;
  /** Channels, 1 to 8. */
  channels: number;
  /** Average bits per second, 0 where unknown. */
  bitrate: number;
  /** Length in samples at `sampleRate`, where the file says. */
  durationSamples?: number;
  /**
   * Ogg's codecs: the header packets as they stand in Ogg (e.g. OpusHead and
   * OpusTags), whatever the file's container. AAC: its AudioSpecificConfig
   * (ISO 14496-3, 1.6.2.1). Empty for MP3.
   */
  headers: Uint8Array[];
  /** The pictures that come with the sound, if any. */
  video?: VideoInfo;
  /** Codec of pictures that are left out, as no mount carries them with this sound. */
  leftOut?: VideoCodec;
  /**
   * Ogg only: the sample at which this file begins by its own positions; more
   * than 0 in a part of a longer recording.
   */
  positionSamples?: number;
  /**
   * Ogg: samples at the beginning of the packets that are decoded and not heard.
   * Opus' pre-skip; after a start in the middle all that lies before the time
   * asked for. Default 0.
   */
  preSkipSamples?: number;
  /** Title in the file's tags. */
  title?: string;
  /** Performer in the file's tags. */
  creator?: string;
}

/** One codec packet: an MP3 frame, an Opus packet, a picture. */
export interface Packet {
  /**
   * Its bytes, as a decoder takes them: AAC without ADTS, H.264 and HEVC with
   * start codes (Annex B) and without access unit delimiters.
   */
  data: Uint8Array;
  /**
   * Duration in samples at the track's `sampleRate`, before any trimming; 0 for
   * a picture, as sound carries all play time.
   */
  durationSamples: number;
  /** Set for a picture of the track's `video`; the rest are sound. */
  picture?: PictureTime;
  /** Ogg only: samples to cut from the end of this packet (last packet of a stream). */
  trimEndSamples?: number;
  /** Ogg only: its file says that the stream is over; without that another file may go on with it. */
  closes?: true;
  /**
   * MP3 only, after a start in the middle of a file: this frame lies before the
   * time asked for and is here for its bytes, which later frames refer back to
   * (the bit reservoir, ISO 11172-3, 2.4.3.4). It counts as time all the same.
   */
  preroll?: true;
  /**
   * Ogg only: a new logical stream of the same file begins with this packet
   * (chained streams). Same codec, sample rate and channels as the track's.
   */
  restart?: TrackInfo;
}

/** A file opened at a time: its parameters and its packets from there on. */
export interface Track {
  /** Its parameters. */
  info: TrackInfo;
  /**
   * Where `packets` begins to sound, in ms from the beginning of the file: never
   * after the time asked for by more than one packet, before it by the frames of
   * pre-roll (MP3). Past the end: the file's duration, and no packets.
   */
  startMs: number;
  /** The packets, read as they are asked for. */
  packets: ReadableStream<Packet>;
}

/**
 * A piece of a mount's stream, ready to send: whole packets in the mount's
 * container.
 */
export interface MountChunk {
  /** Its bytes. */
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
  /**
   * Set where codec parameters differ from those before, so that a decoder
   * should begin anew (an HLS discontinuity).
   */
  changed?: true;
}
