import { assert, assertEquals } from "@std/assert";
import { type Report, report, tableOf } from "./report.ts";
import { AUDIO, type Scenario } from "./scenario.ts";
import { Station } from "./station.ts";

/** Short items, so that joints are among what is tried; real hashes. */
const SHORT: Scenario = {
  ...AUDIO,
  hashing: "real",
  itemSeconds: 30,
  seconds: 75,
  join: [0, 5],
};

/** Runs a scenario under several seeds; a failure names its seed and all figures. */
function holds(
  name: string,
  scenario: Scenario,
  seeds: number,
  check: (figures: Report, station: Station) => void,
): void {
  Deno.test(name, () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const station = new Station(scenario, seed);
      station.run();
      const figures = report(station, scenario);
      try {
        assertEquals(figures.badBytes, 0, "no bad byte is stored");
        check(figures, station);
      } catch (error) {
        throw new Error(`seed ${seed}\n${tableOf(figures)}`, { cause: error });
      }
    }
  });
}

function assertPlayed(figures: Report): void {
  assertEquals(figures.silent, 0);
  assertEquals(figures.continuity, 1);
}

for (const [listeners, seeds] of [[3, 12], [10, 4]] as const) {
  holds(
    `${listeners} listeners cost the origin one copy, and all hear everything`,
    { ...SHORT, listeners },
    seeds,
    (figures) => {
      assertPlayed(figures);
      assert(figures.originCopies <= 1.05);
      assert(figures.peerEfficiency >= 0.98 * (1 - 1 / listeners));
      assert(figures.control < 0.1);
      assert(figures.startupP99Ms < 1_500);
      assertEquals(figures.bans, 0);
    },
  );
}

holds(
  "one listener alone is served by the origin",
  { ...SHORT, listeners: 1 },
  3,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1);
    assertEquals(figures.peerEfficiency, 0);
  },
);

holds(
  "a gateway that dies is missed by nobody who has peers",
  { ...SHORT, listeners: 5, gatewayDead: [12, 1000] },
  5,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1.5, "rank takes its place");
  },
);

holds(
  "a gateway that was never there: everyone plays, each from the origin",
  { ...SHORT, listeners: 3, gateway: false },
  3,
  assertPlayed,
);

holds(
  "members found by what one known peer tells share a copy without a gateway",
  { ...SHORT, listeners: 8, gateway: false, onePeerKnown: true },
  3,
  (figures) => {
    assertPlayed(figures);
    assertEquals(figures.links, 7, "all know each other in the end");
    // Two joints and a start in 75 s; the long items of radio cost less.
    assert(figures.originCopies <= 1.3);
  },
);

holds(
  "an origin that dies once a copy is out is missed by nobody",
  {
    ...SHORT,
    listeners: 5,
    itemSeconds: 120,
    originDead: [70, 1000],
    seconds: 118,
  },
  5,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1.05);
  },
);

holds(
  "a liar is banned by whom it touches, and all others hear everything",
  { ...SHORT, listeners: 6, liars: 1 / 6 },
  6,
  (figures, { world }) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1.25);
    for (const { engine, counts } of world.listeners) {
      assert(counts.bans.length <= 1, "only the one who lied");
      assert(engine.stats.badChunks <= 1, "at its first wrong byte");
    }
  },
);

holds(
  "free riders and listeners nobody can dial are served too",
  { ...SHORT, listeners: 10, freeRiders: 0.3, unreachable: 0.5 },
  3,
  (figures) => {
    assertPlayed(figures);
    // What the first of them fetched alone, if it gives nothing, is fetched again.
    assert(figures.originCopies <= 1.25);
  },
);

holds(
  "listeners come and go",
  { ...SHORT, listeners: 8, lifeSeconds: 120 },
  6,
  (figures) => {
    // One leaf in a run is as much as this allows.
    assert(figures.continuity >= 0.998);
    // Whoever leaves may have been the only holder: of eight that is much.
    assert(figures.originCopies <= 1.3);
  },
);

holds(
  "what is lost on the lines comes again",
  { ...SHORT, listeners: 5, loss: 0.02 },
  4,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1.05);
    assert(figures.startupP99Ms < 2_500);
  },
);

holds(
  "two halves that cannot reach each other play on, each from the origin",
  { ...SHORT, listeners: 6, partition: [12, 60] },
  4,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 2.1, "a copy for each half");
    assertEquals(figures.bans, 0);
  },
);

holds(
  "clocks that are wrong by seconds make neither gaps nor copies",
  { ...SHORT, listeners: 6, clockErrorMs: 2_000 },
  4,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1.05);
  },
);

holds(
  "whoever promises ten times his uplink is found out and holds up nobody",
  {
    ...SHORT,
    listeners: 6,
    boasters: 0.34,
    uplink: [500_000, 4_000_000],
  },
  4,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1.05);
  },
);

holds(
  "without a gateway those who know a few meet the others and share one copy",
  { ...SHORT, listeners: 8, gateway: false, acquaintances: 2 },
  4,
  (figures) => {
    assertPlayed(figures);
    assert(figures.originCopies <= 1.4);
  },
);

holds(
  "a crowd in the middle of an item hears it within a second or two",
  {
    ...SHORT,
    listeners: 20,
    itemSeconds: 120,
    midItemSeconds: 60,
    join: [0, 1],
    seconds: 12,
    originRate: 20_000_000,
  },
  2,
  (figures) => {
    assertPlayed(figures);
    assert(figures.startupP95Ms < 1_500);
    assert(figures.originCopies <= 1.3);
  },
);

holds(
  "one file to eight: one copy, and the last is through soon after the first",
  {
    ...SHORT,
    hashing: "tagged",
    listeners: 8,
    join: [0, 0],
    seconds: 40,
    downloadBytes: 8_000_000,
    chunkLeaves: 4,
    originRate: 20_000_000,
  },
  2,
  (figures) => {
    assert(figures.originCopies <= 1.05);
    assert(figures.lastOverBound <= 2.2, "small files have a long beginning");
  },
);

holds(
  "what all uplinks together cannot carry comes from the origin in time",
  {
    ...SHORT,
    hashing: "tagged",
    listeners: 6,
    itemSeconds: 300,
    seconds: 50,
    bitrate: 1_500_000,
    chunkLeaves: 4,
    uplink: [600_000, 1_800_000],
    startBufferSeconds: 10,
  },
  2,
  (figures) => {
    assertEquals(figures.silent, 0);
    assert(figures.continuity >= 0.97);
  },
);

Deno.test("the same seed replays the same run", () => {
  const scenario = { ...SHORT, listeners: 4, liars: 0.25, lifeSeconds: 20 };
  const runs = [1, 2].map(() => {
    const station = new Station(scenario, 5);
    station.run();
    return report(station, scenario);
  });
  assertEquals(runs[0], runs[1]);
});
