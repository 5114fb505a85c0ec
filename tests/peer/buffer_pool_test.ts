import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BufferPool } from "../../lib/peer/buffer_pool.ts";

/** Bytes of a buffer of the test's. */
const SIZE = 8;

function somePool(size: number, idleBytesMax: number): BufferPool {
  return new BufferPool(size, idleBytesMax, (size) => new ArrayBuffer(size));
}

Deno.test("a buffer is given again once nobody keeps it", () => {
  const pool = somePool(SIZE, 32);
  const first = pool.take(SIZE);
  const part = first.subarray(2, 4);
  pool.keep(part);
  pool.release(first);
  assert(pool.take(SIZE).buffer !== first.buffer);
  pool.release(part);
  assert(pool.take(SIZE).buffer === first.buffer);
});

Deno.test("what was spent is kept until all that came in has been acted on", () => {
  const pool = somePool(SIZE, 32);
  const first = pool.take(SIZE);
  pool.spend(first);
  assert(pool.take(SIZE).buffer !== first.buffer);
  pool.keep(first);
  pool.settle();
  assert(pool.take(SIZE).buffer !== first.buffer);
  pool.release(first);
  assert(pool.take(SIZE).buffer === first.buffer);
});

Deno.test("no more than its limit are kept that nobody uses", () => {
  const pool = somePool(SIZE, 16);
  const taken = [pool.take(SIZE), pool.take(SIZE), pool.take(SIZE)];
  for (const one of taken) pool.release(one);
  const again = [pool.take(SIZE), pool.take(SIZE), pool.take(SIZE)];
  const known = again.filter(({ buffer }) =>
    taken.some((one) => one.buffer === buffer)
  );
  assertEquals(known.length, 2);
});

Deno.test("a buffer is of the least size that is enough: the largest, halved some times", () => {
  const pool = somePool(1028, 4096);
  const sizeOf = (atLeast: number) => pool.take(atLeast).length;
  assertEquals([1028, 515, 514, 258, 257, 1].map(sizeOf), [
    ...[1028, 1028, 514, 514, 257, 2],
  ]);
});

Deno.test("a buffer is given again to who wants one of its size", () => {
  const pool = somePool(SIZE, 32);
  const [large, small] = [pool.take(SIZE), pool.take(SIZE / 2)];
  pool.release(large);
  pool.release(small);
  assert(pool.take(SIZE / 2).buffer === small.buffer);
  assert(pool.take(SIZE / 2).buffer !== large.buffer);
  assert(pool.take(SIZE).buffer === large.buffer);
});

Deno.test("bytes that are not the pool's, or given back twice, are nobody's trouble", () => {
  const pool = somePool(SIZE, 32);
  const stranger = new Uint8Array(8);
  pool.keep(stranger);
  pool.spend(stranger);
  pool.settle();
  pool.release(stranger);
  const own = pool.take(SIZE);
  pool.release(own);
  pool.release(own);
  assert(pool.take(SIZE).buffer === own.buffer);
  assert(pool.take(SIZE).buffer !== own.buffer);
});

Deno.test("whatever is done in whatever order, nobody is given what another keeps", () => {
  const step = fc.record({
    what: fc.constantFrom("take", "keep", "release", "spend", "settle"),
    which: fc.nat(),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const pool = somePool(SIZE, 3 * SIZE);
    /** Every keeper's view; those of one buffer may be several. */
    const kept: Uint8Array[] = [];
    const spent: Uint8Array[] = [];
    for (const { what, which } of steps) {
      const at = which % Math.max(1, kept.length);
      const one = kept[at];
      if (what === "take") {
        const taken = pool.take(1 + which % SIZE);
        const all = [...kept, ...spent];
        assert(all.every(({ buffer }) => buffer !== taken.buffer));
        kept.push(taken);
      } else if (what === "settle") {
        pool.settle();
        spent.length = 0;
      } else if (one !== undefined) {
        if (what === "keep") {
          pool.keep(one);
          kept.push(one.subarray(1));
        } else {
          kept.splice(at, 1);
          if (what === "release") pool.release(one);
          else {
            pool.spend(one);
            spent.push(one);
          }
        }
      }
    }
  }));
});
