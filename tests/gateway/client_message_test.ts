import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../lib/errors.ts";
import { parseClientMessage } from "../../lib/gateway/client_message.ts";
import type { ClientMessage } from "../../lib/gateway/messages.ts";
import {
  CONTENT_BYTES_MAX,
  GATEWAY_URL_CHARACTERS_MAX,
  LEASE_CHUNK_LEAVES_MAX,
} from "../../lib/limits.ts";

const KEY = "0123456789abcdef".repeat(4);
const JOIN = {
  t: "join",
  ref: 1,
  url: "http://a.example/x.mp3",
  leaf: 0,
  chunk: 4,
  lease: 4,
} as const;

const GOOD: ClientMessage[] = [
  { t: "hello", v: 1, id: "ab".repeat(16), port: 0, capacity: 9, share: true },
  {
    ...{ t: "hello", v: 1, id: "cd".repeat(16), port: 7160, capacity: 9 },
    ...{ share: true, public: true },
  },
  JOIN,
  { ...JOIN, root: KEY, length: 5 },
  { t: "leave", key: KEY },
  { t: "lease", key: KEY, from: 0, until: 9, chunks: 4 },
  { t: "done", key: KEY, from: 0, count: 4, ok: true, ms: 0.5 },
  { t: "share", key: KEY, share: 0.5 },
  { t: "hashes", key: KEY, from: 0, count: 4 },
];

Deno.test("parseClientMessage() reads every message, and only the fields it knows", () => {
  for (const message of GOOD) {
    const frame = JSON.stringify({ ...message, later: 1 });
    assertEquals(parseClientMessage(frame), message);
  }
});

Deno.test("parseClientMessage() passes over messages it does not know", () => {
  assertEquals(parseClientMessage('{"t":"dance"}'), undefined);
  assertEquals(parseClientMessage('{"t":"toString"}'), undefined);
});

Deno.test("parseClientMessage() refuses what is malformed or out of range", () => {
  const bad: unknown[] = [
    null,
    7,
    "x",
    [],
    {},
    { t: 1 },
    { ...GOOD[0], id: "AB".repeat(16) },
    { ...GOOD[0], port: 65_536 },
    { ...GOOD[0], port: -1 },
    { ...GOOD[0], share: 1 },
    { ...GOOD[0], public: 1 },
    { t: "lease", key: KEY, from: 0, until: 8, chunks: 1, chunk: 3 },
    { ...JOIN, ref: 1.5 },
    { ...JOIN, url: "" },
    { ...JOIN, url: "x".repeat(GATEWAY_URL_CHARACTERS_MAX + 1) },
    { ...JOIN, root: KEY.toUpperCase() },
    { ...JOIN, root: null },
    { ...JOIN, length: 0 },
    { ...JOIN, length: 2 ** 41 },
    { ...JOIN, chunk: 0 },
    { ...JOIN, chunk: 3 },
    { ...JOIN, chunk: 2 * LEASE_CHUNK_LEAVES_MAX },
    { ...JOIN, leaf: -1 },
    { ...JOIN, leaf: 2 ** 53 },
    { t: "leave", key: KEY.slice(1) },
    { t: "done", key: KEY, from: 0, count: 4, ok: true },
    { t: "share", key: KEY, share: "1" },
  ];
  for (const value of bad) {
    const frame = JSON.stringify(value);
    const error = assertThrows(() => parseClientMessage(frame), AlluviumError);
    assertEquals(error.code, "peer-protocol", frame);
  }
  assertThrows(() => parseClientMessage("{"), AlluviumError);
});

Deno.test("parseClientMessage() refuses every number of every message that is none, or out of range", () => {
  const least: Record<string, number> = { length: 1, chunk: 1 };
  const most: Record<string, number> = {
    port: 65_535,
    length: CONTENT_BYTES_MAX,
    chunk: LEASE_CHUNK_LEAVES_MAX,
  };
  /** Of any size, and taken for what is nearest. */
  const measures = ["ms", "share"];
  const all = [...GOOD, { ...GOOD[5]!, chunk: 4 }];
  let numbers = 0;
  for (const message of all) {
    for (const [name, value] of Object.entries(message)) {
      if (typeof value !== "number") continue;
      numbers++;
      const over = (most[name] ?? Number.MAX_SAFE_INTEGER) + 1;
      const bad = measures.includes(name)
        ? ["1", null, true, {}]
        : ["1", null, true, {}, 1.5, (least[name] ?? 0) - 1, over];
      for (const wrong of bad) {
        const frame = JSON.stringify({ ...message, [name]: wrong });
        assertThrows(() => parseClientMessage(frame), AlluviumError, name);
      }
      const top = JSON.stringify({ ...message, [name]: over - 1 });
      assert(parseClientMessage(top) !== undefined, top);
    }
  }
  assertEquals(numbers, 28);
});

Deno.test("parseClientMessage() takes a time below nothing for nothing, and a share for part of one", () => {
  const read = (message: unknown) =>
    parseClientMessage(JSON.stringify(message)) as Record<string, unknown>;
  assertEquals(read({ ...GOOD[6], ms: -5 }).ms, 0);
  assertEquals(read({ ...GOOD[7], share: 7 }).share, 1);
  assertEquals(read({ ...GOOD[7], share: -7 }).share, 0);
});

Deno.test("parseClientMessage() throws nothing but AlluviumError, whatever comes", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (frame) => {
      try {
        parseClientMessage(frame);
      } catch (error) {
        if (!(error instanceof AlluviumError)) throw error;
      }
    }),
  );
});
