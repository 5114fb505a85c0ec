import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LINK_READ_BYTES, READ_BUFFERS_BYTES_MAX } from "../../lib/limits.ts";
import { BufferPool } from "../../lib/peer/buffer_pool.ts";
import { FrameReader } from "../../lib/peer/frame_reader.ts";

const MAX = 320 * 1024;

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 7 + length);
}

function readerOf(masked: boolean, head: Uint8Array): FrameReader {
  const make = (size: number) => new SharedArrayBuffer(size);
  const pool = new BufferPool(LINK_READ_BYTES, READ_BUFFERS_BYTES_MAX, make);
  return new FrameReader(MAX, masked, pool, head);
}

/** A frame, a client's if it has a key. */
function frame(
  opcode: number,
  payload: Uint8Array,
  key: readonly number[] = [],
): Uint8Array {
  const { length } = payload;
  const head = length < 126
    ? [length]
    : length < 65_536
    ? [126, length >> 8, length & 255]
    : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  if (key.length > 0) {
    head[0]! |= 0x80;
    payload = payload.map((byte, i) => byte ^ key[i % 4]!);
  }
  return new Uint8Array([0x80 | opcode, ...head, ...key, ...payload]);
}

Deno.test("frames are the same however the bytes come", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 70_000 }), { maxLength: 6 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 90_000 })),
      fc.constantFrom([], [0, 0, 0, 0], [1, 0, 200, 7]),
      (lengths, chance, key) => {
        const payloads = lengths.map(bytesOf);
        const sent = payloads.flatMap((one) => [...frame(2, one, key)]);
        const first = Math.min(sent.length, chance.next().value % 300);
        const reader = readerOf(
          key.length > 0,
          Uint8Array.from(sent.slice(0, first)),
        );
        const came: Uint8Array[] = [];
        for (let at = first;;) {
          for (let one; (one = reader.next()) !== undefined;) {
            came.push(one.payload);
          }
          if (at >= sent.length) break;
          const room = reader.room();
          assert(room.length > 0);
          const part = sent.slice(
            at,
            at + Math.min(room.length, chance.next().value),
          );
          room.set(part);
          reader.filled(part.length);
          at += part.length;
        }
        // Views of buffers that were given up are still what they were.
        assertEquals(came.map((x) => new Uint8Array(x)), payloads);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("where frames are all alike none is cut by the end of a buffer", () => {
  const one = frame(2, bytesOf(262_160));
  const reader = readerOf(false, new Uint8Array());
  const buffers = new Set<ArrayBufferLike>();
  let [sent, frames] = [0, 0];
  while (frames < 40) {
    const room = reader.room();
    const isNew = !buffers.has(room.buffer);
    // Until the buffers have grown, what was begun goes along.
    if (isNew && frames > 12) assertEquals(room.byteOffset, 0);
    buffers.add(room.buffer);
    for (let i = 0; i < room.length; i++) {
      room[i] = one[(sent + i) % one.length]!;
    }
    sent += room.length;
    reader.filled(room.length);
    for (let next; (next = reader.next()) !== undefined;) {
      assertEquals(next.payload.length, 262_160);
      frames++;
    }
  }
});

Deno.test("what no server may send is not taken, nor what no client may", () => {
  const cases: Uint8Array[] = [
    new Uint8Array([0x82, 0x81, 0, 0, 0, 0, 1]), // masked
    new Uint8Array([0x02, 0x01, 1]), // not final
    new Uint8Array([0x80, 0x01, 1]), // a continuation
    new Uint8Array([0xc2, 0x01, 1]), // an extension
    frame(1, new Uint8Array(1)), // text
    frame(3, new Uint8Array(1)), // reserved
    frame(11, new Uint8Array(1)), // reserved for control
    frame(9, new Uint8Array(126)), // too long for control
    frame(2, new Uint8Array(MAX + 1)),
    new Uint8Array([0x82, 127, 255, 0, 0, 0, 0, 0, 0, 0]),
  ];
  for (const bytes of cases) {
    const reader = readerOf(false, bytes);
    assertThrows(() => reader.next(), RangeError);
  }
  const ofClients = [
    frame(2, new Uint8Array(1)), // not masked
    frame(2, new Uint8Array(MAX + 1), [1, 2, 3, 4]),
  ];
  for (const bytes of ofClients) {
    const reader = readerOf(true, bytes);
    assertThrows(() => reader.next(), RangeError);
  }
});
