/**
 * Films whose sound begins late, ends early or has a hole: they play as long as
 * they are, with silence, and every picture is shown at its time.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { SOUND_GAP_MS_MAX, SOUND_GAPS_MS_MAX } from "../../lib/limits.ts";
import { FilmRow } from "../../lib/media/film/film_row.ts";
import { SoundGaps } from "../../lib/media/film/sound_gaps.ts";
import type { Packet, TrackInfo } from "../../lib/media/packet.ts";
import { AAC_INFO, H264_INFO } from "./container_files.ts";
import { mountAll } from "./streams.ts";
import {
  bytesOf,
  encode,
  ffmpeg,
  hear,
  playTimeMs,
  readAll,
  sine,
} from "./support.ts";
import { opusInfo } from "./synthetic.ts";

const AAC_MS = 1024 / 44.1;

/** When each picture is shown, in ms from the first sound. */
function shownMs(info: TrackInfo, packets: readonly Packet[]): number[] {
  let atMs = 0;
  return packets.flatMap(({ picture, durationSamples }) => {
    if (picture !== undefined) return [atMs + picture.showMs];
    atMs += durationSamples * 1000 / info.sampleRate;
    return [];
  }).toSorted((a, b) => a - b);
}

const FILM = "-f lavfi -i testsrc=s=160x90:r=25:d=4".split(" ");
const H264 = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 25 -c:a aac";
const VP8 = "-c:v libvpx -deadline realtime -cpu-used 16 -g 25 -c:a libopus";

for (
  const [extension, words] of [
    ["mp4", H264],
    ["mkv", H264],
    ["ts", H264],
    ["webm", VP8],
  ] as const
) {
  for (const [what, offset] of [["late", "1.5"], ["early", "0"]] as const) {
    Deno.test({
      name: `a film in ${extension} whose sound ${
        what === "late" ? "begins late" : "ends early"
      } plays whole`,
      ignore: ffmpeg.ignore,
      async fn() {
        const [, , , tone, ...form] = sine(2, { rate: 48000 });
        const file = await encode(
          extension,
          ...FILM,
          ...["-itsoffset", offset, "-f", "lavfi", "-i", tone!, ...form],
          ...words.split(" "),
        );
        const { track, packets } = await readAll(file);
        const shown = shownMs(track.info, packets);
        assert(shown.length >= 97, `${shown.length} pictures`);
        shown.forEach((ms, i) => {
          assert(Math.abs(ms - shown[0]! - i * 40) < 60, `picture ${i}: ${ms}`);
        });
        for (const { writer, chunks } of await mountAll([file])) {
          const playMs = playTimeMs(chunks);
          assert(
            Math.abs(playMs - 4000) < 250,
            `${writer.extension}: ${playMs}`,
          );
          const heard = await hear(bytesOf(chunks), writer.extension);
          assertEquals(heard.complaints, [], writer.extension);
        }
        // Where there is silence at the moment.
        const startMs = what === "late" ? 500 : 2500;
        const late = await readAll(file, { startMs });
        assert(
          Math.abs(late.track.startMs - startMs) < 60,
          `${late.track.startMs}`,
        );
        const rest = shownMs(late.track.info, late.packets);
        const fromMs = Math.ceil(startMs / 1000) * 1000 - startMs;
        assert(Math.abs(rest[0]! - fromMs) < 120, `${rest[0]}`);
      },
    });
  }
}

Deno.test("a hole in the sound of a film is filled, and pictures stay where they were", () => {
  const sound = {
    info: AAC_INFO,
    packet: (data: Uint8Array) => ({ data, samples: 1024 }),
  };
  const pictures = {
    info: H264_INFO.video!,
    picture: (data: Uint8Array) => data,
  };
  const row = new FilmRow({ sound, pictures }, undefined, 0);
  const packets: Packet[] = [];
  let soundMs = 0;
  for (let i = 0; i < 200; i++) {
    const showMs = i * 40;
    const time = { key: i % 25 === 0, showMs, decodeMs: showMs };
    row.addPicture({ data: new Uint8Array(9), ...time });
    for (; soundMs < showMs; soundMs += AAC_MS) {
      const isHole = soundMs > 2000 && soundMs < 4500;
      if (!isHole) row.addSound(new Uint8Array(50), soundMs);
    }
    packets.push(...row.take());
  }
  packets.push(...row.finish());
  const shown = shownMs(AAC_INFO, packets);
  assertEquals(shown.length, 200);
  shown.forEach((ms, i) => assert(Math.abs(ms - i * 40) < 30, `${i}: ${ms}`));
});

Deno.test("holes have their limits: one, all, and those that are none", () => {
  const gaps = new SoundGaps(AAC_INFO);
  assertEquals(gaps.fill(1000), []);
  gaps.passed(0);
  assertEquals(gaps.fill(99), []);
  assertEquals(gaps.fill(SOUND_GAP_MS_MAX + 1), []);
  let filledMs = 0;
  for (let i = 0; i < 100; i++) {
    gaps.passed(0);
    filledMs += gaps.fill(SOUND_GAP_MS_MAX).length * AAC_MS;
  }
  assert(Math.abs(filledMs - SOUND_GAPS_MS_MAX) < 1000, `${filledMs}`);
  const vorbis = new SoundGaps({ ...opusInfo(), codec: "vorbis" });
  vorbis.passed(0);
  assertEquals(vorbis.fill(5000), []);
});
