/**
 * What a listener hears between two items: 20 joints of halves of one sine,
 * decoded by ffmpeg. The floor of each format is the table of measurements this
 * project started from: MP3 40.8 ms, AAC 37.4 ms, chained Ogg 0 samples.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { CmafMountWriter } from "../../lib/media/cmaf_mount.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import { TsMountWriter } from "../../lib/media/ts_mount.ts";
import { WebmMountWriter } from "../../lib/media/webm_mount.ts";
import {
  bytesOf,
  encode,
  ffmpeg,
  hear,
  mountFiles,
  playTimeMs,
  sine,
} from "./support.ts";

const JOINTS = 20;
/** As in the table: the padding of MP3 depends on the length. */
const SECONDS = 5;

/** Measures the gaps of `JOINTS` joints of a file with itself. */
async function join(
  extension: string,
  rate: number,
  args: string[],
  writer?: MountWriter,
) {
  const file = await encode(extension, ...sine(SECONDS, { rate }), ...args);
  const files = Array.from({ length: JOINTS + 1 }, () => file);
  const chunks = await mountFiles(files, writer);
  const form = writer?.extension ?? extension;
  const { pcm, complaints } = await hear(bytesOf(chunks), form);
  const frames = pcm.length / 2;
  return {
    gapMs: longestQuiet(pcm) * 1000 / rate,
    surplus: frames - files.length * SECONDS * rate,
    clockMs: playTimeMs(chunks) - frames * 1000 / rate,
    complaints,
    pcm,
    alone: (await hear(file, extension)).pcm,
  };
}

/** Below this there is no sound: -70 dB. */
const QUIET = 10;

/** The longest run of quiet samples between sound and sound. */
function longestQuiet(pcm: Int16Array): number {
  let longest = 0;
  let last = -1;
  for (let i = 0; i < pcm.length; i += 2) {
    if (Math.abs(pcm[i]!) < QUIET) continue;
    if (last >= 0) longest = Math.max(longest, (i - last) / 2 - 1);
    last = i;
  }
  return longest;
}

function report(name: string, gapMs: number, surplus: number): void {
  console.log(
    `${name}: gap ${
      gapMs.toFixed(1)
    } ms, ${surplus} samples over ${JOINTS} joints`,
  );
}

Deno.test({
  name:
    "20 joints of MP3 stay at the format's floor: 40.8 ms of quiet at 128 kbit/s",
  ignore: ffmpeg.ignore,
  async fn() {
    // At higher rates the quiet is quite silent and so a little longer.
    const rows: [number, string[]][] = [
      [40.8, ["-b:a", "128k"]],
      [1837 / 44.1, ["-b:a", "320k"]],
      [1837 / 44.1, ["-q:a", "2"]],
    ];
    for (const [floorMs, args] of rows) {
      const { gapMs, surplus, complaints } = await join("mp3", 44100, args);
      report(`MP3 ${args.join(" ")}`, gapMs, surplus);
      assertEquals(complaints, []);
      // Each item is longer by the encoder's delay (576) and padding (1260).
      assertEquals(surplus, (JOINTS + 1) * 1836);
      assert(gapMs <= floorMs, `${gapMs} ms`);
    }
  },
});

Deno.test({
  name:
    "20 joints of Opus lose and add no sample, and sound like each item alone",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const rate of ["24k", "96k"]) {
      const args = ["-c:a", "libopus", "-b:a", rate];
      const found = await join("opus", 48000, args);
      report(`Opus ${rate}`, found.gapMs, found.surplus);
      assertEquals(found.complaints, []);
      assertEquals(found.surplus, 0);
      assertEquals(Math.abs(found.clockMs) < 1e-6, true);
      // This ffmpeg does not start the decoder anew: it settles within 80 ms.
      assertRepeats(found.pcm, found.alone, 3840, 0.01);
    }
  },
});

Deno.test({
  name: "20 joints of Ogg FLAC lose and add no sample",
  ignore: ffmpeg.ignore,
  async fn() {
    const found = await join("oga", 44100, ["-c:a", "flac"]);
    report("FLAC", found.gapMs, found.surplus);
    assertEquals(found.complaints, []);
    assertEquals(found.surplus, 0);
    assertRepeats(found.pcm, found.alone);
  },
});

Deno.test({
  name:
    "20 joints of AAC stay at the format's floor: 37.4 ms of quiet in ADTS and MPEG-TS",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const [from, name] of [["aac", "ADTS"], ["m4a", "M4A"]] as const) {
      for (const writer of createMountWriters({ codec: "aac" })) {
        const args = ["-c:a", "aac", "-b:a", "128k"];
        const found = await join(from, 44100, args, writer);
        const form = `${name} to ${writer.extension}`;
        report(form, found.gapMs, found.surplus);
        assertEquals(found.complaints, [], form);
        assert(found.gapMs <= 37.4, `${form}: ${found.gapMs} ms`);
        // Each item is longer by priming (1024) and what fills its last frame.
        assertEquals(found.surplus % (JOINTS + 1), 0);
        assert(found.surplus / (JOINTS + 1) < 2048, `${found.surplus}`);
        assert(Math.abs(found.clockMs) < 1e-6, `${found.clockMs}`);
      }
    }
  },
});

Deno.test({
  name:
    "20 joints of MP3 in MPEG-TS, and of Opus in one logical stream of WebM or CMAF, stay as short",
  ignore: ffmpeg.ignore,
  async fn() {
    const ts = new TsMountWriter({ codec: "mp3" });
    const mp3 = await join("mp3", 44100, ["-b:a", "128k"], ts);
    report("MP3 to ts", mp3.gapMs, mp3.surplus);
    assertEquals(mp3.complaints, []);
    assert(mp3.gapMs <= 40.8, `${mp3.gapMs} ms`);
    for (const Writer of [WebmMountWriter, CmafMountWriter]) {
      const writer = new Writer({ codec: "opus" });
      const args = ["-c:a", "libopus", "-b:a", "96k"];
      const opus = await join("opus", 48000, args, writer);
      report(`Opus to ${writer.extension}`, opus.gapMs, opus.surplus);
      assertEquals(opus.complaints, []);
      // Nothing is cut inside a packet; what is too much is left out by packets.
      assert(Math.abs(opus.surplus) <= 2 * 960, `${opus.surplus}`);
      assert(opus.gapMs < 6.5, `${opus.gapMs} ms`);
    }
  },
});

Deno.test({
  name: "20 joints of Vorbis add no audible gap",
  ignore: ffmpeg.ignore,
  async fn() {
    const args = ["-c:a", "libvorbis", "-q:a", "4"];
    const found = await join("ogg", 44100, args);
    report("Vorbis", found.gapMs, found.surplus);
    // ffmpeg plays the whole last packet of each link instead of trimming it.
    assert(found.surplus <= JOINTS * 1024 + 1024, `${found.surplus}`);
    assert(found.gapMs < 2, `${found.gapMs} ms`);
  },
});

/**
 * The whole is the one item, again and again: from sample `from` of each the
 * difference has at most `share` of the sound's strength.
 */
function assertRepeats(
  pcm: Int16Array,
  alone: Int16Array,
  from = 0,
  share = 0,
): void {
  for (let i = 0; i <= JOINTS; i++) {
    const part = pcm.subarray(i * alone.length, (i + 1) * alone.length);
    let sound = 0;
    let difference = 0;
    for (let j = from * 2; j < alone.length; j++) {
      sound += alone[j]! ** 2;
      difference += (part[j]! - alone[j]!) ** 2;
    }
    const strength = Math.sqrt(difference / sound);
    assert(strength <= share, `item ${i} is off by ${strength}`);
  }
}
