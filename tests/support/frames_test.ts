import { assert, assertEquals, assertThrows } from "@std/assert";
import { isSilentMp3, mp3Frames, opusPackets, place } from "./frames.ts";
import { makeMedia } from "./media.ts";
import { run } from "./processes.ts";
import { program } from "./programs.ts";
import { tempFolder } from "./temp.ts";

const { ignore } = program("ffmpeg");

/** Frames of 128 kbit/s, 44.1 kHz, told apart by a byte of sound. */
function frame(n: number): Uint8Array {
  const bytes = new Uint8Array(417).fill(n, 4);
  bytes.set([0xff, 0xfb, 0x90, 0x64]);
  return bytes;
}

const SOURCE = [1, 2, 3, 4, 5, 6].map(frame);

function joined(frames: Uint8Array[]): Uint8Array {
  return Uint8Array.from(frames.flatMap((bytes) => [...bytes]));
}

Deno.test("mp3Frames cuts frames, passes over tags, leaves out what is cut off", () => {
  const bytes = joined(SOURCE);
  const tag = [..."ID3\x04\x00\x00\x00\x00\x01\x00"]
    .map((character) => character.charCodeAt(0));
  const tagged = [...tag, ...new Uint8Array(128), ...bytes];
  assertEquals(mp3Frames(bytes), SOURCE);
  assertEquals(mp3Frames(Uint8Array.from(tagged)), SOURCE);
  assertEquals(mp3Frames(bytes.subarray(0, -1)), SOURCE.slice(0, -1));
  assertThrows(() => mp3Frames(bytes.subarray(1)), Error, "byte 0");
});

Deno.test("place tells a gap, a repetition, silence and an altered frame", () => {
  const found = (...indexes: number[]) =>
    place(indexes.map((i) => SOURCE[i]!), [SOURCE], isSilentMp3).runs;
  assertEquals(found(1, 2, 3), [[0, 1, 3]]);
  assertEquals(found(1, 3), [[0, 1, 1], [0, 3, 1]]);
  assertEquals(found(1, 2, 2), [[0, 1, 2], [0, 2, 1]]);
  const altered = SOURCE[2]!.slice();
  altered[200]! ^= 1;
  const placed = place([altered, frame(0)], [SOURCE], isSilentMp3);
  assertEquals(placed, { runs: [], silent: 1, foreign: 1 });
});

Deno.test({
  name: "frames and packets are as many as ffprobe counts, and none is silent",
  ignore,
  fn: async () => {
    await using folder = await tempFolder();
    for (const codec of ["mp3", "opus"] as const) {
      const path = folder.file(`a.${codec}`);
      await makeMedia(path, { seconds: 2, codec, title: "Two" });
      const bytes = await Deno.readFile(path);
      const count = await countedByFfprobe(path);
      const found = codec === "mp3" ? mp3Frames(bytes) : opusPackets(bytes);
      // ffprobe passes over the encoder's note, which is a frame.
      assertEquals(found.length, codec === "mp3" ? count + 1 : count);
      if (codec === "mp3") assert(!found.slice(2).some(isSilentMp3));
    }
  },
});

async function countedByFfprobe(path: string): Promise<number> {
  const { stdout } = await run(program("ffprobe").required(), [
    ..."-v error -count_packets -of json".split(" "),
    ...["-show_entries", "stream=nb_read_packets", path],
  ]);
  return Number(JSON.parse(stdout).streams[0].nb_read_packets);
}
