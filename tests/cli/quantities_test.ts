import { assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  formatDuration,
  formatRate,
  formatSize,
  parseRate,
  parseSize,
} from "../../lib/cli/quantities.ts";
import { nearest } from "../../lib/cli/suggest.ts";

Deno.test("sizes count in powers of 1024", () => {
  assertEquals(parseSize("4096"), 4096);
  assertEquals(parseSize("500M"), 500 * 1024 ** 2);
  assertEquals(parseSize("1.5g"), 1.5 * 1024 ** 3);
  assertEquals(parseSize("64 KiB"), 64 * 1024);
  for (const bad of ["", "-1", "M", "5 apples", "9999999999T"]) {
    assertThrows(() => parseSize(bad), AlluviumError);
  }
});

Deno.test("rates count in powers of 1000", () => {
  assertEquals(parseRate("2Mbit"), 2_000_000);
  assertEquals(parseRate("128kbit/s"), 128_000);
  assertEquals(parseRate("64000"), 64_000);
  assertThrows(() => parseRate("2MB"), AlluviumError);
});

Deno.test("figures are printed short", () => {
  assertEquals(formatSize(0), "0 B");
  assertEquals(formatSize(16 * 1024), "16 KiB");
  assertEquals(formatSize(3.44 * 1024 ** 2), "3.4 MiB");
  assertEquals(formatRate(128_000), "128 kbit/s");
  assertEquals(formatRate(2_000_000), "2 Mbit/s");
  assertEquals(formatDuration(188_600), "3:08");
  assertEquals(formatDuration(3_725_000), "1:02:05");
});

Deno.test("the nearest name is offered only when it is near", () => {
  assertEquals(nearest("listne", ["listen", "relay"]), "listen");
  assertEquals(nearest("gatway", ["listen", "gateway"]), "gateway");
  assertEquals(nearest("zebra", ["listen", "relay"]), undefined);
});
