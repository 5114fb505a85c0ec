/**
 * Films and sounds in every container, made by ffmpeg, and what ffmpeg finds in
 * a stream, packet by packet: the judge of whether a byte was changed.
 *
 * @module
 */
import { createMountWriters } from "../../lib/media/mount.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import { openTrack } from "../../lib/media/open.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { run } from "../support/processes.ts";
import { encode, ffmpeg, sine, withFile } from "./support.ts";

/** Words for ffmpeg by codec. */
const CODECS: Readonly<Record<string, string[]>> = {
  aac: ["-c:a", "aac", "-b:a", "128k"],
  mp3: ["-c:a", "libmp3lame", "-b:a", "128k"],
  opus: ["-c:a", "libopus", "-b:a", "96k", "-ar", "48000"],
  vorbis: "-c:a libvorbis -b:a 128k -minrate 128k -maxrate 128k".split(" "),
  flac: ["-c:a", "flac", "-strict", "-2"],
  h264: "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25".split(" "),
  // With pictures shown in another order than decoded.
  "h264-b": "-c:v libx264 -preset veryfast -bf 3 -pix_fmt yuv420p -g 25"
    .split(" "),
  hevc:
    "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -g 25 -x265-params log-level=none"
      .split(" "),
  vp8: "-c:v libvpx -deadline realtime -cpu-used 8 -g 25 -b:v 300k".split(" "),
  vp9: "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -b:v 300k"
    .split(" "),
  av1: "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 25 -b:v 200k".split(
    " ",
  ),
};

/** A sine with or without a test picture, in a container. */
export async function makeMedia(
  extension: string,
  sound: string,
  video?: string,
  seconds = 2,
  size = "160x90",
): Promise<Uint8Array> {
  const picture = `testsrc=s=${size}:r=25:d=${seconds}`;
  const film = video === undefined ? [] : ["-f", "lavfi", "-i", picture];
  const maps = film.length === 0 ? [] : ["-map", "0:v", "-map", "1:a"];
  const [, , , source, ...form] = sine(seconds);
  return await encode(
    extension,
    ...film,
    ...["-f", "lavfi", "-i", source!, ...maps, ...form],
    ...(video === undefined ? [] : CODECS[video]!),
    ...CODECS[sound]!,
    ...(extension === "m4a" ? ["-f", "mp4"] : []),
  );
}

/** A mount's stream. */
export interface Streamed {
  writer: MountWriter;
  chunks: MountChunk[];
}

/** Plays files one after the other into every mount that takes the first. */
export async function mountAll(
  files: readonly Uint8Array[],
): Promise<Streamed[]> {
  const streams: Streamed[] = [];
  for (const [i, file] of files.entries()) {
    const track = await openTrack(fromBytes(file));
    if (i === 0) {
      const writers = createMountWriters(kindOf(track.info));
      streams.push(...writers.map((writer) => ({ writer, chunks: [] })));
    }
    for (const { writer, chunks } of streams) {
      chunks.push(...writer.begin(track.info, { title: `Item ${i}` }));
    }
    for await (const packet of track.packets) {
      for (const { writer, chunks } of streams) {
        chunks.push(...writer.write(packet));
      }
    }
  }
  for (const { writer, chunks } of streams) chunks.push(...writer.end());
  return streams;
}

/** What must be taken off so that containers can be compared. */
const FILTERS: Readonly<Record<string, string>> = {
  aac: "aac_adtstoasc",
  h264: "h264_mp4toannexb,filter_units=remove_types=7-9",
  hevc: "hevc_mp4toannexb,filter_units=remove_types=32-35",
};

/** MD5 of every packet of the first sound or film, as ffmpeg cuts them (side data, which stand behind it in a line, apart). */
export async function hashes(
  bytes: Uint8Array,
  extension: string,
  kind: "a" | "v",
  codec: string,
): Promise<string[]> {
  const filter = FILTERS[codec.replace("-b", "")];
  return await withFile(bytes, extension, async (path) => {
    const { stdout, code, stderr } = await run(ffmpeg.required(), [
      ...["-v", "error", "-i", path, "-map", `0:${kind}:0`, "-c", "copy"],
      ...(filter === undefined ? [] : [`-bsf:${kind}`, filter]),
      ...["-f", "framehash", "-hash", "md5", "-"],
    ]);
    if (code !== 0) throw new Error(stderr);
    return stdout.split("\n").filter((line) => /^\d/.test(line))
      .map((line) => line.split(",")[5]!.trim());
  });
}
