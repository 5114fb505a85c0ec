/**
 * MP3 frames and Ogg packets by a walk of the tests' own, which shares no code
 * with `lib/media`, and where the ones of a received stream stand in their file.
 *
 * @module
 */

/** kbit/s of MPEG-1 layer III by the header's index. */
const BITRATES = "0 32 40 48 56 64 80 96 112 128 160 192 224 256 320".split(" ")
  .map(Number);
const SAMPLE_RATES = [44_100, 48_000, 32_000];

/**
 * The MPEG-1 layer III frames of a file or stream, the note of an encoder
 * (Xing, Info) included.
 *
 * @throws {Error} where a frame does not follow the last one
 */
export function mp3Frames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = id3Length(bytes); at + 4 <= bytes.length;) {
    const [sync, version, numbers] = bytes.subarray(at);
    if (text(bytes, at, 3) === "TAG") break; // ID3v1, at the end
    const bitrate = BITRATES[numbers! >> 4];
    const rate = SAMPLE_RATES[numbers! >> 2 & 3];
    if (sync !== 0xff || (version! | 1) !== 0xfb || !bitrate || !rate) {
      throw new Error(`Cannot find a frame at byte ${at}`);
    }
    const padding = numbers! >> 1 & 1;
    const length = Math.floor(144_000 * bitrate / rate) + padding;
    if (at + length > bytes.length) break; // the stream was cut here
    frames.push(bytes.slice(at, at + length));
    at += length;
  }
  return frames;
}

function id3Length(bytes: Uint8Array): number {
  if (text(bytes, 0, 3) !== "ID3") return 0;
  return bytes.subarray(6, 10).reduce((n, byte) => n << 7 | byte, 0) + 10;
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

/** Whether a frame has no sound of its own: nothing coded for any granule. */
export function isSilentMp3(frame: Uint8Array): boolean {
  const protectedBytes = frame[1]! & 1 ? 0 : 2;
  const mono = frame[3]! >> 6 === 3;
  const channels = mono ? 1 : 2;
  // Side information: 9 bits, private bits, 4 bits a channel, then granules of
  // 59 bits a channel, whose first 12 say how much is coded.
  let bit = (4 + protectedBytes) * 8 + 9 + (mono ? 5 : 3) + 4 * channels;
  for (let granule = 0; granule < 2 * channels; granule++, bit += 59) {
    if (bits(frame, bit, 12) !== 0) return false;
  }
  return true;
}

function bits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    value = value << 1 | bytes[i >> 3]! >> (7 - (i & 7)) & 1;
  }
  return value;
}

/** One logical stream of an Ogg file. */
export interface OggStream {
  /** Packets, headers included. */
  packets: Uint8Array[];
}

/**
 * The logical streams of an Ogg file or stream, in order.
 *
 * @throws {Error} where a page does not follow the last one
 */
export function oggStreams(bytes: Uint8Array): OggStream[] {
  const streams = new Map<number, OggStream & { open: number[] }>();
  for (let at = 0; at + 27 <= bytes.length;) {
    if (text(bytes, at, 4) !== "OggS") {
      throw new Error(`Cannot find a page at byte ${at}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const serial = view.getUint32(14, true);
    const lacing = bytes.subarray(at + 27, at + 27 + view.getUint8(26));
    let data = at + 27 + view.getUint8(26);
    const end = lacing.reduce((sum, length) => sum + length, data);
    if (end > bytes.length) break; // the stream was cut here
    const stream = streams.get(serial) ?? { packets: [], open: [] };
    streams.set(serial, stream);
    for (const length of lacing) {
      stream.open.push(...bytes.subarray(data, data + length));
      data += length;
      if (length === 255) continue;
      stream.packets.push(Uint8Array.from(stream.open));
      stream.open = [];
    }
    at = end;
  }
  return [...streams.values()].map(({ packets }) => ({ packets }));
}

/** The sound of Ogg Opus, all logical streams after each other: no headers. */
export function opusPackets(bytes: Uint8Array): Uint8Array[] {
  return oggStreams(bytes).flatMap(({ packets }) =>
    packets.filter((packet) => !/^Opus(Head|Tags)/.test(text(packet, 0, 8)))
  );
}

/** The sound of Ogg FLAC, all logical streams after each other: no headers. */
export function flacPackets(bytes: Uint8Array): Uint8Array[] {
  return oggStreams(bytes).flatMap(({ packets }) =>
    packets.filter((packet) => packet[0] === 0xff)
  );
}

/** Whether an Opus packet has no sound: what encoders send for silence. */
export function isSilentOpus(packet: Uint8Array): boolean {
  return packet.length <= 3;
}

/** Where received frames or packets stand in their sources. */
export interface Placed {
  /** Runs without a gap: `[source, first, count]`. */
  runs: [source: number, first: number, count: number][];
  /** Those that are silent. */
  silent: number;
  /** Those that are neither in a source nor silent. */
  foreign: number;
}

/**
 * Finds each of `received` in `sources`, all of whose frames differ.
 *
 * @param isSilent of one that is in no source
 */
export function place(
  received: readonly Uint8Array[],
  sources: readonly (readonly Uint8Array[])[],
  isSilent: (frame: Uint8Array) => boolean,
): Placed {
  const places = new Map<string, [source: number, index: number]>();
  sources.forEach((frames, source) =>
    frames.forEach((frame, i) => places.set(key(frame), [source, i]))
  );
  const placed: Placed = { runs: [], silent: 0, foreign: 0 };
  for (const frame of received) {
    const found = places.get(key(frame));
    if (found !== undefined) extend(placed.runs, found);
    else if (isSilent(frame)) placed.silent++;
    else placed.foreign++;
  }
  return placed;
}

function extend(
  runs: Placed["runs"],
  [source, index]: [source: number, index: number],
): void {
  const last = runs.at(-1);
  if (last && last[0] === source && last[1] + last[2] === index) last[2]++;
  else runs.push([source, index, 1]);
}

const latin1 = new TextDecoder("latin1");

function key(frame: Uint8Array): string {
  return latin1.decode(frame);
}
