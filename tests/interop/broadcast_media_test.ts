/**
 * The Broadcaster on every kind of file that we list, as ffmpeg makes them:
 * types, tags and lengths.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { broadcastFolder } from "../../lib/broadcaster/mod.ts";
import { run } from "../support/processes.ts";
import { program } from "../support/programs.ts";
import { tempFolder } from "../support/temp.ts";

const ffmpeg = program("ffmpeg");

/** File, codec, and what it is served as. */
const KINDS: readonly (readonly [string, string[], string])[] = [
  ["a.mp3", ["-c:a", "libmp3lame"], "audio/mpeg"],
  ["b.m4a", ["-c:a", "aac"], "audio/mp4"],
  ["c.aac", ["-c:a", "aac"], "audio/aac"],
  ["d.opus", ["-c:a", "libopus"], "audio/ogg; codecs=opus"],
  ["e.ogg", ["-c:a", "libvorbis"], "audio/ogg; codecs=vorbis"],
  ["f.oga", ["-c:a", "flac"], "audio/ogg; codecs=flac"],
  ["g.flac", ["-c:a", "flac"], "audio/flac"],
  ["h.webm", ["-c:a", "libopus"], "video/webm"],
  ["i.mp4", ["-c:a", "aac"], "video/mp4"],
  ["j.ts", ["-c:a", "aac"], "video/mp2t"],
  // A name that does not say what it is.
  ["k.mp3", ["-c:a", "flac", "-f", "flac"], "audio/flac"],
];

Deno.test({
  name: "broadcastFolder() reads every kind of file that we list",
  ignore: ffmpeg.ignore,
  async fn() {
    await using folder = await tempFolder();
    for (const [name, codec] of KINDS) {
      const { code, stderr } = await run(ffmpeg.required(), [
        ...[
          "-v",
          "error",
          "-f",
          "lavfi",
          "-i",
          "sine=duration=3:sample_rate=48000",
        ],
        ...["-ac", "2", "-metadata", "title=Tone", ...codec, folder.file(name)],
      ]);
      assertEquals(code, 0, stderr);
    }
    const { playlist, skipped } = await broadcastFolder({
      folder: folder.path,
      baseUrl: "https://radio.example/",
    });
    assertEquals(skipped, []);
    const found = playlist.items.map(({ url, type }) => [
      url.slice("https://radio.example/".length),
      type,
    ]);
    assertEquals(found, KINDS.map(([name, , type]) => [name, type]));
    for (const { url, durationMs, title } of playlist.items) {
      assert(Math.abs(durationMs! - 3000) < 120, `${url} ${durationMs}`);
      // Raw AAC and MPEG-TS carry no title that players write.
      if (!/\.(aac|ts)$/.test(url)) assertEquals(title, "Tone", url);
    }
  },
});
