import { assert, assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { Mount, type MountOptions } from "../../lib/icecast/mount.ts";
import { isMountPath, MountTable } from "../../lib/icecast/mount_table.ts";
import {
  BURST_BYTES,
  FILM_BURST_MS_MAX,
  ICY_METADATA_INTERVAL_BYTES,
  LISTENER_QUEUE_BYTES_MAX,
  LISTENERS_PER_TURN,
  MOUNT_PATH_CHARACTERS_MAX,
  MOUNT_TURNS_MAX,
  MOUNTS_MAX,
} from "../../lib/limits.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { deinterleave } from "./deinterleave.ts";
import { FakePlayer } from "./fake_player.ts";

const EMPTY = new Uint8Array(0);
const CHUNK_BYTES = 4096;

function makeMount(options: Partial<MountOptions> = {}): Mount {
  return new Mount({
    path: "/stream.mp3",
    contentType: "audio/mpeg",
    name: "Test",
    clock: new FakeClock(),
    ...options,
  });
}

/** Chunk number `n`: CHUNK_BYTES bytes of `n` mod 256, a block by itself. */
function chunk(n: number, extra: Partial<MountChunk> = {}): MountChunk {
  const data = new Uint8Array(CHUNK_BYTES).fill(n);
  return { data, durationMs: 256, header: EMPTY, ...extra };
}

function join(mount: Mount, icy = false, counts = true): FakePlayer {
  const player = new FakePlayer();
  mount.attach(player, {
    icy,
    counts,
    remoteAddress: "192.0.2.1",
    userAgent: "test",
    connectedAtMs: 0,
  });
  return player;
}

/** The chunk numbers of a stream, checking that each chunk is whole. */
function chunkNumbers(stream: Uint8Array): number[] {
  assertEquals(stream.length % CHUNK_BYTES, 0);
  const all: number[] = [];
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) {
    const whole = stream.subarray(at, at + CHUNK_BYTES);
    assert(whole.every((byte) => byte === whole[0]));
    all.push(whole[0]!);
  }
  return all;
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i);

Deno.test("a listener gets a burst at once, then everything in order", async () => {
  const mount = makeMount();
  for (const n of range(0, 100)) mount.push(chunk(n));
  const player = join(mount);
  await settle();
  const burst = BURST_BYTES / CHUNK_BYTES;
  assertEquals(chunkNumbers(player.received), range(100 - burst, 100));
  for (const n of range(100, 120)) mount.push(chunk(n));
  await settle();
  assertEquals(chunkNumbers(player.received), range(100 - burst, 120));
  assertEquals(mount.bytesSent, player.received.length);
});

Deno.test("a listener that comes hears what was pushed a moment ago", async () => {
  const mount = makeMount();
  mount.push(chunk(1, { durationMs: 1 }));
  const player = join(mount);
  await settle();
  assertEquals(chunkNumbers(player.received), [1]);
});

Deno.test("a listener on an Ogg mount starts with headers, at a place where it may", async () => {
  const mount = makeMount({ contentType: "application/ogg" });
  const { header: _none, ...middle } = chunk(1);
  mount.push(middle);
  const player = join(mount, true);
  mount.push(middle);
  const header = new Uint8Array(CHUNK_BYTES).fill(200);
  mount.push(chunk(2, { header }));
  mount.push(chunk(3, { header }));
  await settle();
  assertEquals(chunkNumbers(player.received), [200, 2, 3]);
});

Deno.test("a listener that asked gets titles woven in, the current one first", async () => {
  const mount = makeMount();
  mount.push(chunk(0, { title: "first" }));
  for (const n of range(1, 40)) mount.push(chunk(n));
  const player = join(mount, true);
  mount.push(chunk(40, { title: "second" }));
  for (const n of range(41, 60)) mount.push(chunk(n));
  await settle();
  const parts = deinterleave(player.received, ICY_METADATA_INTERVAL_BYTES);
  assertEquals(chunkNumbers(parts.audio), range(24, 60));
  assertEquals(parts.titles.map((title) => title.text), [
    "StreamTitle='first';",
    "StreamTitle='second';",
  ]);
  const change = (40 - 24) * CHUNK_BYTES;
  const at = parts.titles[1]!.atByte;
  assert(at > change && at <= change + ICY_METADATA_INTERVAL_BYTES);
  assertEquals(mount.title, "second");
});

Deno.test("a title set from outside reaches listeners", async () => {
  const mount = makeMount();
  const player = join(mount, true);
  mount.setTitle("live now");
  for (const n of range(0, 8)) mount.push(chunk(n));
  await settle();
  const parts = deinterleave(player.received, ICY_METADATA_INTERVAL_BYTES);
  assertEquals(parts.titles[0]?.text, "StreamTitle='live now';");
});

Deno.test("a listener that reads too slowly is dropped at the limit, and the others notice nothing", async () => {
  const mount = makeMount();
  const slow = join(mount);
  const good = join(mount);
  slow.stall();
  const fits = LISTENER_QUEUE_BYTES_MAX / CHUNK_BYTES;
  for (const n of range(0, fits)) {
    mount.push(chunk(n));
    await settle();
  }
  assertEquals([mount.listeners, slow.destroyed], [2, false]);
  let more = 0;
  for (; !slow.destroyed && more < 10; more++) {
    mount.push(chunk(more));
    await settle();
  }
  assert(more > 1 && more < 10, `${more}`);
  assertEquals([mount.listeners, mount.slowListeners], [1, 1]);
  assertEquals(
    chunkNumbers(good.received),
    [...range(0, fits), ...range(0, more)].map((n) => n % 256),
  );
});

Deno.test("a listener that pauses for less catches up without a hole", async () => {
  const mount = makeMount();
  const player = join(mount);
  player.stall();
  for (const n of range(0, 100)) mount.push(chunk(n));
  player.resumeReading();
  for (let i = 0; i < 20; i++) await settle();
  assertEquals(chunkNumbers(player.received), range(0, 100));
  assertEquals(mount.slowListeners, 0);
});

Deno.test("listeners and their peak are counted, probes are not", async () => {
  const mount = makeMount();
  const players = [join(mount), join(mount), join(mount, false, false)];
  assertEquals([mount.listeners, mount.listenerPeak], [2, 2]);
  for (const player of players) player.destroy();
  await settle();
  assertEquals([mount.listeners, mount.listenerPeak], [0, 2]);
  assertEquals(mount.everyListener, []);
});

Deno.test("the bytes between two titles are counted from the container's headers on", async () => {
  const mount = makeMount({ contentType: "video/mp2t" });
  const header = new Uint8Array(376).fill(200);
  for (let n = 0; n < 30; n++) mount.push(chunk(n, { header, title: "On" }));
  const player = join(mount, true);
  for (let n = 30; n < 40; n++) mount.push(chunk(n, { header }));
  await settle();
  const { audio, titles } = deinterleave(
    player.received,
    ICY_METADATA_INTERVAL_BYTES,
  );
  assertEquals(audio.subarray(0, header.length), header);
  assertEquals(chunkNumbers(audio.subarray(header.length)).at(-1), 39);
  assertEquals(titles[0]?.text.includes("On"), true);
});

Deno.test("a film with few bytes is not begun a minute late", () => {
  const mount = makeMount({ contentType: "video/webm" });
  for (let n = 0; n < 200; n++) mount.push(chunk(n));
  const numbers = chunkNumbers(join(mount).received);
  assertEquals(numbers.length, Math.floor(FILM_BURST_MS_MAX / 256));
  assert(numbers.length * CHUNK_BYTES > BURST_BYTES);
});

Deno.test("a crowd takes turns, and nobody misses or waits for more than a few blocks", async () => {
  const mount = makeMount();
  const crowd = Array.from(
    { length: LISTENERS_PER_TURN * MOUNT_TURNS_MAX },
    (_, n) => join(mount, n % 2 === 0),
  );
  for (const n of range(0, 20)) {
    mount.push(chunk(n));
    await settle();
    if (n < MOUNT_TURNS_MAX) continue;
    const least = Math.min(...crowd.map((player) => player.received.length));
    assert(least >= (n + 1 - MOUNT_TURNS_MAX) * CHUNK_BYTES, `${n}: ${least}`);
  }
  mount.close();
  await settle();
  for (const player of crowd.filter((_, n) => n % 2 === 1)) {
    assertEquals(chunkNumbers(player.received), range(0, 20));
  }
});

Deno.test("a mount that ends sends what it has and ends its listeners, also late ones", async () => {
  const table = new MountTable();
  const mount = makeMount();
  table.add(mount);
  const player = join(mount);
  mount.push(chunk(7, { durationMs: 1 }));
  table.remove("/stream.mp3");
  table.remove("/stream.mp3");
  await settle();
  assertEquals(chunkNumbers(player.received), [7]);
  assert(player.writableFinished);
  assert(join(mount).writableEnded);
  assertEquals(table.get("/stream.mp3"), undefined);
});

Deno.test("a mount table refuses paths that are none, taken paths, and one mount too many", () => {
  const bad = ["", "/", "stream", "/a b", "/a?b", "/a#b", "/../x", "/a/../b"];
  for (
    const path of [...bad, "/a\r\n", "/ä", "/a/", "/a/./b", "/a//..%2f/.."]
  ) {
    assert(!isMountPath(path), path);
  }
  assert(!isMountPath("/" + "x".repeat(MOUNT_PATH_CHARACTERS_MAX)));
  assert(isMountPath("/station/stream.mp3"));
  const table = new MountTable();
  for (let i = 0; i < MOUNTS_MAX; i++) table.add(makeMount({ path: `/${i}` }));
  const refuse = (path: string) =>
    assertThrows(() => table.add(makeMount({ path })), AlluviumError).code;
  assertEquals(refuse("/1"), "bad-request");
  assertEquals(refuse("/a b"), "bad-request");
  assertEquals(refuse("/more"), "busy");
  table.clear();
  assertEquals(table.all(), []);
});
