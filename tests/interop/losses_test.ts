/**
 * What may be missing, or go away in the middle of a broadcast: the gateway, the
 * origin. Each listener plays on without a hole, and its log says in one plain
 * sentence what is missing.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { SwarmTotals } from "../../lib/player/status.ts";
import {
  type Listener,
  startGateway,
  startListener,
  startListeners,
} from "../support/alluvium.ts";
import { isSilentMp3, mp3Frames, place } from "../support/frames.ts";
import { receive } from "../support/players.ts";
import { programs } from "../support/programs.ts";
import {
  secondsFromNow,
  startStation,
  type Station,
} from "../support/station.ts";

const { ignore } = programs("nginx", "ffmpeg", "curl");

/** Long enough not to be fetched to its end before something is lost. */
const LONG = { seconds: 240, title: "Long" };

/** Frames a second at 44.1 kHz. */
const FRAME_RATE = 44_100 / 1152;

/** Receives for so long: the files' frames, one after the other, and no silence. */
async function assertNoHole(
  { mp3, child }: Listener,
  sources: Uint8Array[],
  seconds: number,
): Promise<number[]> {
  const { audio } = await receive(mp3, seconds);
  const placed = place(
    mp3Frames(audio),
    sources.map(mp3Frames),
    isSilentMp3,
  );
  const { runs, foreign, silent } = placed;
  assertEquals([foreign, silent], [0, 0], `${runs}\n${child.output}`);
  const played = runs.map(([source]) => source);
  assertEquals(played, [...new Set(played)], `${runs}`);
  const count = runs.reduce((sum, [, , frames]) => sum + frames, 0);
  assert(count > (seconds - 1) * FRAME_RATE, `${count} frames`);
  return played;
}

/** The log says it once, in one line. */
function assertSaid({ child }: Listener, sentence: string): void {
  const lines = child.stderr.split("\n")
    .filter((line) => line.includes(sentence));
  assertEquals(lines.length, 1, child.stderr);
}

function fetched({ bytesFromPeers, bytesFromOrigin }: SwarmTotals): number {
  return bytesFromPeers + bytesFromOrigin;
}

Deno.test({
  name: "without a gateway a station plays, and the log says what that means",
  ignore,
  fn: async () => {
    await using station = await startStation({ files: { "a.mp3": LONG } });
    const startMs = secondsFromNow(-30);
    const items = [{ file: "a.mp3", startMs }];
    const playlist = await station.publish({ items, roots: true });
    await using listener = await startListener(playlist);
    await assertNoHole(listener, [station.bytes("a.mp3")], 5);
    assertSaid(listener, "The station names no gateway");
    assertSaid(
      listener,
      "No gateway and no .tree file: playing straight from the origin",
    );
  },
});

/** Two listeners of one gateway, one playlist with roots and one without. */
async function underOneGateway(station: Station, gateway: string) {
  const startMs = secondsFromNow(-30);
  const publish = (file: string, roots: boolean) =>
    station.publish({
      name: `${file}.rss`,
      roots,
      gateways: [gateway],
      items: [{ file, startMs }],
    });
  return await Promise.all([
    publish("a.mp3", true),
    publish("b.mp3", false),
  ]);
}

Deno.test({
  name:
    "when the gateway is killed every listener plays on and fetches on, with roots and without, and later ones play too",
  ignore,
  fn: async () => {
    await using gateway = await startGateway();
    await using station = await startStation({
      files: { "a.mp3": LONG, "b.mp3": LONG },
      trees: true,
      // The gateway is still hashing when it dies.
      nginx: { bytesPerSecond: 200_000 },
    });
    await Deno.remove(`${station.root}/b.mp3.tree`);
    const [rooted, rootless] = await underOneGateway(station, gateway.url);
    await using first = await startListener(rooted);
    await using second = await startListener(rootless);
    const sources = ["a.mp3", "b.mp3"].map((file) => station.bytes(file));
    const playing = Promise.all([
      assertNoHole(first, [sources[0]!], 12),
      assertNoHole(second, [sources[1]!], 12),
    ]);
    await first.waitFor(({ swarm }) => fetched(swarm) > 0);
    await gateway.child.end("SIGKILL");
    const before = (await first.status()).swarm;
    await using late = await startListener(rooted);
    await assertNoHole(late, [sources[0]!], 5);
    await playing;
    const after = (await first.status()).swarm;
    assert(fetched(after) > fetched(before), "nothing was fetched any more");
    for (const listener of [first, second]) {
      assertSaid(listener, "The gateway does not answer: going on with");
    }
    assertSaid(late, "Cannot ask the gateway: it cannot be reached");
  },
});

Deno.test({
  name:
    "when the origin is stopped, what was fetched before is played to its end, the next item too",
  ignore,
  fn: async () => {
    await using gateway = await startGateway();
    await using station = await startStation({
      files: {
        "a.mp3": { seconds: 16, title: "First" },
        "b.mp3": { seconds: 16, title: "Second" },
      },
    });
    const startMs = secondsFromNow(-2);
    const playlist = await station.publish({
      roots: true,
      gateways: [gateway.url],
      updateIntervalMs: 5000,
      items: [
        { file: "a.mp3", startMs },
        { file: "b.mp3", startMs: startMs + 16_000 },
      ],
    });
    await using listeners = await startListeners(2, playlist);
    const sources = ["a.mp3", "b.mp3"].map((file) => station.bytes(file));
    // Tuning in happens in the middle of the first item: not all of it comes.
    const wanted = sources[0]!.length / 2 + sources[1]!.length;
    for (const listener of listeners) {
      await listener.waitFor(({ swarm }) => fetched(swarm) > wanted);
    }
    await station.server.end();
    const played = await Promise.all(
      listeners.map((one) => assertNoHole(one, sources, 18)),
    );
    assertEquals(played, [[0, 1], [0, 1]]);
    for (const listener of listeners) {
      assertSaid(listener, "the last good playlist stays");
    }
  },
});
