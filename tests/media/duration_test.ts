import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { measureDuration } from "../../lib/media/duration.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { encode, ffmpeg, mountFiles, playTimeMs, sine } from "./support.ts";
import {
  makeFrames,
  makeOpusPackets,
  noteFrame,
  oggFile,
} from "./synthetic.ts";

async function measure(bytes: Uint8Array): Promise<number> {
  return (await measureDuration(fromBytes(bytes))).durationMs;
}

Deno.test("measureDuration() counts frames and does not ask the header", async () => {
  const frames = makeFrames(100);
  const lie = noteFrame({ frames: 5000, bytes: 100 });
  const ms = await measure(concatBytes([lie, ...frames]));
  assertEquals(ms, 100 * 1152 * 1000 / 44100);
});

Deno.test("measureDuration() leaves pre-skip and trimming out, link by link", async () => {
  const link = () => {
    const packets = makeOpusPackets(50);
    packets.at(-1)!.trimEndSamples = 648;
    return packets;
  };
  const ms = await measure(oggFile([link(), link()]));
  assertEquals(ms, 2 * (50 * 960 - 312 - 648) / 48);
});

Deno.test("measureDuration() refuses what cannot be played", async () => {
  await assertRejects(() => measure(new Uint8Array(9)), AlluviumError);
});

Deno.test({
  name: "measureDuration() is what the mount plays, for every codec",
  ignore: ffmpeg.ignore,
  async fn() {
    const rows: [string, string[], number][] = [
      ["mp3", ["-b:a", "128k"], 3000 + 1836 / 44.1],
      ["mp3", ["-q:a", "2"], 3000 + 1836 / 44.1],
      ["opus", ["-ar", "48000", "-c:a", "libopus"], 3000],
      ["ogg", ["-c:a", "libvorbis"], 3000],
      ["oga", ["-c:a", "flac"], 3000],
    ];
    for (const [extension, args, expected] of rows) {
      const file = await encode(extension, ...sine(3), ...args);
      const ms = await measure(file);
      const played = playTimeMs(await mountFiles([file]));
      assert(Math.abs(played - ms) < 1e-6, `${args}: ${played}, ${ms}`);
      assert(Math.abs(ms - expected) < 27, `${args}: ${ms}`);
    }
  },
});
