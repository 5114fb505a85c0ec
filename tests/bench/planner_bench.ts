/**
 * Laying out the town's radio: a week, as the Broadcaster does at every change,
 * and a year; a week of very many short files; and hashing on one core and on all.
 *
 * @module
 */
import { HashPool } from "../../lib/broadcaster/hash_pool.ts";
import { planProgramme, readStation } from "../../lib/planner/mod.ts";
import { TOWN_RADIO, townLibrary } from "../planner/stations.ts";

const FROM = Date.UTC(2026, 0, 1);
const DAY = 24 * 3_600_000;
const station = readStation(TOWN_RADIO, "station.toml");
const library = townLibrary();

for (
  const [name, days, n] of [["a week", 7, 10], ["a year", 365, 2]] as const
) {
  Deno.bench(
    `planProgramme(), ${name}`,
    { group: "plan", n, warmup: 1 },
    () => {
      planProgramme({
        station,
        library,
        fromMs: FROM,
        untilMs: FROM + days * DAY,
      });
    },
  );
}

/** Ten thousand jingles of three seconds: the most choices there are. */
const jingles = Array.from({ length: 10_000 }, (_, i) => ({
  path: `${i}.mp3`,
  durationMs: 3000,
  creator: `Artist ${i % 500}`,
}));
const jukebox = readStation(
  `[fill]\nfolder = ""\nartist-distance = 3`,
  "station.toml",
);

Deno.bench("planProgramme(), a week of 10,000 files of 3 s", {
  group: "plan",
  n: 2,
  warmup: 1,
}, () => {
  planProgramme({
    station: jukebox,
    library: { tracks: jingles, playlists: new Map() },
    fromMs: FROM,
    untilMs: FROM + 7 * DAY,
  });
});

for (const workers of [0, navigator.hardwareConcurrency]) {
  Deno.bench(`HashPool, 256 MiB, ${workers} workers`, {
    group: "hash",
    n: 3,
    warmup: 1,
  }, async () => {
    using pool = new HashPool(workers, 0);
    const path = await Deno.makeTempFile();
    await Deno.truncate(path, 256 * 1024 * 1024);
    await pool.hash(path, 256 * 1024 * 1024);
    await Deno.remove(path);
  });
}
