/**
 * A station with a gap and a file that is not there in time, as a player hears
 * it: the station's filler, then the file from where it is by then.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { startListener } from "../support/alluvium.ts";
import { isSilentMp3, mp3Frames, place } from "../support/frames.ts";
import { receive } from "../support/players.ts";
import { programs } from "../support/programs.ts";
import { secondsFromNow, startStation } from "../support/station.ts";

/** Frames a second at 44.1 kHz. */
const FRAME_RATE = 44_100 / 1152;

/** Frames that a start in the middle may be off: the joint's tolerance, and a frame. */
const OFF_MAX = 0.15 * FRAME_RATE;

Deno.test({
  name: "a gap is the station's filler, and a late file is joined at its place",
  ignore: programs("nginx", "ffmpeg", "curl").ignore,
  fn: async () => {
    await using station = await startStation({
      files: {
        "a.mp3": { seconds: 14, title: "First" },
        "b.mp3": { seconds: 60, title: "Late" },
        "filler.mp3": { seconds: 3, title: "Back soon" },
      },
    });
    const sources = ["a.mp3", "b.mp3", "filler.mp3"].map((name) =>
      mp3Frames(station.bytes(name))
    );
    const late = `${station.root}/b.mp3`;
    await Deno.rename(late, `${late}.away`);
    const playlist = await station.publish({
      items: [
        { file: "a.mp3", startMs: secondsFromNow(-5) },
        { file: "b.mp3", startMs: secondsFromNow(15) },
      ],
      filler: "filler.mp3",
    });
    await using listener = await startListener(playlist);
    const received = receive(listener.mp3, 18);
    await listener.waitFor(({ stations: [station] }) =>
      station?.missing.some((sentence) => sentence.includes("404")) === true
    );
    await Deno.rename(`${late}.away`, late);
    const { audio } = await received;
    const { runs, foreign, silent } = place(
      mp3Frames(audio),
      sources,
      isSilentMp3,
    );
    assertEquals(foreign, 0, `${runs}`);
    const order = runs.map(([source]) => source);
    assertEquals([order[0], order[1], order.at(-1)], [0, 2, 1], `${runs}`);
    // All that was sent before the late file's first frame, since its own start.
    const count = (wanted: number) =>
      runs.filter(([source]) => source === wanted)
        .reduce((sum, [, , frames]) => sum + frames, 0);
    const [, first] = runs.at(-1)!;
    const gap = 6 * FRAME_RATE;
    const wanted = count(2) + silent - gap;
    const off = Math.abs(first - wanted);
    assert(off < OFF_MAX, `${off} frames: ${runs}, ${silent} silent`);
  },
});
