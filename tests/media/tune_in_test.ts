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

const PICTURES = "testsrc2=s=640x360:r=25:d=4,noise=alls=40:allf=t";

function noise(seconds: number): string {
  return `anoisesrc=r=44100:d=${seconds}:a=0.4:seed=1`;
}
const H264 = "-c:v libx264 -preset ultrafast -g 50 -pix_fmt yuv420p -b:v 6M";
const VP8 = "-c:v libvpx -deadline realtime -cpu-used 16 -g 50 -b:v 6M";

const AAC = "-c:a aac -b:a 128k";
const OPUS = "-c:a libopus -b:a 96k -ar 48000";

/** A file of 100 MB. */
interface Large {
  name: string;
  /** ffmpeg's words for some seconds of it, which are copied again and again. */
  words: string;
  hasPictures?: boolean;
  /** Its words for the large one, beside copying. */
  form?: string;
  /** Seconds of the whole, where copies would keep the length of the first. */
  wholeSeconds?: number;
  /** Seconds to tune in at, where the file does not say how long it is. */
  atSeconds?: number;
}

const FILES: Large[] = [
  { name: "a.m4a", words: "-c:a aac -b:a 320k -f mp4" },
  { name: "a.aac", words: "-c:a aac -b:a 320k" },
  { name: "a.mp3", words: "-c:a libmp3lame -b:a 320k" },
  { name: "vbr.mp3", words: "-c:a libmp3lame -q:a 0" },
  {
    name: "no-note.mp3",
    words: "-c:a libmp3lame -q:a 0",
    form: "-write_xing 0",
  },
  {
    name: "a.opus",
    words: "-c:a libopus -b:a 256k -ar 48000",
    atSeconds: 1500,
  },
  { name: "a.ogg", words: "-c:a libvorbis -q:a 9", atSeconds: 1500 },
  { name: "a.oga", words: "-c:a flac", atSeconds: 400 },
  { name: "a.flac", words: "-c:a flac", wholeSeconds: 820 },
  { name: "a.webm", words: "-c:a libopus -b:a 256k -ar 48000" },
  { name: "v.mp4", words: `${H264} ${AAC}`, hasPictures: true },
  {
    name: "start.mp4",
    words: `${H264} ${AAC}`,
    hasPictures: true,
    form: "-movflags +faststart",
  },
  {
    name: "fragments.mp4",
    words: `${H264} ${AAC}`,
    hasPictures: true,
    form: "-movflags +frag_keyframe+empty_moov+default_base_moof",
    atSeconds: 75,
  },
  { name: "v.ts", words: `${H264} ${AAC}`, hasPictures: true },
  { name: "v.mkv", words: `${H264} ${AAC}`, hasPictures: true },
  {
    name: "no-cues.mkv",
    words: `${H264} ${AAC}`,
    hasPictures: true,
    form: "-live 1",
    atSeconds: 75,
  },
  { name: "v.webm", words: `${VP8} ${OPUS}`, hasPictures: true },
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
  { name, words, hasPictures, form = "", wholeSeconds }: Large,
): Promise<string> {
  const [short, large] = [`${folder}/short-${name}`, `${folder}/${name}`];
  const film = hasPictures ? ["-f", "lavfi", "-i", PICTURES] : [];
  const seconds = wholeSeconds ?? (hasPictures ? 4 : 10);
  const sound = ["-f", "lavfi", "-i", noise(seconds), "-ac", "2"];
  await ff(...film, ...sound, ...words.split(" "), short);
  if (wholeSeconds !== undefined) return short;
  const loops = 1 + Math.ceil(BYTES / (await Deno.stat(short)).size);
  const plain = name.endsWith("m4a") ? "-f mp4" : form;
  await ff(
    ...["-stream_loop", `${loops}`, "-i", short, "-map", "0", "-c", "copy"],
    ...plain.split(" ").filter((word) => word !== ""),
    large,
  );
  return large;
}

/** A file opened at a time, and its first packet read. */
async function tuneIn(file: Deno.FsFile, startMs = 0) {
  const source = new DiskSource(file);
  const track = await openTrack(source, { startMs });
  const reader = track.packets.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { source, track, first: value };
}

for (const large of FILES) {
  const { name, atSeconds } = large;
  Deno.test({
    name:
      `half way into 100 MB of ${name} little is fetched before the first packet`,
    ignore: ffmpeg.ignore,
    async fn() {
      await using folder = await tempFolder();
      const path = await makeLarge(folder.path, large);
      using file = await Deno.open(path);
      const size = file.statSync().size;
      const { durationSamples = 0, sampleRate } =
        (await tuneIn(file)).track.info;
      const startMs = (atSeconds ?? durationSamples / sampleRate / 2) * 1000;
      const { source, track, first } = await tuneIn(file, startMs);
      const share = source.leaves.size * LEAF_BYTES / size;
      console.log(
        `${name}: ${(size / 1e6).toFixed(0)} MB, ${
          (share * 100).toFixed(2)
        } % fetched for ${(startMs / 1000).toFixed(0)} s`,
      );
      assert(size >= BYTES * 0.98 && first !== undefined);
      assert(Math.abs(track.startMs - startMs) < 1000, `${track.startMs}`);
      assert(share < SHARE_MAX, `${share}`);
    },
  });
}

/** Offset of a box at the top of an MP4 file. */
async function boxAt(file: Deno.FsFile, wanted: string): Promise<number> {
  const head = new Uint8Array(16);
  for (let at = 0;;) {
    await file.seek(at, Deno.SeekMode.Start);
    await file.read(head);
    const view = new DataView(head.buffer);
    const name = new TextDecoder().decode(head.subarray(4, 8));
    if (name === wanted) return at;
    const size = view.getUint32(0);
    at += size === 1 ? Number(view.getBigUint64(8)) : size;
  }
}

Deno.test({
  name:
    "an MP4 with its index at its end plays after its head, its tail and where it begins to play",
  ignore: ffmpeg.ignore,
  async fn() {
    await using folder = await tempFolder();
    const large = FILES.find(({ name }) => name === "v.mp4")!;
    const path = await makeLarge(folder.path, large);
    using file = await Deno.open(path);
    const index = Math.floor(await boxAt(file, "moov") / LEAF_BYTES);
    assert(index * LEAF_BYTES > BYTES);
    for (const startMs of [0, 60_000]) {
      const { source } = await tuneIn(file, startMs);
      const media = [...source.leaves].filter((x) => x > 0 && x < index);
      const span = Math.max(...media) - Math.min(...media);
      console.log(
        `v.mp4 at ${startMs} ms: head, ${
          source.leaves.size - media.length - 1
        } leaves of tail, ${media.length} of media within ${span + 1}`,
      );
      assert(source.leaves.has(0));
      // One key picture of 260 KB and the sound behind it, or the sound of the place.
      assert(media.length <= 20 && span < 32, `${media}`);
    }
  },
});
