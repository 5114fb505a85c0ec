import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../lib/errors.ts";
import { parseRange } from "../../lib/gateway/byte_range.ts";

Deno.test("parseRange() reads the three forms of one range", () => {
  assertEquals(parseRange("bytes=0-0", 10), { start: 0, end: 1 });
  assertEquals(parseRange("bytes=2-5", 10), { start: 2, end: 6 });
  assertEquals(parseRange("bytes=2-99", 10), { start: 2, end: 10 });
  assertEquals(parseRange("bytes=9-", 10), { start: 9, end: 10 });
  assertEquals(parseRange("bytes=-3", 10), { start: 7, end: 10 });
  assertEquals(parseRange("bytes=-99", 10), { start: 0, end: 10 });
  assertEquals(parseRange("Bytes = 1 - 2", 10), { start: 1, end: 3 });
});

Deno.test("parseRange() passes over what it need not know", () => {
  for (
    const header of [
      null,
      "",
      "bytes=",
      "bytes=-",
      "bytes=0-1,5-6",
      "items=0-1",
      "bytes=5-2",
      "bytes=a-b",
      "bytes=0x1-2",
    ]
  ) assertEquals(parseRange(header, 10), undefined, String(header));
});

Deno.test("parseRange() refuses a range outside the file", () => {
  for (const header of ["bytes=10-", "bytes=10-20", "bytes=-0"]) {
    const error = assertThrows(() => parseRange(header, 10), AlluviumError);
    assertEquals(error.code, "range-not-satisfiable", header);
  }
});

Deno.test("parseRange() never gives bytes outside the file, whatever comes", () => {
  const digits = fc.stringMatching(/^\d{0,17}$/);
  fc.assert(
    fc.property(
      digits,
      digits,
      fc.integer({ min: 1, max: 1e6 }),
      (a, b, length) => {
        try {
          const range = parseRange(`bytes=${a}-${b}`, length);
          if (range === undefined) return;
          const { start, end } = range;
          assertEquals(start >= 0 && start < end && end <= length, true);
        } catch (error) {
          if (!(error instanceof AlluviumError)) throw error;
        }
      },
    ),
  );
});
