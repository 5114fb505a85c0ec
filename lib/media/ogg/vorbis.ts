/**
 * Vorbis in Ogg (Vorbis I specification, sections 4 and A). A packet's play time
 * is a quarter of its own block and the one before it; the first packet only
 * primes the decoder.
 *
 * @module
 */
import { concatBytes, hasAscii, u32le } from "../bytes.ts";
import type { TrackInfo } from "../packet.ts";
import type { OggCodec, OggSilence, PacketTiming } from "./codec.ts";
import { parseComments, retitle, textOf, writeComments } from "./comments.ts";
import { modeBlockFlags } from "./vorbis_setup.ts";
import { silentVorbisHeaders } from "./vorbis_silence.ts";

const IDENT_BYTES = 30;
const COMMENT_MAGIC = new TextEncoder().encode("\x03vorbis");
const FRAMING_BIT = new Uint8Array([1]);

/** Vorbis. */
export const vorbis: OggCodec = {
  codec: "vorbis",
  seekSamples: 0,
  primes: true,

  headerPackets(first) {
    return hasAscii(first, 0, "\x01vorbis") ? 3 : undefined;
  },

  describe(headers) {
    const [ident, comments, setup] = headers as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    if (!isIdent(ident) || !hasAscii(comments, 0, "\x03vorbis")) {
      return undefined;
    }
    if (!hasAscii(setup, 0, "\x05vorbis") || !modeBlockFlags(setup)) {
      return undefined;
    }
    return {
      sampleRate: u32le(ident, 12),
      channels: ident[11]!,
      // Nominal bit rate; encoders that do not say write 0 or -1.
      bitrate: Math.max(0, u32le(ident, 20) | 0),
      preSkipSamples: 0,
      ...textOf(parseComments(comments, 7)),
    };
  },

  timing(headers) {
    return makeTiming(headers[0]!, modeBlockFlags(headers[2]!) ?? [0]);
  },

  mountHeaders(info, playing) {
    const comments = retitle(parseComments(info.headers[1]!, 7), playing);
    return [
      info.headers[0]!,
      concatBytes([COMMENT_MAGIC, writeComments(comments), FRAMING_BIT]),
      info.headers[2]!,
    ];
  },

  silence(like) {
    return makeSilence(like);
  },
};

function isIdent(ident: Uint8Array): boolean {
  if (!hasAscii(ident, 0, "\x01vorbis") || ident.length < IDENT_BYTES) {
    return false;
  }
  const [short, long] = blockSizes(ident);
  const rate = u32le(ident, 12);
  return u32le(ident, 7) === 0 && ident[11]! >= 1 && ident[11]! <= 8 &&
    rate >= 1 && rate <= 768_000 && short >= 64 && long <= 8192 &&
    short <= long;
}

/** Both block sizes in samples: powers of two, short and long. */
function blockSizes(ident: Uint8Array): [number, number] {
  const byte = ident[28]!;
  return [2 ** (byte & 15), 2 ** (byte >> 4)];
}

function makeTiming(ident: Uint8Array, flags: number[]): PacketTiming {
  const sizes = blockSizes(ident);
  const modeBits = Math.ceil(Math.log2(flags.length));
  let before: number | undefined;
  return (packet) => {
    const first = packet[0];
    // The low bit of an audio packet is 0; then comes the mode.
    if (first === undefined || (first & 1) !== 0) return undefined;
    const flag = flags[(first >> 1) & (2 ** modeBits - 1)];
    if (flag === undefined) return undefined;
    const size = sizes[flag]!;
    const samples = before === undefined ? 0 : (before + size) / 4;
    before = size;
    return samples;
  };
}

// ---- silence ---------------------------------------------------------------

/**
 * A packet of zeros: mode 0, and every channel's floor unused, which the decoder
 * answers with silence, whatever the setup (4.3.2).
 */
function makeSilence(like: TrackInfo | undefined): OggSilence {
  const headers = like?.headers ?? silentVorbisHeaders();
  const [ident, , setup] = headers as [Uint8Array, Uint8Array, Uint8Array];
  const stream = vorbis.describe(headers);
  const info: TrackInfo = {
    codec: "vorbis",
    sampleRate: u32le(ident, 12),
    channels: ident[11]!,
    bitrate: stream?.bitrate ?? 0,
    headers: [ident, emptyComments(), setup],
  };
  const size = blockSizes(ident)[modeBlockFlags(setup)?.[0] ?? 0]!;
  const data = new Uint8Array(SILENT_BYTES);
  return {
    info,
    packet: (index) => ({
      data,
      durationSamples: index === 0 ? 0 : size / 2,
    }),
  };
}

/** Enough zero bits for mode, window flags and a floor each for eight channels. */
const SILENT_BYTES = 3;

function emptyComments(): Uint8Array {
  const empty = writeComments({ vendor: "", fields: [] });
  return concatBytes([COMMENT_MAGIC, empty, FRAMING_BIT]);
}
