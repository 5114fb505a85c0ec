import { assertEquals } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { MemoryStore, type StoredContent } from "../../lib/gateway/mod.ts";
import { PatientStore } from "../../lib/gateway/patient_store.ts";
import {
  GATEWAY_REDIS_RETRY_MS_MAX,
  GATEWAY_UNSAVED_MAX,
} from "../../lib/limits.ts";
import { silentLog } from "../../lib/log.ts";
import { FakeClock } from "../support/fakeclock.ts";

/** A store that is away at will. */
function open() {
  const there = new MemoryStore();
  let away = false;
  const flaky = new Proxy(there, {
    get(target, name) {
      const method = Reflect.get(target, name);
      return (...args: unknown[]) =>
        away
          ? Promise.reject(new AlluviumError("storage", "Cannot reach it"))
          : method.apply(target, args);
    },
  });
  const clock = new FakeClock();
  const store = new PatientStore(flaky, clock, silentLog);
  return { there, clock, store, setAway: (now: boolean) => away = now };
}

const ROOT = "ab".repeat(32);
const CONTENT: StoredContent = {
  root: ROOT,
  length: 5,
  layer: new Uint8Array(32),
};
const RESOURCE = { url: "http://a.example/1.mp3", root: ROOT, checkedMs: 1 };

Deno.test("what cannot be written is known all the same, and written when the store is back", async () => {
  const { there, clock, store, setAway } = open();
  setAway(true);
  await store.putContent(CONTENT);
  await store.putResource(RESOURCE);
  await store.putKept(ROOT, 7);
  assertEquals(await store.resource(RESOURCE.url), RESOURCE);
  assertEquals((await store.content(ROOT))?.length, 5);
  assertEquals(await store.urlsOf(ROOT, 9), [RESOURCE.url]);
  await clock.advance(GATEWAY_REDIS_RETRY_MS_MAX);
  assertEquals([store.unsaved, await there.content(ROOT)], [3, undefined]);
  setAway(false);
  await clock.advance(GATEWAY_REDIS_RETRY_MS_MAX);
  assertEquals(store.unsaved, 0);
  assertEquals(await there.resource(RESOURCE.url), RESOURCE);
  assertEquals((await there.keptFiles()).map(({ root }) => root), [ROOT]);
});

Deno.test("what is in a store that is away is not known", async () => {
  const { store, setAway } = open();
  await store.putContent(CONTENT);
  setAway(true);
  assertEquals(await store.content(ROOT), undefined);
  assertEquals(await store.resource(RESOURCE.url), undefined);
});

Deno.test("no more than GATEWAY_UNSAVED_MAX writes wait, the latest of all", async () => {
  const { there, clock, store, setAway } = open();
  setAway(true);
  for (let i = 0; i <= GATEWAY_UNSAVED_MAX; i++) {
    await store.putResource({ ...RESOURCE, url: `http://a.example/${i}` });
  }
  assertEquals(store.unsaved, GATEWAY_UNSAVED_MAX);
  setAway(false);
  await clock.advance(GATEWAY_REDIS_RETRY_MS_MAX);
  assertEquals(await there.resource("http://a.example/0"), undefined);
  const last = `http://a.example/${GATEWAY_UNSAVED_MAX}`;
  assertEquals((await there.resource(last))?.url, last);
});
