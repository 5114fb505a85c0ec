import { Mount } from "../../../lib/icecast/mount.ts";
import { FakeClock } from "../../support/fakeclock.ts";
import { assert, assertEquals } from "@std/assert";
import {
  otherMounts,
  stationStatus,
} from "../../../lib/cli/radio/station_status.ts";
import type { TunerStatus } from "../../../lib/tuner/tuner.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 20, 1);

const TUNED: TunerStatus = {
  title: "Delta Radio",
  url: "https://radio.example/p.rss",
  nowMs: NOW_MS,
  onAir: {
    slot: {
      kind: "item",
      item: { url: "https://radio.example/a.mp3", title: "A", creator: "C" },
      startMs: NOW_MS - 60_000,
      endMs: NOW_MS + 60_000,
    },
    lateMs: 0,
    timing: { offMs: 12.4, corrections: 0 },
    progress: { bytesHeld: 10, bytes: 20 },
  },
  rootsPublished: true,
  gateways: ["https://gateway.example/"],
};

Deno.test("stationStatus() tells times of day as ISO 8601 and durations in ms", () => {
  const status = stationStatus("delta", TUNED, []);
  assertEquals(status.now, {
    title: "A",
    creator: "C",
    startsAt: "2026-11-22T20:00:00.000Z",
    endsAt: "2026-11-22T20:02:00.000Z",
    positionMs: 60_000,
    bytesHeld: 10,
    bytes: 20,
  });
  assertEquals(status.next, null);
  assertEquals(status.missing, []);
});

Deno.test("stationStatus() of a programme that runs late tells when it plays here", () => {
  const onAir = { ...TUNED.onAir, lateMs: 30_000 };
  const { now } = stationStatus("delta", { ...TUNED, onAir }, []);
  assertEquals(now?.startsAt, "2026-11-22T20:00:30.000Z");
  assertEquals(now?.positionMs, 30_000);
});

Deno.test("stationStatus() of a gap has nothing on, of an endless item no end", () => {
  const gap = { kind: "gap", startMs: -Infinity, endMs: Infinity } as const;
  const silent = {
    ...TUNED,
    onAir: {
      slot: gap,
      lateMs: 0,
      timing: { corrections: 0 },
    },
  };
  assertEquals(stationStatus("delta", silent, []).now, null);
  const { slot } = TUNED.onAir;
  assert(slot.kind === "item");
  const onAir = { ...TUNED.onAir, slot: { ...slot, endMs: Infinity } };
  const { now } = stationStatus("delta", { ...TUNED, onAir }, []);
  assertEquals(now?.endsAt, null);
});

Deno.test("stationStatus() tells how the stream keeps to the schedule", () => {
  assertEquals(stationStatus("delta", TUNED, []).timing, {
    lateMs: 0,
    offMs: 12,
    corrections: 0,
    lastCorrection: null,
  });
  const timing = {
    corrections: 3,
    lastCorrection: { atMs: NOW_MS, byMs: -120.4 },
  };
  const onAir = { ...TUNED.onAir, lateMs: 30_000, timing };
  assertEquals(stationStatus("delta", { ...TUNED, onAir }, []).timing, {
    lateMs: 30_000,
    offMs: null,
    corrections: 3,
    lastCorrection: { at: "2026-11-22T20:01:00.000Z", ms: -120 },
  });
});

Deno.test("stationStatus() says what is missing in sentences", () => {
  const missing = (tuner: Partial<TunerStatus>) =>
    stationStatus("delta", { ...TUNED, ...tuner }, []).missing;
  assert(missing({ gateways: [] })[0]?.includes("names no gateway"));
  assert(missing({ rootsPublished: false })[0]?.includes("is believed"));
  const trouble = missing({
    onAir: { ...TUNED.onAir, trouble: "Got 404" },
    playlistTrouble: "Connection refused",
  });
  assertEquals(trouble.length, 2);
  assert(trouble[0]?.includes("“A” cannot be played: Got 404"));
  assert(trouble[1]?.includes("Connection refused"));
});

Deno.test("otherMounts() names what belongs to no station, and nothing hidden", () => {
  const clock = new FakeClock();
  const make = (path: string, name: string, isHidden = false) =>
    new Mount({ path, name, isHidden, contentType: "audio/mpeg", clock });
  const own = make("/stream.mp3", "Station");
  const [guest, secret] = [make("/guest", ""), make("/secret", "S", true)];
  guest.setTitle("On tour");
  assertEquals(otherMounts([own, guest, secret], new Set([own])), [{
    name: "/guest",
    path: "/guest",
    type: "audio/mpeg",
    listeners: 0,
    title: "On tour",
    live: false,
  }]);
});
