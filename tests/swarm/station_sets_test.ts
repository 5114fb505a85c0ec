import { assert, assertEquals } from "@std/assert";
import { NO_STATIONS, StationSets } from "../../lib/swarm/station_sets.ts";

Deno.test("StationSets gives all peers of one station the same set, and never changes it", () => {
  const sets = new StationSets();
  const a = sets.with(NO_STATIONS, "a");
  assert(sets.with(NO_STATIONS, "a") === a);
  assert(sets.with(a, "a") === a);
  assertEquals([...sets.with(a, "b")], ["a", "b"]);
  assertEquals([...a], ["a"]);
  assertEquals(NO_STATIONS.size, 0);
});
