import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { AlluviumError } from "../../lib/errors.ts";
import {
  CHANNELS_MAX,
  DATA_LEAVES_MAX,
  HAVE_RANGES_MAX,
  PEER_FRAME_BYTES_MAX,
  PEERS_TOLD_MAX,
  REQUEST_LEAVES_MAX,
  ROLL_MAX,
} from "../../lib/limits.ts";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { LeafRange } from "../../lib/swarm/leaf_set.ts";
import {
  DATA_HEAD_BYTES,
  decodeMessage,
  encodeMessage,
  leavesIn,
  type PeerMessage,
} from "../../lib/swarm/messages.ts";

const NUMBER_MAX = 2 ** 48 - 1;
const number = fc.oneof(
  fc.nat({ max: 300 }),
  fc.integer({ min: 0, max: NUMBER_MAX }),
);
const channel = fc.nat({ max: CHANNELS_MAX - 1 });
const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => b.toHex());
const run = {
  channel,
  from: number,
  count: fc.integer({ min: 1, max: REQUEST_LEAVES_MAX }),
};
const ranges: fc.Arbitrary<LeafRange[]> = fc.array(
  fc.tuple(fc.nat({ max: 1e6 }), fc.nat({ max: 1e6 })),
  { maxLength: 50 },
).map((steps) => {
  let end = 0;
  return steps.map(([gap, length]) => {
    const from = end + gap;
    end = from + length;
    return { from, until: end };
  });
});
/** As peers write them: IPv6 in its short form, IPv4 never inside of it. */
const host = fc.oneof(fc.ipV4(), fc.ipV6())
  .map((text) => ipaddr.process(text).toString());
const record = <T extends PeerMessage>(
  model: { [K in keyof T]: fc.Arbitrary<T[K]> },
) => fc.record(model, { noNullPrototype: true });

const message: fc.Arbitrary<PeerMessage> = fc.oneof(
  record<PeerMessage & { type: "hello" }>({
    type: fc.constant("hello"),
    version: number,
    id: hex(16),
    port: fc.nat({ max: 65_535 }),
    capacity: number,
  }),
  record<PeerMessage & { type: "open" }>({
    type: fc.constant("open"),
    channel,
    key: hex(32),
    length: number,
  }),
  record<PeerMessage & { type: "close" }>({
    type: fc.constant("close"),
    channel,
  }),
  record<PeerMessage & { type: "have" }>({
    type: fc.constant("have"),
    channel,
    queueBytes: number,
    ranges,
  }),
  record<PeerMessage & { type: "request" }>({
    type: fc.constant("request"),
    ...run,
    deadlineMs: number,
  }),
  record<PeerMessage & { type: "data" }>({
    type: fc.constant("data"),
    channel,
    from: number,
    bytes: fc.uint8Array({ maxLength: 300 }),
  }),
  record<PeerMessage & { type: "cancel" }>({
    type: fc.constant("cancel"),
    ...run,
  }),
  record<PeerMessage & { type: "refuse" }>({
    type: fc.constant("refuse"),
    ...run,
  }),
  fc.constant<PeerMessage>({ type: "bye" }),
  record<PeerMessage & { type: "peers" }>({
    type: fc.constant("peers"),
    channel,
    add: fc.array(
      fc.record({ id: hex(16), host, port: fc.nat({ max: 65_535 }) }, {
        noNullPrototype: true,
      }),
      { maxLength: PEERS_TOLD_MAX },
    ),
    drop: fc.array(hex(16), { maxLength: PEERS_TOLD_MAX }),
  }),
  record<PeerMessage & { type: "roll" }>({
    type: fc.constant("roll"),
    channel,
    entries: fc.array(
      fc.record({ id: hex(16), ageSeconds: number }, { noNullPrototype: true }),
      { maxLength: ROLL_MAX },
    ),
  }),
);

/** What a frame is: a message, nothing known, or the peer's fault; anything else throws. */
function read(frame: Uint8Array): PeerMessage | "unknown" | "fault" {
  try {
    return decodeMessage(frame) ?? "unknown";
  } catch (error) {
    if (error instanceof AlluviumError && error.code === "peer-protocol") {
      return "fault";
    }
    throw error;
  }
}

function assertFault(frame: Uint8Array | number[]): void {
  assertEquals(read(Uint8Array.from(frame)), "fault");
}

Deno.test("encodeMessage() and decodeMessage() are each other's inverse", () => {
  fc.assert(fc.property(message, (sent) => {
    assertEquals(read(encodeMessage(sent)), sent);
  }));
});

Deno.test("decodeMessage() ignores what follows the last field", () => {
  const fixed = message.filter(({ type }) => type !== "data");
  const more = fc.uint8Array({ minLength: 1, maxLength: 20 });
  fc.assert(fc.property(fixed, more, (sent, extra) => {
    const frame = new Uint8Array([...encodeMessage(sent), ...extra]);
    assertEquals(read(frame), sent);
  }));
});

Deno.test("decodeMessage() of a frame cut anywhere is the peer's fault, or data that is shorter", () => {
  fc.assert(fc.property(message, (sent) => {
    const frame = encodeMessage(sent);
    for (let end = 0; end < frame.length; end++) {
      const got = read(frame.subarray(0, end));
      if (sent.type !== "data") assertEquals(got, "fault", `at ${end}`);
      else if (got !== "fault") {
        assert(typeof got === "object" && got.type === "data");
        assert(got.bytes.length < sent.bytes.length);
      }
    }
  }));
});

Deno.test("decodeMessage() of any bytes gives a message, nothing, or the peer's fault", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (frame) => {
      const got = read(frame);
      // Whatever was understood can be said again.
      if (typeof got === "object") encodeMessage(got);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("leavesIn() finds the leaves that decodeMessage() finds, in any frame", () => {
  const cut = fc.tuple(message, fc.nat()).map(([sent, end]) => {
    const frame = encodeMessage(sent);
    return frame.subarray(0, end % (frame.length + 1));
  });
  fc.assert(
    fc.property(fc.oneof(cut, fc.uint8Array({ maxLength: 100 })), (frame) => {
      const got = read(frame);
      const isData = typeof got === "object" && got.type === "data";
      assertEquals(leavesIn(frame), isData ? got.bytes : undefined);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("decodeMessage() ignores messages of unknown types", () => {
  for (let type = 11; type < 256; type++) {
    assertEquals(read(new Uint8Array([type, 1, 2, 3])), "unknown");
  }
});

Deno.test("decodeMessage() refuses a frame over PEER_FRAME_BYTES_MAX", () => {
  const frame = new Uint8Array(PEER_FRAME_BYTES_MAX + 1).fill(255);
  assertFault(frame);
  assertEquals(read(frame.subarray(1)), "unknown");
});

Deno.test("a data frame of DATA_LEAVES_MAX leaves fits a frame", () => {
  assert(
    DATA_LEAVES_MAX * LEAF_BYTES + DATA_HEAD_BYTES <= PEER_FRAME_BYTES_MAX,
  );
});

Deno.test("a have of HAVE_RANGES_MAX far ranges fits a frame", () => {
  const ranges = Array.from({ length: HAVE_RANGES_MAX }, (_, i) => ({
    from: i * 2 ** 14,
    until: i * 2 ** 14 + 1,
  }));
  const queueBytes = NUMBER_MAX;
  const frame = encodeMessage({ type: "have", channel: 1, queueBytes, ranges });
  assert(frame.length <= PEER_FRAME_BYTES_MAX);
});

Deno.test("decodeMessage() refuses more than HAVE_RANGES_MAX ranges", () => {
  const ranges = Array.from({ length: HAVE_RANGES_MAX + 1 }, (_, i) => ({
    from: 2 * i,
    until: 2 * i + 1,
  }));
  assertFault(
    encodeMessage({ type: "have", channel: 0, queueBytes: 0, ranges }),
  );
});

Deno.test("decodeMessage() refuses a channel from CHANNELS_MAX on", () => {
  assertFault(encodeMessage({ type: "close", channel: CHANNELS_MAX }));
});

Deno.test("decodeMessage() refuses a run of no leaves or more than REQUEST_LEAVES_MAX", () => {
  for (const type of ["request", "cancel", "refuse"] as const) {
    for (const count of [0, REQUEST_LEAVES_MAX + 1]) {
      const run = { channel: 0, from: 0, count };
      assertFault(encodeMessage({ type, ...run, deadlineMs: 0 }));
    }
  }
});

Deno.test("decodeMessage() refuses more than PEERS_TOLD_MAX peers added or dropped", () => {
  const id = "ab".repeat(16);
  const peer = { id, host: "11.0.0.1", port: 7160 };
  const add = Array(PEERS_TOLD_MAX + 1).fill(peer);
  assertFault(encodeMessage({ type: "peers", channel: 0, add, drop: [] }));
  const drop = Array(PEERS_TOLD_MAX + 1).fill(id);
  assertFault(encodeMessage({ type: "peers", channel: 0, add: [], drop }));
});

Deno.test("decodeMessage() refuses more than ROLL_MAX entries of a roll", () => {
  const entry = { id: "ab".repeat(16), ageSeconds: 0 };
  const entries = Array(ROLL_MAX + 1).fill(entry);
  assertFault(encodeMessage({ type: "roll", channel: 0, entries }));
});

Deno.test("decodeMessage() refuses an address that is neither IPv4 nor IPv6, and a port that is none", () => {
  const frame = encodeMessage({
    type: "peers",
    channel: 0,
    add: [{ id: "ab".repeat(16), host: "11.0.0.1", port: 80 }],
    drop: [],
  });
  const lengthAt = 3 + 16;
  assertEquals(frame[lengthAt], 4);
  for (const length of [0, 3, 5, 17]) {
    assertFault(frame.with(lengthAt, length));
  }
  const peers = { channel: 0, drop: [] };
  const far = { id: "ab".repeat(16), host: "::1", port: 65_536 };
  assertFault(encodeMessage({ type: "peers", ...peers, add: [far] }));
});

Deno.test("an IPv4 address written as IPv6 is told as what it is", () => {
  const told = { id: "ab".repeat(16), host: "::ffff:11.0.0.1", port: 7160 };
  const frame = encodeMessage({
    type: "peers",
    channel: 0,
    add: [told],
    drop: [],
  });
  const got = read(frame);
  assert(typeof got === "object" && got.type === "peers");
  assertEquals(got.add, [{ ...told, host: "11.0.0.1" }]);
});

Deno.test("decodeMessage() refuses a port that is none", () => {
  const hello = { version: 1, id: "ab".repeat(16), capacity: 0 };
  assertFault(encodeMessage({ type: "hello", ...hello, port: 65_536 }));
});

Deno.test("decodeMessage() refuses numbers from 2^48 on, however long", () => {
  const close = 2;
  assertFault([close, ...Array(7).fill(255), 0]);
  assertFault([close, ...Array(100).fill(128), 0]);
  // The largest number in a field without a limit of its own.
  const largest = [255, 255, 255, 255, 255, 255, 63];
  const data = 5;
  const got = read(Uint8Array.from([data, 0, ...largest]));
  assert(typeof got === "object" && got.type === "data");
  assertEquals(got.from, NUMBER_MAX);
  assertFault([data, 0, 255, 255, 255, 255, 255, 255, 64]);
});

/** A number as it travels. */
function leb128(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value;; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128 + (rest < 128 ? 0 : 128));
    if (rest < 128) return bytes;
  }
}

/** A field of a frame: bytes as they are, or a number with its largest value. */
type Field = number[] | { name: string; max: number; least?: number };

/** Every message, field by field; a list has one entry here. */
function allFrames(): Field[][] {
  const bounded = (name: string, max: number, least = 0) => ({
    ...{ name, max, least },
  });
  const any = (name: string) => bounded(name, NUMBER_MAX);
  const [id, key] = [Array<number>(16).fill(7), Array<number>(32).fill(7)];
  const channel = bounded("channel", CHANNELS_MAX - 1);
  const port = bounded("port", 65_535);
  const count = bounded("count", REQUEST_LEAVES_MAX, 1);
  const run: Field[] = [channel, any("from"), count];
  const address = [4, 11, 0, 0, 1];
  return [
    [[0], any("version"), id, port, any("capacity")],
    [[1], channel, key, any("length")],
    [[2], channel],
    [[3], channel, any("queue"), [1], any("gap"), any("length")],
    [[4], ...run, any("deadline")],
    [[5], channel, any("from"), [1, 2, 3]],
    [[6], ...run],
    [[7], ...run],
    [[8]],
    [[9], channel, [1], id, address, port, [1], id],
    [[10], channel, [1], id, any("age")],
  ];
}

Deno.test("decodeMessage() takes every number of every message up to its limit, and none over it", () => {
  let numbers = 0;
  for (const fields of allFrames()) {
    const frame = (at?: number, bytes: number[] = []) =>
      Uint8Array.from(fields.flatMap((field, i) => {
        if (i === at) return bytes;
        return Array.isArray(field) ? field : leb128(field.least ?? 0);
      }));
    assert(typeof read(frame()) === "object", `${fields[0]}`);
    for (const [i, field] of fields.entries()) {
      if (Array.isArray(field)) continue;
      numbers++;
      const what = `${field.name} of ${fields[0]}`;
      const good = read(frame(i, leb128(field.max)));
      assert(typeof good === "object", `${what} at its limit`);
      assertEquals(read(frame(i, leb128(field.max + 1))), "fault", what);
    }
  }
  assertEquals(numbers, 26);
});

Deno.test("decodeMessage() takes lists up to their limits, and none over them", () => {
  const [id, address] = [Array<number>(16).fill(7), [4, 11, 0, 0, 1, 80]];
  const lists: [string, number, number[], number[], number[]][] = [
    ["ranges", HAVE_RANGES_MAX, [3, 0, 0], [1, 1], []],
    ["add", PEERS_TOLD_MAX, [9, 0], [...id, ...address], [0]],
    ["drop", PEERS_TOLD_MAX, [9, 0, 0], id, []],
    ["entries", ROLL_MAX, [10, 0], [...id, 0], []],
  ];
  for (const [name, max, before, entry, after] of lists) {
    const of = (count: number) =>
      read(Uint8Array.from([
        ...before,
        ...leb128(count),
        ...Array(count).fill(entry).flat(),
        ...after,
      ]));
    assert(typeof of(max) === "object", name);
    assertEquals(of(max + 1), "fault", name);
    // A number that promises more than there is costs nothing.
    const promised = Uint8Array.from([...before, ...leb128(max)]);
    assertEquals(read(promised), "fault", name);
  }
});

Deno.test("encodeMessage() refuses numbers that are none", () => {
  for (const capacity of [-1, 1.5, NaN, Infinity, 2 ** 48]) {
    const hello = { version: 1, id: "ab".repeat(16), port: 0, capacity };
    assertThrows(
      () => encodeMessage({ type: "hello", ...hello }),
      RangeError,
      "Cannot encode",
    );
  }
});
