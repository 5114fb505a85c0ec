/**
 * What media tests share: a source that counts, whole tracks and mounts in one
 * call, and ffmpeg as the maker of inputs and judge of outputs.
 *
 * @module
 */
import { concatBytes } from "../../lib/media/bytes.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import { type OpenOptions, openTrack } from "../../lib/media/open.ts";
import type { MountChunk, Packet, Track } from "../../lib/media/packet.ts";
import { fromBytes, type RandomAccess } from "../../lib/media/random_access.ts";
import { run } from "../support/processes.ts";
import { program } from "../support/programs.ts";

/** The program that makes inputs and judges outputs. */
export const ffmpeg = program("ffmpeg");

/** A source that knows which 16 KiB leaves were asked for. */
export class CountingSource implements RandomAccess {
  readonly size: number;
  /** Numbers of the leaves read. */
  readonly leaves = new Set<number>();
  /** How many reads. */
  reads = 0;
  #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  /** Bytes a swarm would have fetched. */
  get bytesFetched(): number {
    return this.leaves.size * 16384;
  }

  read(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    signal?.throwIfAborted();
    if (!Number.isInteger(offset) || offset < 0 || offset > this.size) {
      throw new RangeError(`Cannot read at ${offset}`);
    }
    this.reads++;
    const end = Math.min(this.size, offset + length);
    for (let i = offset >> 14; i * 16384 < end; i++) this.leaves.add(i);
    return Promise.resolve(this.#bytes.subarray(offset, end));
  }
}

/** All packets of a track. */
export async function packetsOf(track: Track): Promise<Packet[]> {
  return await Array.fromAsync(track.packets);
}

/** Opens bytes and reads all packets. */
export async function readAll(
  bytes: Uint8Array,
  options: OpenOptions = {},
): Promise<{ track: Track; packets: Packet[] }> {
  const track = await openTrack(fromBytes(bytes), options);
  return { track, packets: await packetsOf(track) };
}

/** Plays files one after the other into a mount. */
export async function mountFiles(
  files: Uint8Array[],
  writer?: MountWriter,
): Promise<MountChunk[]> {
  const chunks: MountChunk[] = [];
  let mount = writer;
  for (const file of files) {
    const track = await openTrack(fromBytes(file));
    mount ??= createMountWriter(track.info.codec);
    chunks.push(...mount.begin(track.info));
    for await (const packet of track.packets) {
      chunks.push(...mount.write(packet));
    }
  }
  return [...chunks, ...mount?.end() ?? []];
}

/** What a listener gets that starts with the first chunk. */
export function bytesOf(chunks: MountChunk[]): Uint8Array {
  const first = chunks[0]?.header ?? new Uint8Array(0);
  return concatBytes([first, ...chunks.map((x) => x.data)]);
}

/** The play time of chunks, in ms. */
export function playTimeMs(chunks: MountChunk[]): number {
  return chunks.reduce((sum, x) => sum + x.durationMs, 0);
}

/** Makes a file with ffmpeg; the arguments say all but the output. */
export async function encode(
  extension: string,
  ...args: string[]
): Promise<Uint8Array> {
  const path = await Deno.makeTempFile({ suffix: `.${extension}` });
  try {
    const { code, stderr } = await run(ffmpeg.required(), [
      ...["-v", "error", "-y", "-bitexact", ...args],
      ...(extension === "m4a" ? ["-f", "mp4"] : []),
      path,
    ]);
    if (code !== 0) throw new Error(`Cannot encode:\n${stderr}`);
    return await Deno.readFile(path);
  } finally {
    await Deno.remove(path);
  }
}

/** What ffmpeg hears. */
export interface Heard {
  /** Samples of all channels, interleaved, 16 bits. */
  pcm: Int16Array;
  /** Warnings and errors, a line each. */
  complaints: string[];
}

/** Decodes bytes as a player would, without a word about where they come from. */
export async function hear(
  bytes: Uint8Array,
  extension: string,
): Promise<Heard> {
  return await withFile(bytes, extension, async (path) => {
    const { bytes: raw, stderr } = await run(ffmpeg.required(), [
      // A stream cannot be rewound, and neither can what we judge by.
      ...["-v", "warning", "-seekable", "0", "-i", path],
      ...["-f", "s16le", "-c:a", "pcm_s16le", "-"],
    ]);
    return {
      pcm: new Int16Array(raw.slice().buffer),
      complaints: stderr.split("\n").filter((line) =>
        line !== "" && !line.includes("Estimating duration from bitrate")
      ),
    };
  });
}

/** Hashes of the packets as ffprobe finds them. */
export async function packetHashes(
  bytes: Uint8Array,
  extension: string,
): Promise<string[]> {
  return await withFile(bytes, extension, async (path) => {
    const { stdout } = await run(program("ffprobe").required(), [
      ...["-v", "error", "-show_packets", "-show_data_hash", "md5"],
      ...["-show_entries", "packet=data_hash", "-of", "csv=p=0", path],
    ]);
    return stdout.match(/MD5:[0-9a-f]{32}/g) ?? [];
  });
}

/** Runs something on bytes that lie in a file. */
export async function withFile<T>(
  bytes: Uint8Array,
  extension: string,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = await Deno.makeTempFile({ suffix: `.${extension}` });
  try {
    await Deno.writeFile(path, bytes);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** A sine to encode: `-f lavfi -i …` */
export function sine(
  seconds: number,
  options: { rate?: number; channels?: number; hertz?: number } = {},
): string[] {
  const { rate = 44100, channels = 2, hertz = 441 } = options;
  return [
    ...["-f", "lavfi", "-i", `sine=${hertz}:r=${rate}:d=${seconds}`],
    ...["-ac", `${channels}`, "-ar", `${rate}`],
  ];
}

/** Noise to encode, which makes variable bit rates vary. */
export function noise(seconds: number): string[] {
  return [
    "-f",
    "lavfi",
    "-i",
    `anoisesrc=r=44100:d=${seconds}:a=0.3:seed=1,volume='0.1+0.9*mod(t,10)/10':eval=frame`,
    "-ac",
    "2",
  ];
}

/** Cuts bytes into pieces whose lengths `next` says. */
export function cut(bytes: Uint8Array, next: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Math.max(1, Math.floor(next()));
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
