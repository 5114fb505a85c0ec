import { assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { RedisStore } from "../../lib/gateway/redis_store.ts";
import { silentLog } from "../../lib/log.ts";
import { testStore } from "../gateway/store_suite.ts";
import { program } from "../support/programs.ts";
import { type Redis, startRedis } from "../support/redis.ts";

const { ignore } = program("redis-server");
const ROOT = "a".repeat(64);
const LAYER = new Uint8Array(32).fill(0xff);

let redis: Redis | undefined;
let stores = 0;

Deno.test.beforeAll(async () => {
  if (!ignore) redis = await startRedis();
});
Deno.test.afterAll(async () => await redis?.[Symbol.asyncDispose]());

function open(gateway: string, prefix: string): Promise<RedisStore> {
  const url = redis?.url ?? "";
  return RedisStore.open({ url, gateway, prefix, log: silentLog });
}

testStore("RedisStore", () => open("one", `test${++stores}`), ignore);

Deno.test({
  name:
    "RedisStore shares trees between gateways, and each keeps its own files",
  ignore,
  async fn() {
    const one = await open("one", "shared");
    const two = await open("two", "shared");
    await one.putContent({ root: ROOT, length: 5, layer: LAYER });
    await one.putKept(ROOT, 1);
    assertEquals((await two.content(ROOT))?.layer, LAYER);
    assertEquals(await two.keptFiles(), []);
    await two.trim(0, 0);
    assertEquals((await two.content(ROOT))?.length, 5, "the other keeps it");
    await one.removeKept(ROOT);
    await two.trim(0, 0);
    assertEquals(await one.content(ROOT), undefined);
    await one.close();
    await two.close();
  },
});

Deno.test({
  name: "RedisStore rejects while Redis is away, and goes on when it is back",
  ignore,
  async fn() {
    await using own = await startRedis();
    const back = Promise.withResolvers<void>();
    const store = await RedisStore.open({
      url: own.url,
      gateway: "one",
      log: (level) => level === "info" && back.resolve(),
    });
    await own.kill();
    const error = await assertRejects(() => store.content(ROOT), AlluviumError);
    assertEquals(error.code, "storage");
    await own.restart();
    await back.promise;
    await store.putContent({ root: ROOT, length: 5, layer: LAYER });
    assertEquals((await store.content(ROOT))?.length, 5);
    await store.close();
  },
});

Deno.test("RedisStore says where it cannot connect, without the password", async () => {
  const url = "redis://me:secret@127.0.0.1:1";
  const error = await assertRejects(
    () => RedisStore.open({ url, gateway: "one", log: silentLog }),
    AlluviumError,
  );
  assertEquals([error.code, error.place.url], [
    "storage",
    "redis://me@127.0.0.1:1",
  ]);
});
