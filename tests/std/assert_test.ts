/**
 * What we use of `@std/assert`, on whichever import map the tests run.
 *
 * @module
 */

import {
  assert,
  assertAlmostEquals,
  assertArrayIncludes,
  assertEquals,
  assertExists,
  assertFalse,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertIsError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertNotMatch,
  assertNotStrictEquals,
  assertObjectMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  equal,
  fail,
  unreachable,
} from "@std/assert";

/** Each assertion: a call that passes and one that fails. */
const CALLS: [name: string, passes: () => void, fails: () => void][] = [
  ["assert", () => assert(1), () => assert(0)],
  ["assertFalse", () => assertFalse(""), () => assertFalse("x")],
  [
    "assertEquals",
    () =>
      assertEquals({ a: [1, new Uint8Array(2)] }, {
        a: [1, new Uint8Array(2)],
      }),
    () => assertEquals(new Uint8Array([1]), new Uint8Array([2])),
  ],
  ["assertNotEquals", () => assertNotEquals(1, 2), () => assertNotEquals(1, 1)],
  [
    "assertStrictEquals",
    () => assertStrictEquals(NaN, NaN),
    () => assertStrictEquals<unknown>({}, {}),
  ],
  [
    "assertNotStrictEquals",
    () => assertNotStrictEquals({}, {}),
    () => assertNotStrictEquals(1, 1),
  ],
  [
    "assertAlmostEquals",
    () => assertAlmostEquals(0.1 + 0.2, 0.3),
    () => assertAlmostEquals(1, 1.2, 0.1),
  ],
  ["assertGreater", () => assertGreater(2, 1), () => assertGreater(1, 1)],
  [
    "assertGreaterOrEqual",
    () => assertGreaterOrEqual(1, 1),
    () => assertGreaterOrEqual(0, 1),
  ],
  ["assertLess", () => assertLess(1, 2), () => assertLess(1, 1)],
  [
    "assertLessOrEqual",
    () => assertLessOrEqual(1, 1),
    () => assertLessOrEqual(2, 1),
  ],
  ["assertExists", () => assertExists(0), () => assertExists(null)],
  [
    "assertInstanceOf",
    () => assertInstanceOf(new RangeError(), Error),
    () => assertInstanceOf({}, Error),
  ],
  [
    "assertIsError",
    () => assertIsError(new TypeError("no way"), TypeError, "way"),
    () => assertIsError(new TypeError("no"), RangeError),
  ],
  [
    "assertArrayIncludes",
    () => assertArrayIncludes([1, 2, 3], [3, 1]),
    () => assertArrayIncludes([1], [2]),
  ],
  [
    "assertStringIncludes",
    () => assertStringIncludes("abc", "b"),
    () => assertStringIncludes("abc", "x"),
  ],
  ["assertMatch", () => assertMatch("a1", /\d/), () => assertMatch("a", /\d/)],
  [
    "assertNotMatch",
    () => assertNotMatch("a", /\d/),
    () => assertNotMatch("1", /\d/),
  ],
  [
    "assertObjectMatch",
    () => assertObjectMatch({ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } }),
    () => assertObjectMatch({ a: 1 }, { a: 2 }),
  ],
  [
    "assertThrows",
    () => assertThrows(() => fail("x"), AssertionError, "x"),
    () => assertThrows(() => {}),
  ],
  ["fail", () => {}, () => fail()],
  ["unreachable", () => {}, () => unreachable()],
];

for (const [name, passes, fails] of CALLS) {
  Deno.test(`assert: ${name}`, () => {
    passes();
    assertThrows(fails, AssertionError);
  });
}

Deno.test("assert: assertThrows returns the error", () => {
  const error = assertThrows(
    () => {
      throw new RangeError("too far");
    },
    RangeError,
    "far",
  );
  assertEquals(error.message, "too far");
});

Deno.test("assert: assertThrows wants the class and the words", () => {
  const type = () => {
    throw new TypeError("x");
  };
  const wrongClass = () => assertThrows(type, RangeError);
  const wrongWords = () => assertThrows(type, TypeError, "y");
  assertThrows(wrongClass, AssertionError);
  assertThrows(wrongWords, AssertionError);
});

Deno.test("assert: assertRejects resolves to the error", async () => {
  const error = await assertRejects(
    () => Promise.reject(new RangeError("too far")),
    RangeError,
    "far",
  );
  assertEquals(error.message, "too far");
  const resolving = () => assertRejects(() => Promise.resolve());
  await assertRejects(resolving, AssertionError);
});

Deno.test("assert: equal compares deeply", () => {
  assert(equal(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]])));
  assert(!equal([1, 2], [2, 1]));
});
