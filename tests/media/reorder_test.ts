/**
 * When pictures are decoded, where a container does not say: what a film's
 * parameter sets tell of its order, and what comes out of that.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { toldReorderDepth } from "../../lib/media/film/reorder.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { run } from "../support/processes.ts";
import { program, programs } from "../support/programs.ts";
import {
  bytesOf,
  encode,
  ffmpeg,
  mountFiles,
  readAll,
  sine,
  withFile,
} from "./support.ts";

/** A picture that moves all over, so that encoders use all the order they may. */
const PICTURE = "-f lavfi -i testsrc=s=160x90:r=25:d=4".split(" ");

function film(extension: string, words: string): Promise<Uint8Array> {
  return encode(extension, ...PICTURE, ...sine(4), ...words.split(" "));
}

/** Encoders' words, and the depth. */
const DEPTHS: [string, number][] = [
  ["-c:v libx264 -profile:v baseline -pix_fmt yuv420p -c:a aac", 0],
  ["-c:v libx264 -bf 0 -pix_fmt yuv420p -c:a aac", 0],
  [
    "-c:v libx264 -bf 2 -x264-params b-pyramid=none -pix_fmt yuv420p -c:a aac",
    1,
  ],
  ["-c:v libx264 -bf 3 -pix_fmt yuv420p -c:a aac", 2],
  [
    "-c:v libx264 -bf 3 -x264-params nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900 -pix_fmt yuv420p -c:a aac",
    2,
  ],
  [
    "-c:v libx265 -x265-params log-level=none:bframes=0 -pix_fmt yuv420p -c:a aac",
    0,
  ],
  [
    "-c:v libx265 -x265-params log-level=none:bframes=4 -pix_fmt yuv420p10le -c:a aac",
    2,
  ],
];

for (const [words, depth] of DEPTHS) {
  Deno.test({
    name:
      `the order of pictures made by ${words} is read from their parameters`,
    ignore: ffmpeg.ignore,
    async fn() {
      for (const extension of ["mp4", "mkv"]) {
        const { track } = await readAll(await film(extension, words));
        assertEquals(toldReorderDepth(track.info.video!), depth, extension);
      }
    },
  });
}

Deno.test("parameters that are no parameters tell nothing, whatever they are", () => {
  const info = { codec: "h264", width: 160, height: 90 } as const;
  assertEquals(toldReorderDepth({ ...info, headers: [] }), undefined);
  for (let length = 1; length < 40; length++) {
    for (const fill of [0, 0xff, 0x55]) {
      const sps = new Uint8Array(length).fill(fill);
      sps[0] = 0x67;
      const depth = toldReorderDepth({ ...info, headers: [sps] });
      assert(depth === undefined || (depth >= 0 && depth <= 16), `${depth}`);
    }
  }
});

/** Decoding times as ffprobe finds them, in ticks. */
async function decodeTicks(bytes: Uint8Array): Promise<number[]> {
  return await withFile(bytes, "ts", async (path) => {
    const { stdout } = await run(program("ffprobe").required(), [
      ..."-v error -select_streams v -show_entries packet=dts".split(" "),
      ...["-of", "csv=p=0", path],
    ]);
    return (stdout.match(/\d+/g) ?? []).map(Number);
  });
}

Deno.test({
  name:
    "pictures whose order grows deeper later on are decoded one by one, in time",
  ignore: programs("ffmpeg", "ffprobe").ignore,
  async fn() {
    for (const extension of ["mp4", "mkv"]) {
      const file = await film(
        extension,
        "-c:v libx264 -preset veryfast -bf 3 -g 25 -pix_fmt yuv420p -c:a aac",
      );
      const { track } = await readAll(file);
      const writer = createMountWriters(kindOf(track.info))[0]!;
      const ticks = await decodeTicks(
        bytesOf(await mountFiles([file], writer)),
      );
      const steps = ticks.slice(1).map((x, i) => x - ticks[i]!);
      assertEquals(ticks.length, 100);
      // Matroska tells whole milliseconds.
      assert(
        steps.every((x) => Math.abs(x - 3600) <= 90),
        `${extension}: ${steps}`,
      );
    }
  },
});
