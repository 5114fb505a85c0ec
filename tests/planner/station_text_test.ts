import { assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  changedStationText,
  readStation,
  stationText,
} from "../../lib/planner/mod.ts";

/** Takes the # from every line that is a field or a table. */
function uncommented(text: string): string {
  return text.replace(/^# ((?:[a-z-]+ = |\[\[).*)$/gm, "$1");
}

Deno.test("stationText() can be read as it is, and with everything in it said", () => {
  const words = {
    title: 'A "station"',
    baseUrl: "https://radio.example/",
    gateways: ["https://g.example/"],
    timeZone: "Europe/Vienna",
    musicFolder: "music",
  };
  const station = readStation(stationText(words), "station.toml");
  assertEquals([station.title, station.baseUrl, station.timeZone], [
    'A "station"',
    "https://radio.example/",
    "Europe/Vienna",
  ]);
  assertEquals([station.blocks, station.events], [[], []]);
  // A block is by time of day or by recurrence, not by both.
  const all = uncommented(stationText(words)).replace(/^(from|to) = .*$/gm, "");
  const full = readStation(all, "station.toml");
  assertEquals(full.blocks[0]!.time.kind, "cron");
  assertEquals(full.events[0]!.time.kind, "cron");
  assertEquals(full.startMs, Date.UTC(2026, 10, 22, 19));
});

Deno.test("stationText() names every field that can be read", () => {
  const text = uncommented(stationText({}));
  const wrong = (table: string) =>
    assertThrows(
      () => readStation(`${table}\nx = 1`, "s"),
      AlluviumError,
    ).message.split("; there are ")[1]!.split(", ");
  const fields = [
    ...wrong(""),
    ...wrong(`[[block]]\nfolder = ""`),
    ...wrong(`[[block]]\nfolder = ""\ncron = "0 * * * *"\nminutes = 1`),
    ...wrong(`[[event]]\nfile = ""\nat = "1:00"`),
  ];
  const missing = new Set(fields).difference(
    new Set(["fill", "block", "event", "file", "playlist", "at"]),
  );
  for (const field of missing) {
    if (!new RegExp(`^${field} = `, "m").test(text)) {
      throw new Error(`${field} is not explained`);
    }
  }
});

Deno.test("changedStationText() changes what it is told and keeps every comment", () => {
  const text = stationText({ title: "Old" });
  const changed = changedStationText(text, {
    title: "New",
    gateways: ["https://g.example/"],
  }, "s");
  assertEquals(
    changed,
    text.replace('"Old"', '"New"')
      .replace("gateways = []", 'gateways = ["https://g.example/"]'),
  );
  assertEquals(changedStationText(text, {}, "s"), text);
  assertThrows(
    () => changedStationText("a = ", {}, "s.toml"),
    AlluviumError,
    "Cannot change the programme file",
  );
});
