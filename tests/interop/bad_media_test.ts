/**
 * Media addresses that answer nonsense: each is named with its URL in one clear
 * sentence, its slot is silent, and the station goes on to the next item, on
 * time and whole. With a gateway and without.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  type Listener,
  startGateway,
  startListener,
} from "../support/alluvium.ts";
import { type BadAnswer, BadOrigin } from "../support/bad_origin.ts";
import { isSilentMp3, mp3Frames, place } from "../support/frames.ts";
import { receive } from "../support/players.ts";
import { programs } from "../support/programs.ts";
import {
  secondsFromNow,
  startStation,
  type Station,
} from "../support/station.ts";

const ITEM_SECONDS = 3;

/** Good items, one before and after each bad one. */
const GOOD = ["a.mp3", "b.mp3", "c.mp3", "d.mp3", "e.mp3", "f.mp3"];

/** Bad ones, and what is said of each. */
const BAD: [path: string, told: RegExp][] = [
  ["missing.mp3", /the server answered 404/],
  ["page.html", /a web page|text\/html/],
  ["rubbish.mp3", /Cannot/],
  ["endless.mp3", /the server does not say how long it is/],
  ["short.mp3", /the server ended \d+ bytes early/],
];

/** The station's own files, and the two that only a broken server has. */
async function openStation(): Promise<Station> {
  const names = [...GOOD, "short.mp3"];
  const station = await startStation({
    files: Object.fromEntries(
      names.map((name) => [name, { seconds: ITEM_SECONDS, title: name }]),
    ),
  });
  const page = "<html><body>Not what you wanted</body></html>\n".repeat(2000);
  await Deno.writeTextFile(`${station.root}/page.html`, page);
  await Deno.writeTextFile(`${station.root}/rubbish.mp3`, page);
  return station;
}

function badPaths(station: Station): Record<string, BadAnswer> {
  const bytes = station.bytes("short.mp3");
  return {
    "/endless.mp3": { kind: "endless" },
    "/short.mp3": { kind: "short", bytes, cut: Math.floor(bytes.length / 3) },
  };
}

/** Good and bad in turn, the first after a moment. */
function programme(station: Station, origin: BadOrigin) {
  const startMs = secondsFromNow(8);
  return GOOD.flatMap((name, i) => [name, BAD[i]?.[0] ?? []]).flat()
    .map((name, i) => ({
      title: name,
      url: (`/${name}` in origin.paths ? origin.url : station.url) + name,
      startMs: startMs + i * ITEM_SECONDS * 1000,
      durationMs: ITEM_SECONDS * 1000,
    }));
}

/** Receives the whole programme. */
async function hear(listener: Listener, station: Station) {
  const seconds = ITEM_SECONDS * (GOOD.length + BAD.length) + 7;
  const { audio } = await receive(listener.mp3, seconds);
  const sources = [...GOOD, "short.mp3"]
    .map((name) => mp3Frames(station.bytes(name)));
  return place(mp3Frames(audio), sources, isSilentMp3);
}

function assertTold(listener: Listener): void {
  const lines = listener.child.stderr.split("\n");
  for (const [path, told] of BAD) {
    const about = lines.filter((line) =>
      line.startsWith("warn: ") && line.includes(`/${path}`)
    );
    assert(about.length >= 1, `nothing of ${path}:\n${lines.join("\n")}`);
    assert(about.length <= 2, `too much of ${path}:\n${about.join("\n")}`);
    assertMatch(about[0]!, told);
  }
}

async function assertGoesOn(
  listener: Listener,
  station: Station,
): Promise<void> {
  const { runs, foreign } = await hear(listener, station);
  assertEquals(foreign, 0);
  const good = runs.filter(([source]) => source < GOOD.length);
  assertEquals(good.map(([source]) => source), [0, 1, 2, 3, 4, 5], `${runs}`);
  for (const [source, , count] of good) {
    // 3 s are 115 frames; a joint may cost some.
    assert(count >= 105, `${GOOD[source]}: only ${count} frames`);
  }
  assertTold(listener);
}

Deno.test({
  name:
    "a media file that is missing, a web page, rubbish, endless or cut off is named, and the next item plays whole",
  ignore: programs("nginx", "ffmpeg", "curl").ignore,
  fn: async () => {
    await using station = await openStation();
    await using gateway = await startGateway();
    await using origin = new BadOrigin(badPaths(station));
    const items = programme(station, origin);
    const plain = await station.publish({ items });
    const swarm = await station.publish({
      name: "swarm.rss",
      gateways: [gateway.url],
      items,
    });
    await using alone = await startListener(plain);
    await using guided = await startListener(swarm);
    await Promise.all([
      assertGoesOn(alone, station),
      assertGoesOn(guided, station),
    ]);
  },
});
