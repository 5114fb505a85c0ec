import { assertEquals } from "@std/assert";
import { networkLine } from "../../../lib/cli/demo/view.ts";
import { nowLine, statusLine } from "../../../lib/cli/radio/display.ts";
import type { StationStatus, Status } from "../../../lib/player/status.ts";

const STATION: StationStatus = {
  name: "delta",
  title: "Delta Radio",
  url: "https://radio.example/p.rss",
  link: null,
  now: {
    title: "Morning Delta",
    creator: "The House Band",
    startsAt: "2026-11-22T20:00:00.000Z",
    endsAt: "2026-11-22T20:00:32.000Z",
    positionMs: 12_000,
    bytesHeld: 1,
    bytes: 2,
  },
  next: null,
  timing: { lateMs: 0, offMs: null, corrections: 0, lastCorrection: null },
  rootsPublished: true,
  mounts: [],
  hls: [],
  missing: [],
};

const STATUS: Status = {
  stations: [STATION],
  otherMounts: [],
  clock: { offsetMs: 0, errorMs: null },
  swarm: {
    peers: 2,
    reachable: true,
    bytesFromPeers: 300 * 1024,
    bytesFromOrigin: 100 * 1024,
    bytesToPeers: 2048,
    duplicateBytes: 0,
    badChunks: 0,
    deadlineMisses: 0,
  },
};

Deno.test("nowLine() names station, title, creator and end", () => {
  const until = new Date("2026-11-22T20:00:32Z").toTimeString().slice(0, 5);
  assertEquals(
    nowLine(STATION),
    `Delta Radio: Morning Delta, The House Band (until ${until})`,
  );
  const { now } = STATION;
  assertEquals(
    nowLine({ ...STATION, now: { ...now!, creator: null, endsAt: null } }),
    "Delta Radio: Morning Delta",
  );
  assertEquals(
    nowLine({ ...STATION, now: null }),
    "Delta Radio: nothing at the moment",
  );
});

Deno.test("statusLine() tells the place and where the bytes come from", () => {
  assertEquals(
    statusLine(STATUS),
    "Morning Delta 0:12/0:32 · 300 KiB from listeners, 100 KiB from the station, 2 KiB given · 2 linked",
  );
  assertEquals(statusLine({ ...STATUS, stations: [] }), "");
});

Deno.test("networkLine() tells who fetched what from whom", () => {
  const first = {
    status: STATUS,
    id: "a",
    peers: [{ id: "stranger", bytesFrom: 9 }, { id: "b", bytesFrom: 2048 }],
  };
  const second = { status: STATUS, id: "b", peers: [] };
  assertEquals(
    networkLine([first, second], { bytes: 2048, bytesOfFiles: 1024 }),
    "station sent 2.0 copies | 1 ⇠100 ←2 2 | 2 ⇠100 | Morning Delta 0:12",
  );
  assertEquals(
    networkLine([second], { bytes: 0, bytesOfFiles: 0 }),
    "station sent nothing | 1 ⇠100 | Morning Delta 0:12",
  );
});
