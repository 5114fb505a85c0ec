/**
 * Tuning in in the middle of a large file: how much of it a swarm would have to
 * fetch before the first packet. The files are of 100 MB, made by copying a
 * short one again and again.
 *
 * @module
 */
import { assert } from "@std/assert";
import { openTrack } from "../../lib/media/open.ts";
import type { RandomAccess } from "../../lib/media/random_access.ts";
import { run } from "../support/processes.ts";
import { tempFolder } from "../support/temp.ts";
import { ffmpeg } from "./support.ts";

/** About 100 MB, and never less. */
const BYTES = 100e6;
/** What may be fetched before the first packet, as a share. */
const SHARE_MAX = 0.03;
const LEAF_BYTES = 16 * 1024;

const NOISE = "anoisesrc=r=44100:d=10:a=0.4:seed=1";
const PICTURES = "testsrc2=s=640x360:r=25:d=10,noise=alls=40:allf=t";
const H264 = "-c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv420p -b:v 6M";
const VP8 = "-c:v libvpx -deadline realtime -cpu-used 16 -g 50 -b:v 6M";

/** File name, and ffmpeg's words for ten seconds of it. */
const FILES: [string, string, string][] = [
  ["a.m4a", "", "-c:a aac -b:a 320k -f mp4"],
  ["a.aac", "", "-c:a aac -b:a 320k"],
  ["v.mp4", PICTURES, `${H264} -c:a aac -b:a 128k`],
  ["v.ts", PICTURES, `${H264} -c:a aac -b:a 128k`],
  ["v.mkv", PICTURES, `${H264} -c:a aac -b:a 128k`],
  ["v.webm", PICTURES, `${VP8} -c:a libopus -b:a 96k -ar 48000`],
  ["a.mp3", "", "-c:a libmp3lame -b:a 320k"],
];

/** A file on disk that knows which leaves were asked for. */
class DiskSource implements RandomAccess {
  readonly size: number;
  readonly leaves = new Set<number>();
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
    this.size = file.statSync().size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(this.size, offset + length);
    const first = Math.floor(offset / LEAF_BYTES);
    for (let i = first; i * LEAF_BYTES < end; i++) this.leaves.add(i);
    const bytes = new Uint8Array(Math.max(0, end - offset));
    await this.#file.seek(offset, Deno.SeekMode.Start);
    let at = 0;
    while (at < bytes.length) {
      at += await this.#file.read(bytes.subarray(at)) ?? 0;
    }
    return bytes;
  }
}

async function ff(...args: string[]): Promise<void> {
  const { code, stderr } = await run(ffmpeg.required(), [
    ...["-v", "error", "-y", ...args],
  ]);
  if (code !== 0) throw new Error(stderr);
}

/** Writes a file of 100 MB. */
async function makeLarge(
  folder: string,
  name: string,
  pictures: string,
  words: string,
): Promise<string> {
  const [short, large] = [`${folder}/short-${name}`, `${folder}/${name}`];
  const film = pictures === "" ? [] : ["-f", "lavfi", "-i", pictures];
  const sound = ["-f", "lavfi", "-i", NOISE, "-ac", "2"];
  await ff(...film, ...sound, ...words.split(" "), short);
  const loops = 1 + Math.ceil(BYTES / (await Deno.stat(short)).size);
  const form = name.endsWith("m4a") ? ["-f", "mp4"] : [];
  await ff(
    ...["-stream_loop", `${loops}`, "-i", short, "-map", "0", "-c", "copy"],
    ...form,
    large,
  );
  return large;
}

for (const [name, pictures, words] of FILES) {
  Deno.test({
    name:
      `half way into 100 MB of ${name} little is fetched before the first packet`,
    ignore: ffmpeg.ignore,
    async fn() {
      await using folder = await tempFolder();
      const path = await makeLarge(folder.path, name, pictures, words);
      using file = await Deno.open(path);
      const size = file.statSync().size;
      const whole = await openTrack(new DiskSource(file));
      await whole.packets.cancel();
      const { durationSamples = 0, sampleRate } = whole.info;
      const startMs = durationSamples * 1000 / sampleRate / 2;
      const source = new DiskSource(file);
      const track = await openTrack(source, { startMs });
      const reader = track.packets.getReader();
      const { value } = await reader.read();
      const share = source.leaves.size * LEAF_BYTES / size;
      await reader.cancel();
      console.log(
        `${name}: ${(size / 1e6).toFixed(0)} MB, ${
          (share * 100).toFixed(2)
        } % fetched for half way`,
      );
      assert(size >= BYTES && value !== undefined);
      assert(Math.abs(track.startMs - startMs) < 1000, `${track.startMs}`);
      const max = SHARE_MAX;
      assert(share < max, `${share}`);
    },
  });
}
