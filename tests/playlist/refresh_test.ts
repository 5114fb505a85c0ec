import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  PLAYLIST_REFRESH_MS_MAX,
  PLAYLIST_REFRESH_MS_MIN,
} from "../../lib/limits.ts";
import { refreshDelay, retryDelay } from "../../lib/playlist/mod.ts";

const MIDDLE = 0.5;

Deno.test("refreshDelay() goes by sy, else by max-age, else by five minutes", () => {
  const cacheControl = "public, max-age=120";
  assertEquals(
    refreshDelay({ updateIntervalMs: 60_000, cacheControl }, MIDDLE),
    60_000,
  );
  assertEquals(refreshDelay({ cacheControl }, MIDDLE), 120_000);
  assertEquals(refreshDelay({ cacheControl, age: "100" }, MIDDLE), 20_000);
  assertEquals(
    refreshDelay({ cacheControl: "no-cache, max-age=120" }, MIDDLE),
    300_000,
  );
  assertEquals(refreshDelay({ cacheControl: "max-age=0" }, MIDDLE), 300_000);
  assertEquals(refreshDelay({}, MIDDLE), 300_000);
});

Deno.test("no wait is shorter than PLAYLIST_REFRESH_MS_MIN or longer than PLAYLIST_REFRESH_MS_MAX", () => {
  const nat = fc.nat(1e9);
  const chance = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(fc.property(nat, nat, chance, (updateIntervalMs, n, random) => {
    const waits = [
      refreshDelay({ updateIntervalMs }, random),
      refreshDelay(
        { cacheControl: `max-age=${n}`, age: String(n % 7) },
        random,
      ),
      retryDelay(n + 1, undefined, random),
      retryDelay(1, String(n), random),
    ];
    for (const wait of waits) {
      assert(
        wait >= PLAYLIST_REFRESH_MS_MIN && wait <= PLAYLIST_REFRESH_MS_MAX,
      );
    }
  }));
});

Deno.test("refreshDelay() spreads listeners by a tenth either way", () => {
  assertEquals(refreshDelay({ updateIntervalMs: 100_000 }, 0), 90_000);
  assertEquals(refreshDelay({ updateIntervalMs: 100_000 }, 1), 110_000);
});

Deno.test("retryDelay() doubles, and waits at least as Retry-After asks", () => {
  assertEquals([1, 2, 3, 4].map((n) => retryDelay(n, undefined, MIDDLE)), [
    5000,
    10_000,
    20_000,
    40_000,
  ]);
  assertEquals(retryDelay(1, "60", MIDDLE), 60_000);
  assertEquals(retryDelay(1, "Sun, 22 Nov 2026 20:00:00 GMT", MIDDLE), 5000);
});
