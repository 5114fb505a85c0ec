import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BlockQueue } from "../../lib/icecast/block_queue.ts";
import { RUN_BYTES_MAX } from "../../lib/limits.ts";
import type { MountChunk } from "../../lib/media/packet.ts";

const EMPTY = new Uint8Array(0);

/** A chunk that may be started at, of `length` bytes of `value`. */
function chunk(
  length: number,
  extra: Partial<MountChunk> = {},
  value = 0,
): MountChunk {
  return {
    data: new Uint8Array(length).fill(value),
    durationMs: 26,
    header: EMPTY,
    ...extra,
  };
}

function numbers(queue: BlockQueue): number[] {
  const all: number[] = [];
  for (let n = queue.firstNumber; n < queue.nextNumber; n++) all.push(n);
  return all;
}

Deno.test("chunks are gathered into blocks by play time and by size", () => {
  const queue = new BlockQueue({ blockMs: 100, blockBytes: 1000 });
  const made = [10, 10, 10, 10].map((n) => queue.push(chunk(n)));
  assertEquals(made, [false, false, false, true]);
  assertEquals(queue.block(0)?.data.length, 40);
  assertEquals([queue.push(chunk(900)), queue.push(chunk(200))], [false, true]);
  assertEquals(queue.block(1)?.data.length, 900);
  assert(queue.seal());
  assertEquals(queue.block(2)?.data.length, 200);
  assert(!queue.seal());
});

Deno.test("a title and a place to start begin a block", () => {
  const queue = new BlockQueue();
  const { header: _none, ...middle } = chunk(1);
  queue.push(middle);
  queue.push(chunk(2));
  queue.push(chunk(3, { title: "new" }));
  queue.push(chunk(4, { title: "new" }));
  queue.retitle("newer");
  queue.push(chunk(5));
  queue.seal();
  const blocks = numbers(queue).map((n) => queue.block(n)!);
  assertEquals(blocks.map((block) => block.data.length), [1, 2, 7, 5]);
  assertEquals(blocks.map((block) => block.header !== undefined), [
    false,
    true,
    true,
    true,
  ]);
  assertEquals(blocks.map((block) => block.title), ["", "", "new", "newer"]);
});

Deno.test("what is older than the limit is forgotten", () => {
  const queue = new BlockQueue({ bytesMax: 1000, blockMs: 1 });
  for (let i = 0; i < 100; i++) queue.push(chunk(100, {}, i));
  assertEquals(queue.nextNumber, 100);
  assertEquals(queue.firstNumber, 90);
  assertEquals(queue.block(89), undefined);
  assertEquals(queue.block(90)?.data[0], 90);
  assertEquals(queue.block(100), undefined);
  queue.push(chunk(5000));
  assertEquals(numbers(queue).length, 1);
});

Deno.test("a burst starts at the earliest block that may be started at and fits", () => {
  const queue = new BlockQueue({ blockMs: 1 });
  assertEquals(queue.burstStart(100), 0);
  const { header: _none, ...middle } = chunk(40);
  queue.push(chunk(40));
  queue.push(chunk(40));
  queue.push(middle);
  queue.push(middle);
  assertEquals(queue.burstStart(1000), 0);
  assertEquals(queue.burstStart(130), 1);
  assertEquals(queue.burstStart(50), 1);
  assertEquals(queue.burstStart(0), 1);
  const headless = new BlockQueue({ blockMs: 1 });
  headless.push(middle);
  assertEquals(headless.burstStart(1000), 1);
});

Deno.test("blocks tile the stream, whatever is pushed", () => {
  const anyChunk = fc.record({
    length: fc.nat(300),
    start: fc.boolean(),
    title: fc.option(fc.constantFrom("a", "b")),
    durationMs: fc.nat(120),
  });
  fc.assert(fc.property(fc.array(anyChunk), (list) => {
    const queue = new BlockQueue({ blockMs: 100, blockBytes: 400 });
    const expected: number[] = [];
    list.forEach(({ length, start, title, durationMs }, i) => {
      const data = new Uint8Array(length).fill(i);
      expected.push(...data);
      queue.push({
        data,
        durationMs,
        ...(start ? { header: EMPTY } : {}),
        ...(title === null ? {} : { title }),
      });
    });
    queue.seal();
    const actual = numbers(queue).flatMap((n) => [...queue.block(n)!.data]);
    assertEquals(actual, expected);
  }));
});

Deno.test("a run joins what holds one title, once for everyone", () => {
  const queue = new BlockQueue({ blockMs: 1 });
  const { header: _none, ...middle } = chunk(10);
  queue.push(middle);
  queue.push(middle);
  for (let n = 2; n < 5; n++) queue.push(chunk(10, {}, n));
  queue.push(chunk(10, { title: "new" }));
  queue.push(chunk(RUN_BYTES_MAX));
  const run = (from: number) => {
    const { data, nextNumber } = queue.run(from)!;
    return [data.length, nextNumber];
  };
  assertEquals(run(0), [20, 2]);
  assertEquals(run(2), [30, 5]);
  assertEquals(run(3), [20, 5]);
  assertEquals(run(5), [10, 6]);
  assertEquals(run(6), [RUN_BYTES_MAX, 7]);
  assertEquals(queue.run(7), undefined);
  const again = queue.run(2);
  assert(again !== undefined && again === queue.run(2));
  queue.push(chunk(10));
  assertEquals(run(6), [RUN_BYTES_MAX, 7]);
});
