import { assertEquals } from "@std/assert";
import { TokenBucket } from "../lib/token_bucket.ts";

Deno.test("a bucket gives its capacity at once, then so much a second, and owes what was taken beyond", () => {
  const bucket = new TokenBucket(1_000, 10_000, 0);
  bucket.take(1_000, 0);
  assertEquals(bucket.waitMs(0), 0);
  bucket.take(10_000, 0);
  assertEquals([bucket.left(0), bucket.waitMs(0)], [-10_000, 1_000]);
  assertEquals(bucket.waitMs(400), 600);
  assertEquals(bucket.waitMs(1_000), 0);
});

Deno.test("what is not used is not saved up beyond the capacity", () => {
  const bucket = new TokenBucket(1_000, 10_000, 0);
  assertEquals(bucket.left(3_600_000), 1_000);
  assertEquals(bucket.isFull(3_600_000), true);
  bucket.take(1, 3_600_000);
  assertEquals(bucket.isFull(3_600_000), false);
});

Deno.test("a clock that is set back takes nothing away", () => {
  const bucket = new TokenBucket(1_000, 1_000, 3_600_000);
  bucket.take(500, 3_600_000);
  assertEquals(bucket.left(0), 500);
  assertEquals(bucket.left(100), 600);
});
