import { assertEquals } from "@std/assert";
import { hashLeaf } from "../../lib/hashtree/hash.ts";
import { Backlog } from "../../lib/peer/backlog.ts";
import { BufferPool } from "../../lib/peer/buffer_pool.ts";
import { Inbox } from "../../lib/peer/inbox.ts";
import { LeafThread } from "../../lib/peer/leaf_thread.ts";
import { encodeMessage } from "../../lib/swarm/messages.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";

const SIZE = 1000;
const HELLO = encodeMessage({ type: "close", channel: 3 });

function dataFrame(value: number): Uint8Array {
  const bytes = new Uint8Array(100).fill(value);
  return encodeMessage({ type: "data", channel: 1, from: 7, bytes });
}

/** An inbox whose thread is ended whatever happens. */
function setUp() {
  const clock = new FakeClock();
  const thread = new LeafThread(clock);
  const buffers = new BufferPool(
    SIZE,
    4 * SIZE,
    (n) => new SharedArrayBuffer(n),
  );
  const seen: string[] = [];
  const backlog = new Backlog(150, {
    pause: () => seen.push("pause"),
    resume: () => seen.push("resume"),
  });
  const hashes: (Uint8Array | undefined)[] = [];
  const inbox = new Inbox(
    { thread, buffers, backlog, clock },
    (frame, leafHashes) => {
      seen.push(`${frame[0]} ${frame.at(-1)}`);
      hashes.push(leafHashes);
    },
  );
  const ended = () => new Promise<void>((resolve) => inbox.end(resolve));
  return {
    ...{ thread, clock, buffers, seen, hashes, inbox, ended },
    /** The link has brought so much that it is fast, from its next frame on. */
    async beFast() {
      inbox.take(new Uint8Array(13_000_000));
      await clock.advance(250);
      inbox.take(HELLO);
      seen.length = hashes.length = 0;
    },
    /** A frame as a fast link reads it. */
    read(frame: Uint8Array) {
      const room = buffers.take(SIZE);
      room.set(frame);
      const view = room.subarray(0, frame.length);
      inbox.take(view);
      buffers.spend(view);
      buffers.settle();
      return view;
    },
    [Symbol.dispose]: () => thread.end(),
  };
}

Deno.test("frames of a link that is not fast are delivered at once", () => {
  using all = setUp();
  all.read(dataFrame(1));
  all.inbox.take(HELLO);
  assertEquals(all.seen, ["5 1", "2 3"]);
  assertEquals(all.hashes, [undefined, undefined]);
  assertEquals(all.thread.isRunning, false);
});

Deno.test("frames of a fast link come in order, leaves with their hashes", async () => {
  using all = setUp();
  await all.beFast();
  all.read(HELLO);
  all.read(dataFrame(1));
  all.read(HELLO);
  assertEquals(all.seen, ["2 3"]);
  await all.ended();
  assertEquals(all.seen, ["2 3", "5 1", "2 3"]);
  const leaf = new Uint8Array(100).fill(1);
  assertEquals(all.hashes[1]?.slice(), new Uint8Array(hashLeaf(leaf)));
  assertEquals([all.hashes[0], all.hashes[2]], [undefined, undefined]);
});

Deno.test("a buffer is not used again while its frame waits, nor before that was acted on", async () => {
  using all = setUp();
  await all.beFast();
  const { buffer } = all.read(dataFrame(1));
  const isFree = () => {
    const taken = all.buffers.take(SIZE);
    const free = taken.buffer === buffer;
    if (!free) all.buffers.release(taken);
    return free;
  };
  assertEquals(isFree(), false);
  await all.ended();
  assertEquals(isFree(), false);
  all.buffers.settle();
  assertEquals(isFree(), true);
});

Deno.test("more than the limit waits in the sockets until there is room", async () => {
  using all = setUp();
  await all.beFast();
  all.read(dataFrame(1));
  assertEquals(all.seen, []);
  all.read(dataFrame(2));
  assertEquals(all.seen, ["pause"]);
  await all.ended();
  await settle();
  assertEquals(all.seen.filter((what) => /[a-z]/.test(what)), [
    "pause",
    "resume",
  ]);
});

Deno.test("where the thread fails, whoever gets the frame hashes it", async () => {
  using all = setUp();
  await all.beFast();
  all.read(dataFrame(1));
  await Promise.resolve();
  all.thread.end();
  await all.ended();
  assertEquals([all.seen, all.hashes], [["5 1"], [undefined]]);
});

Deno.test("a link that is fast no more is slow again", async () => {
  using all = setUp();
  await all.beFast();
  await all.clock.advance(250);
  all.inbox.take(HELLO);
  all.read(dataFrame(1));
  assertEquals(all.seen, ["2 3", "5 1"]);
});
