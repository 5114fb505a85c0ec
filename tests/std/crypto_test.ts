/**
 * What we use of `@std/crypto`, on whichever import map the tests run.
 *
 * @module
 */

import { assert, assertFalse, assertThrows } from "@std/assert";
import { timingSafeEqual } from "@std/crypto";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("crypto: timingSafeEqual compares bytes", () => {
  assert(timingSafeEqual(bytes("hackme"), bytes("hackme")));
  assertFalse(timingSafeEqual(bytes("hackme"), bytes("hackmf")));
  assertFalse(timingSafeEqual(bytes("xackme"), bytes("hackme")));
  assert(timingSafeEqual(new Uint8Array(), new Uint8Array()));
});

Deno.test("crypto: timingSafeEqual sees views and buffers alike", () => {
  const whole = bytes("..hackme..");
  const view = whole.subarray(2, 8);
  assert(timingSafeEqual(view, bytes("hackme").buffer));
  assert(timingSafeEqual(new DataView(whole.buffer, 2, 6), view));
});

Deno.test("crypto: timingSafeEqual wants equal lengths", () => {
  assertThrows(() => timingSafeEqual(bytes("a"), bytes("ab")), TypeError);
});
