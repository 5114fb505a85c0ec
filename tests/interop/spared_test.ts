/**
 * The bargain: a station pays for about one copy of a file, however many listen.
 * Three listeners that start together fetch 20 MB; the origin's own log says
 * what that cost it, the gateway's share included.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { type Listener, startGateway } from "../support/alluvium.ts";
import { startTimed, type TimedListener } from "../support/first_byte.ts";
import { flacPackets, place } from "../support/frames.ts";
import type { MediaSpec } from "../support/media.ts";
import { receive } from "../support/players.ts";
import { programs } from "../support/programs.ts";
import {
  secondsFromNow,
  startStation,
  type Station,
} from "../support/station.ts";

const LISTENERS = 3;

/** Copies the origin may send in all. */
const COPIES_MAX = 1.2;

/** What counts as all of the file: it is joined a second or two after its start. */
const WHOLE = 0.98;

/** Milliseconds in which two minutes of sound must be here: they come at three times their speed. */
const DOWNLOAD_MS_MAX = 80_000;

/** FLAC, whose 20 MB last two minutes. */
const FILE = "big.oga";
const MEDIA: MediaSpec = { seconds: 116, codec: "flac", title: "Twenty MB" };

/** How the station is set up. */
interface Setup {
  name: string;
  /** Whether the playlist has roots, and the folder `.tree` files. */
  hashed: boolean;
}

function openStation(hashed: boolean): Promise<Station> {
  return startStation({ files: { [FILE]: MEDIA }, trees: hashed });
}

async function held({ status }: Listener): Promise<number> {
  const { now } = (await status()).stations[0]!;
  return (now?.bytesHeld ?? 0) / (now?.bytes ?? Infinity);
}

/** Sound came before the file did. */
async function assertStartsEarly(all: TimedListener[]): Promise<void> {
  for (const { listener } of all) {
    const share = await held(listener);
    assert(share < 0.5, `${share} of the file is here already`);
  }
}

async function assertSpared(
  station: Station,
  listeners: Listener[],
  name: string,
): Promise<void> {
  const length = station.bytes(FILE).length;
  assert(length > 20_000_000, `${length} bytes`);
  const copies = await station.nginx!.bytesSent(/^\/big\.oga$/) / length;
  const swarms = (await Promise.all(listeners.map((one) => one.status())))
    .map(({ swarm }) => swarm);
  console.log(`${name}: the origin sent ${copies.toFixed(3)} copies`);
  for (const { bytesFromPeers, bytesFromOrigin, bytesToPeers } of swarms) {
    const [peers, origin, given] = [
      bytesFromPeers,
      bytesFromOrigin,
      bytesToPeers,
    ]
      .map((bytes) => (bytes / 1e6).toFixed(2));
    console.log(`  from peers ${peers} MB, origin ${origin}, given ${given}`);
    assert(bytesToPeers > 0, "a listener gave nothing");
    assert(bytesFromPeers > 0, "a listener got nothing from others");
  }
  assert(copies <= COPIES_MAX, `the origin sent ${copies} copies`);
}

async function assertPlays(
  { ogg }: Listener,
  station: Station,
): Promise<void> {
  const { audio } = await receive(ogg, 4);
  const source = flacPackets(station.bytes(FILE));
  const { runs, foreign } = place(flacPackets(audio), [source], () => false);
  assertEquals([runs.length, foreign], [1, 0], `${runs}`);
}

async function broadcast({ name, hashed }: Setup): Promise<void> {
  await using gateway = await startGateway();
  await using station = await openStation(hashed);
  const playlist = await station.publish({
    roots: hashed,
    gateways: [gateway.url],
    items: [{ file: FILE, startMs: secondsFromNow(-1) }],
  });
  const startedMs = systemClock.monotonic();
  const all = await Promise.all(
    Array.from(
      { length: LISTENERS },
      () => startTimed(playlist, "/stream.ogg"),
    ),
  );
  const listeners = all.map(({ listener }) => listener);
  await using ends = new AsyncDisposableStack();
  for (const listener of listeners) ends.use(listener);
  await assertStartsEarly(all);
  await Promise.all(listeners.map((one) => assertPlays(one, station)));
  await Promise.all(listeners.map((one) => untilWhole(one)));
  const downloadMs = systemClock.monotonic() - startedMs;
  await assertSpared(station, listeners, name);
  const firstMs = all.map(({ firstByteMs }) => Math.round(firstByteMs));
  console.log(`  first byte after ${firstMs.join(", ")} ms`);
  // The stream starts long before the download ends, however busy the machine.
  assert(Math.max(...firstMs) < downloadMs / 2, `${firstMs}: ${downloadMs}`);
}

async function untilWhole(listener: Listener): Promise<void> {
  await listener.waitFor(({ stations }) => {
    const { now } = stations[0]!;
    return (now?.bytesHeld ?? 0) >= WHOLE * (now?.bytes ?? Infinity);
  }, DOWNLOAD_MS_MAX);
}

const SETUPS: Setup[] = [
  { name: "with roots in the playlist", hashed: true },
  { name: "with neither root nor .tree", hashed: false },
];

Deno.test({
  name:
    "three listeners of 20 MB cost the origin at most 1.2 copies and give to each other, with roots and with neither root nor tree",
  ignore: programs("nginx", "ffmpeg", "curl").ignore,
  fn: async () => {
    // At the same time: each lasts a while and does little.
    const ended = await Promise.allSettled(SETUPS.map(broadcast));
    const failures = ended.flatMap((one) =>
      one.status === "rejected" ? [one.reason] : []
    );
    if (failures.length > 0) throw new AggregateError(failures);
  },
});
