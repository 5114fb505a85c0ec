import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import { GatewayContent } from "../../lib/gateway/content.ts";
import { HashFeed } from "../../lib/gateway/hash_feed.ts";
import type { Member } from "../../lib/gateway/member.ts";
import {
  HashTree,
  LEAF_BYTES,
  LeafLayerBuilder,
} from "../../lib/hashtree/mod.ts";
import { GATEWAY_QUEUE_PAUSE_BYTES } from "../../lib/limits.ts";
import { sampleFile } from "../hashtree/reference.ts";

/** A clock that stands still but for what sending costs, and runs timers when told to. */
class CostlyClock implements Clock {
  ms = 0;
  readonly #alarms: { atMs: number; callback: () => void }[] = [];
  now = () => this.ms;
  monotonic = () => this.ms;
  sleep = () => Promise.reject(new Error("not here"));
  timer(delayMs: number, callback: () => void): () => void {
    const alarm = { atMs: this.ms + delayMs, callback };
    this.#alarms.push(alarm);
    return () => void this.#remove(alarm);
  }
  /** Runs the next timer; how long it had to wait, undefined if there is none. */
  next(): number | undefined {
    const [alarm] = this.#alarms.sort((a, b) => a.atMs - b.atMs);
    if (alarm === undefined) return undefined;
    this.#remove(alarm);
    const waitMs = Math.max(0, alarm.atMs - this.ms);
    this.ms += waitMs;
    alarm.callback();
    return waitMs;
  }
  #remove(alarm: { atMs: number; callback: () => void }): void {
    const at = this.#alarms.indexOf(alarm);
    if (at >= 0) this.#alarms.splice(at, 1);
  }
}

/** A feed with some members, each of which costs `costMs` a frame. */
function feedOf(count: number, costMs: number) {
  const clock = new CostlyClock();
  const builder = new LeafLayerBuilder();
  const file = sampleFile(99 * LEAF_BYTES);
  const content = GatewayContent.arriving(
    "ab".repeat(32),
    file.length,
    builder,
    undefined,
  );
  const caughtUp: Member[] = [];
  let over = 0;
  const feed = new HashFeed(content, clock, {
    caughtUp: (member) => void caughtUp.push(member),
    over: () => void over++,
  });
  const frames: string[][] = [];
  const clients: { backlog: number }[] = [];
  for (let i = 0; i < count; i++) {
    const own: string[] = [];
    frames.push(own);
    const client = {
      backlog: 0,
      sendText(frame: string) {
        clock.ms += costMs;
        own.push(frame);
      },
    };
    clients.push(client);
    feed.members.add({ client, content, sentLeaves: 0 } as unknown as Member);
  }
  let written = 0;
  return {
    ...{ clock, feed, frames, clients, caughtUp },
    over: () => over,
    /** So many leaves more arrive. */
    arrive(leaves: number) {
      const from = written * LEAF_BYTES;
      written += leaves;
      builder.write(file.subarray(from, written * LEAF_BYTES));
      content.progress();
    },
    finish() {
      const { layer } = builder.finish();
      content.complete(new HashTree(layer, file.length), "");
      feed.finish();
    },
  };
}

const count = (frames: string[][]) => frames.filter((one) => one.length).length;

Deno.test("the first hashes go out at once, the next ones after 40 ms, one frame for all who are at the same place", () => {
  const { clock, frames, arrive } = feedOf(2, 0);
  arrive(3);
  assertEquals(frames.map(({ length }) => length), [1, 1]);
  arrive(1);
  arrive(1);
  assertEquals(clock.next(), 40);
  assertEquals(frames.map(({ length }) => length), [2, 2]);
  assert(frames[0]![1] === frames[1]![1]);
  const { run } = JSON.parse(frames[0]![1]!);
  assertEquals([run.from, run.leaves.length], [3, 88], "two hashes in base64");
  assertEquals(clock.next(), undefined);
});

Deno.test("a crowd is served a few at a time, and others get their turn between", () => {
  const { clock, frames, arrive } = feedOf(150, 0);
  arrive(1);
  assertEquals(count(frames), 64);
  arrive(1); // Not for those who come later in this round: one frame for all.
  assertEquals([clock.next(), count(frames)], [0, 128]);
  assertEquals([clock.next(), count(frames)], [0, 150]);
  assertEquals(new Set(frames.map(([first]) => first)).size, 1);
  assertEquals(clock.next(), 40);
});

Deno.test("hashes for a crowd take a quarter of the time at most, but are never two seconds apart", () => {
  const { clock, arrive } = feedOf(100, 2);
  arrive(1);
  assertEquals(clock.next(), 0);
  assertEquals(clock.ms, 200);
  arrive(1);
  assertEquals(clock.next(), 600);
  const slow = feedOf(100, 12);
  slow.arrive(1);
  slow.clock.next();
  slow.arrive(1);
  assertEquals(slow.clock.next(), 800);
});

Deno.test("who leaves meanwhile is sent nothing; at the end everyone has all and is told so", () => {
  const { clock, feed, frames, arrive, finish, caughtUp, over } = feedOf(70, 0);
  arrive(1);
  const [last] = [...feed.members].slice(-1);
  feed.members.delete(last!);
  arrive(98);
  finish();
  while (clock.next() !== undefined);
  assertEquals([caughtUp.length, over()], [69, 1]);
  assertEquals(frames.at(-1), []);
  const leaves = frames[0]!.map((frame) => JSON.parse(frame).run.leaves);
  const bytes = leaves.map((text) => Uint8Array.fromBase64(text).length);
  assertEquals(bytes.reduce((sum, one) => sum + one), 99 * 32);
});

Deno.test("who has GATEWAY_QUEUE_PAUSE_BYTES waiting is passed over until they have gone", () => {
  const { clock, frames, clients, arrive } = feedOf(2, 0);
  clients[1]!.backlog = GATEWAY_QUEUE_PAUSE_BYTES;
  arrive(1);
  assertEquals(frames.map(({ length }) => length), [1, 0]);
  assertEquals(clock.next(), 40);
  assertEquals(frames.map(({ length }) => length), [1, 0]);
  clients[1]!.backlog--;
  clock.next();
  assertEquals(frames[1], frames[0]);
  assertEquals(clock.next(), undefined);
});
