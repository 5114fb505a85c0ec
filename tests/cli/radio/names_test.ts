import { assertEquals } from "@std/assert";
import { STATION_NAME_MAX } from "../../../lib/limits.ts";
import { stationAddress, stationName } from "../../../lib/cli/radio/names.ts";

Deno.test("stationAddress() takes a name before the first equals sign", () => {
  assertEquals(stationAddress("jazz=https://a.example/p.rss?x=1"), {
    name: "jazz",
    url: "https://a.example/p.rss?x=1",
  });
  assertEquals(stationAddress("https://a.example/p.rss?x=1"), {
    url: "https://a.example/p.rss?x=1",
  });
});

Deno.test("stationAddress() takes a bare host for the web and a path for a file", () => {
  assertEquals(
    stationAddress("radio.example/p.rss").url,
    "https://radio.example/p.rss",
  );
  for (const path of ["./p.rss", "../a/p.rss", "/srv/p.rss", "p.rss"]) {
    assertEquals(stationAddress(path).url, path);
  }
});

Deno.test("stationName() is plain and unique", () => {
  const taken = new Set<string>();
  const name = (title: string) => {
    const made = stationName(title, taken);
    taken.add(made);
    return made;
  };
  assertEquals(name("Radio Délta  FM!"), "radio-delta-fm");
  assertEquals(name("Radio Delta FM"), "radio-delta-fm-2");
  assertEquals(name("日本"), "station");
  assertEquals(name("../../etc"), "etc");
});

Deno.test("stationName() is never longer than its limit", () => {
  const long = stationName("x".repeat(STATION_NAME_MAX + 10), new Set());
  assertEquals(long.length, STATION_NAME_MAX);
});
