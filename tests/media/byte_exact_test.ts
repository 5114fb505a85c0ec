/**
 * Nothing is decoded and nothing is changed: what ffmpeg finds in a mount's
 * stream is, packet by packet, what it finds in the file.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { bytesOf, ffmpeg } from "./support.ts";
import { hashes, makeMedia, mountAll } from "./streams.ts";

/** Container, sound, pictures. */
const FILES: [string, string, string?][] = [
  ["mp3", "mp3"],
  ["mov", "aac"],
  ["oga", "flac"],
  ["mkv", "opus"],
  ["m4a", "aac"],
  ["aac", "aac"],
  ["mp4", "mp3"],
  ["mp4", "opus"],
  ["mp4", "flac"],
  ["flac", "flac"],
  ["mkv", "aac"],
  ["mkv", "mp3"],
  ["mkv", "flac"],
  ["mkv", "vorbis"],
  ["webm", "opus"],
  ["webm", "vorbis"],
  ["ts", "aac"],
  ["ts", "mp3"],
  ["opus", "opus"],
  ["ogg", "vorbis"],
  ["mp4", "aac", "h264"],
  ["mp4", "aac", "h264-b"],
  ["mkv", "aac", "h264-b"],
  ["ts", "aac", "h264-b"],
  ["ts", "mp3", "h264"],
  ["mp4", "aac", "hevc"],
  ["mkv", "aac", "hevc"],
  ["ts", "aac", "hevc"],
  ["ts", "mp3", "hevc"],
  ["mkv", "mp3", "h264"],
  ["mp4", "opus", "vp9"],
  ["mp4", "aac", "av1"],
  ["mp4", "flac", "h264"],
  ["webm", "vorbis", "vp9"],
  ["webm", "vorbis", "av1"],
  ["webm", "opus", "vp8"],
  ["webm", "vorbis", "vp8"],
  ["webm", "opus", "vp9"],
  ["mkv", "opus", "vp9"],
  ["webm", "opus", "av1"],
  ["mkv", "aac", "av1"],
  ["mkv", "opus", "h264-b"],
  ["mkv", "flac", "hevc"],
];

for (const [extension, sound, video] of FILES) {
  const what = `${extension} of ${sound}${video ? ` and ${video}` : ""}`;
  Deno.test({
    name: `packets of ${what} come out of every mount as they went in`,
    ignore: ffmpeg.ignore,
    async fn() {
      const file = await makeMedia(extension, sound, video);
      for (const { writer, chunks } of await mountAll([file])) {
        const stream = bytesOf(chunks);
        const to = writer.extension;
        const wanted = await hashes(file, extension, "a", sound);
        const found = await hashes(stream, to, "a", sound);
        // One track cannot cut inside a packet: what files trim is left out whole.
        const isTrimmed = sound === "opus" && extension !== "mp4";
        const spare = isTrimmed && to !== "ogg" ? 1 : 0;
        assertEquals(found, wanted.slice(0, wanted.length - spare), to);
        console.log(`${what} → ${to}: ${wanted.length} packets of sound alike`);
        if (video === undefined || !["ts", "webm", "mp4"].includes(to)) {
          continue;
        }
        const pictures = await hashes(file, extension, "v", video);
        assertEquals(await hashes(stream, to, "v", video), pictures, to);
        console.log(`${what} → ${to}: ${pictures.length} pictures alike`);
      }
    },
  });
}
