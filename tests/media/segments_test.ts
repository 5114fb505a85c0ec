/**
 * Segments of one recording in every container that mounts are made of, cut at
 * packets and sent one after the other: what comes out is the recording.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { concatBytes } from "../../lib/media/bytes.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { openTrack } from "../../lib/media/open.ts";
import type { Packet, TrackInfo } from "../../lib/media/packet.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { AAC_INFO, streamOf } from "./container_files.ts";
import { bytesOf, encode, ffmpeg, hear, readAll, sine } from "./support.ts";
import { opusInfo } from "./synthetic.ts";

const SEGMENTS = 8;

/** Sends files one after the other as items of one mount. */
async function sendAll(
  files: Uint8Array[],
  extension: string,
): Promise<Uint8Array> {
  const { info } = await openTrack(fromBytes(files[0]!));
  const writer = createMountWriters(kindOf(info)).find((one) =>
    one.extension === extension
  )!;
  const chunks = [];
  for (const file of files) {
    const part = await openTrack(fromBytes(file));
    chunks.push(...writer.begin(part.info, { title: "Show" }));
    for await (const x of part.packets) chunks.push(...writer.write(x));
    chunks.push(...writer.end());
  }
  return bytesOf(chunks);
}

/** Packets in as many runs, none of them empty. */
function runs(packets: Packet[]): Packet[][] {
  const each = Math.ceil(packets.length / SEGMENTS);
  return Array.from(
    { length: SEGMENTS },
    (_, i) => packets.slice(i * each, i * each + each),
  );
}

async function recording(extension: string, ...codec: string[]) {
  const bytes = await encode(extension, ...sine(8, { rate: 48000 }), ...codec);
  const { track, packets } = await readAll(bytes);
  return { bytes, info: track.info, packets };
}

Deno.test({
  name: "segments of an MP3 recording are sent as the frames they are",
  ignore: ffmpeg.ignore,
  async fn() {
    const { packets } = await recording(
      "mp3",
      ...["-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0"],
    );
    const files = runs(packets).map((run) =>
      concatBytes(run.map(({ data }) => data))
    );
    // Frames of one segment refer to bytes of the one before it.
    assertEquals(await sendAll(files, "mp3"), concatBytes(files));
  },
});

Deno.test({
  name: "segments of an AAC recording sound like it, as ADTS and as MPEG-TS",
  ignore: ffmpeg.ignore,
  async fn() {
    const { info, packets } = await recording("aac", "-c:a", "aac");
    const config: TrackInfo = { ...AAC_INFO, ...info };
    const writer = (extension: string) =>
      createMountWriters({ codec: "aac" }).find((one) =>
        one.extension === extension
      )!;
    for (const extension of ["aac", "ts"]) {
      const files = runs(packets).map((run) =>
        streamOf(writer(extension), config, run)
      );
      const whole = streamOf(writer(extension), config, packets);
      const sent = await sendAll(files, extension);
      const [a, b] = [
        await hear(sent, extension),
        await hear(whole, extension),
      ];
      assertEquals(a.pcm, b.pcm, extension);
    }
  },
});

Deno.test({
  name: "segments of an Opus recording in WebM sound like it",
  ignore: ffmpeg.ignore,
  async fn() {
    const { packets } = await recording("opus", "-c:a", "libopus");
    const plain = packets.map(({ data, durationSamples }) => ({
      data,
      durationSamples,
    }));
    // A segment of a recording has nothing to skip, but for the first.
    const files = runs(plain).map((run, i) =>
      streamOf(
        createMountWriters({ codec: "opus" })[1]!,
        opusInfo({ preSkip: i === 0 ? 312 : 0, channels: 1 }),
        run,
      )
    );
    const whole = await hear(
      await sendAll([
        streamOf(
          createMountWriters({ codec: "opus" })[1]!,
          opusInfo({ channels: 1 }),
          plain,
        ),
      ], "webm"),
      "webm",
    );
    const heard = await hear(await sendAll(files, "webm"), "webm");
    assertEquals(heard.pcm.length, whole.pcm.length);
    assertEquals(heard.pcm, whole.pcm);
  },
});
