import { assert, assertEquals, assertThrows } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { GatewayContent, memoryOf } from "../../lib/gateway/content.ts";
import { Contents } from "../../lib/gateway/contents.ts";
import { MemoryStore } from "../../lib/gateway/memory_store.ts";
import { growTree } from "../../lib/gateway/tree_growth.ts";
import {
  HashTree,
  LEAF_BYTES,
  LeafLayerBuilder,
} from "../../lib/hashtree/mod.ts";
import {
  GATEWAY_CONTENTS_MAX,
  GATEWAY_RESOURCES_MAX,
  GATEWAY_SIDECAR_BYTES_MAX,
  GATEWAY_STORE_LAYER_BYTES_MAX,
  GATEWAY_TREES_BYTES_MAX,
  GATEWAY_TREES_BYTES_PER_NETWORK_MAX,
} from "../../lib/limits.ts";
import { silentLog } from "../../lib/log.ts";
import { FakeClock } from "../support/fakeclock.ts";

function newContents(store = new MemoryStore()): Contents {
  return new Contents({ store, clock: new FakeClock(), log: silentLog });
}

let lastKey = 0;

/** A file that arrives: nothing of its tree is there yet, room for it is taken. */
function arriving(length: number): GatewayContent {
  const key = (++lastKey).toString(16).padStart(64, "0");
  return GatewayContent.arriving(
    key,
    length,
    new LeafLayerBuilder(),
    undefined,
  );
}

function whole(leaves: number): GatewayContent {
  const layer = new Uint8Array(leaves * 32).fill(++lastKey);
  return GatewayContent.whole(new HashTree(layer, leaves * LEAF_BYTES));
}

function enter(contents: Contents, content: GatewayContent): string {
  const url = `http://a.example/${content.key}`;
  const facts = { length: content.length };
  contents.enter({ url, content, facts, checkedMs: 0 });
  return url;
}

/** A file whose tree takes a part of some memory. */
const lengthOf = (bytes: number) => Math.floor(bytes / 64) * LEAF_BYTES;

Deno.test("memory for trees is bounded: what is in use stays, nothing more is let in", () => {
  const contents = newContents();
  const quarter = lengthOf(GATEWAY_TREES_BYTES_MAX / 4 - 5000);
  for (let i = 0; i < 3; i++) enter(contents, arriving(quarter));
  contents.admit(quarter, undefined);
  const last = arriving(quarter);
  enter(contents, last);
  const error = assertThrows(
    () => contents.admit(quarter, undefined),
    AlluviumError,
  );
  assertEquals(error.code, "busy");
  contents.admit(quarter, undefined, last); // It is there already.
  assertEquals(contents.size, 4);
});

Deno.test("one network brings in no more than its share of the memory for trees", () => {
  const contents = newContents();
  const half = lengthOf(GATEWAY_TREES_BYTES_PER_NETWORK_MAX / 2 - 5000);
  for (let i = 0; i < 2; i++) {
    contents.admit(half, "8.8.8");
    const content = arriving(half);
    content.broughtBy = "8.8.8";
    enter(contents, content);
  }
  const error = assertThrows(
    () => contents.admit(half, "8.8.8"),
    AlluviumError,
  );
  assertEquals(error.code, "too-many-requests");
  contents.admit(half, "8.8.9");
  contents.admit(half, undefined);
});

Deno.test("one network may bring in the largest file whose .tree is taken", () => {
  const length = GATEWAY_SIDECAR_BYTES_MAX / 32 * LEAF_BYTES;
  newContents().admit(length, "8.8.8");
});

Deno.test("contents that nobody takes part in make room, the longest unused first", () => {
  const contents = newContents();
  const [old, used, young] = [whole(1), whole(2), whole(3)];
  for (const content of [old, used, young]) enter(contents, content);
  used.users = 1;
  contents.byKey(old.key); // Asked for now.
  const large = lengthOf(
    GATEWAY_TREES_BYTES_MAX - memoryOf(old.length) - memoryOf(used.length),
  ) - 5000 / 64 * LEAF_BYTES;
  enter(contents, arriving(large));
  const there = [old, used, young].map(({ key }) =>
    contents.byKey(key) !== undefined
  );
  assertEquals(there, [true, true, false]);
});

Deno.test("no more than GATEWAY_CONTENTS_MAX contents stay without anybody in them", () => {
  const contents = newContents();
  for (let i = 0; i <= GATEWAY_CONTENTS_MAX; i++) enter(contents, arriving(1));
  assertEquals(contents.size, GATEWAY_CONTENTS_MAX + 1, "all are arriving");
  const [first, second] = [whole(4), whole(5)];
  const url = enter(contents, first);
  enter(contents, second);
  assertEquals([contents.has(url), contents.byKey(first.key)], [
    false,
    undefined,
  ]);
  assertEquals(contents.byKey(second.key), second);
});

Deno.test("the store is trimmed once a sixteenth of what it may hold has been written", async () => {
  const trims: [number, number][] = [];
  const store = new MemoryStore();
  store.trim = (...maxima) => Promise.resolve(void trims.push(maxima));
  store.putResource = () => Promise.resolve();
  const contents = newContents(store);
  const content = whole(1);
  const sixteenth = GATEWAY_STORE_LAYER_BYTES_MAX / 16 / 32;
  Object.defineProperty(content, "leaves", { value: sixteenth / 2 });
  const entry = { content, facts: { length: 1 }, checkedMs: 0 };
  await contents.remember({ ...entry, url: "http://a.example/1" });
  assertEquals(trims, []);
  await contents.remember({ ...entry, url: "http://a.example/2" });
  assertEquals(trims, [[GATEWAY_RESOURCES_MAX, GATEWAY_STORE_LAYER_BYTES_MAX]]);
});

Deno.test("a large tree out of the store is built once, and others get their turn meanwhile", async () => {
  const store = new MemoryStore();
  const leaves = 10_000;
  const layer = new Uint8Array(leaves * 32).fill(7);
  const tree = new HashTree(layer, leaves * LEAF_BYTES);
  const { key } = GatewayContent.whole(tree);
  await store.putContent({ root: key, length: tree.length, layer });
  const contents = new Contents({ store, clock: systemClock, log: silentLog });
  let turns = 0;
  const stop = new AbortController();
  const others = (async () => {
    while (!stop.signal.aborted) {
      turns++;
      await systemClock.sleep(0);
    }
  })();
  const [one, two] = await Promise.all([
    contents.byRoot(key),
    contents.byRoot(key),
  ]);
  stop.abort();
  await others;
  assert(one !== undefined && one === two);
  assert(turns > 3, `${turns} turns`);
  const ended = AbortSignal.abort(new Error("enough"));
  const error = await growTree(layer, tree.length, systemClock, ended)
    .catch((error) => error);
  assertEquals(error.message, "enough");
});
