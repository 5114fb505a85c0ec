/**
 * What every gateway store must do. Each store's test runs this suite on it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { GatewayStore, StoredContent } from "../../lib/gateway/store.ts";

const hex = (digit: string) => digit.repeat(64);

function content(digit: string, rest: Partial<StoredContent> = {}) {
  const layer = new Uint8Array(64).fill(Number.parseInt(digit, 16));
  return { root: hex(digit), length: 20_000, layer, ...rest };
}

/**
 * Runs the suite.
 *
 * @param name of the kind of store
 * @param open makes an empty one
 * @param ignore whether what it needs is not here
 */
export function testStore(
  name: string,
  open: () => GatewayStore | Promise<GatewayStore>,
  ignore = false,
): void {
  const test = (what: string, run: (store: GatewayStore) => Promise<void>) =>
    Deno.test({ name: `${name} ${what}`, ignore, fn: () => use(run) });
  const use = async (run: (store: GatewayStore) => Promise<void>) => {
    const store = await open();
    try {
      await run(store);
    } finally {
      await store.close();
    }
  };

  test("knows nothing at first", async (store) => {
    assertEquals(await store.resource("http://a.example/"), undefined);
    assertEquals(await store.content(hex("a")), undefined);
    assertEquals(await store.urlsOf(hex("a"), 9), []);
    assertEquals(await store.keptFiles(), []);
    await store.removeKept(hex("a"));
    await store.trim(0, 0);
  });

  test("gives contents and resources back as they were put", async (store) => {
    const full = content("a", { sha256: hex("c") });
    const bare = content("b");
    await store.putContent(full);
    await store.putContent(bare);
    assertEquals(await store.content(hex("a")), full);
    assertEquals(await store.content(hex("b")), bare);
    const resource = {
      url: "http://a.example/ä?x=1",
      root: hex("a"),
      type: "audio/mpeg",
      etag: '"x"',
      lastModified: "Mon, 23 Nov 2026 00:00:00 GMT",
      checkedMs: 1_795_400_000_123,
    };
    await store.putResource(resource);
    assertEquals(await store.resource(resource.url), resource);
    const changed = { url: resource.url, root: hex("b"), checkedMs: 5 };
    await store.putResource(changed);
    assertEquals(await store.resource(resource.url), changed);
  });

  test("keeps its own copy of a layer", async (store) => {
    const one = content("a");
    await store.putContent(one);
    one.layer.fill(0);
    assertEquals((await store.content(hex("a")))?.layer[0], 10);
  });

  test("keeps a flat hash once it is known", async (store) => {
    await store.putContent(content("a"));
    await store.putContent(content("a", { sha256: hex("c") }));
    await store.putContent(content("a"));
    assertEquals((await store.content(hex("a")))?.sha256, hex("c"));
  });

  test("tells the URLs of a content, latest first", async (store) => {
    await store.putContent(content("a"));
    await store.putContent(content("b"));
    for (const [i, root] of ["a", "b", "a", "a"].entries()) {
      const url = `http://a.example/${i}`;
      await store.putResource({ url, root: hex(root), checkedMs: i });
    }
    const all = [3, 2, 0].map((i) => `http://a.example/${i}`);
    assertEquals(await store.urlsOf(hex("a"), 9), all);
    assertEquals(await store.urlsOf(hex("a"), 2), all.slice(0, 2));
  });

  test("lists kept files, least recently used first", async (store) => {
    for (const digit of ["a", "b", "c"]) await store.putContent(content(digit));
    await store.putKept(hex("a"), 10);
    await store.putKept(hex("b"), 20);
    await store.putKept(hex("c"), 30);
    await store.putKept(hex("a"), 40);
    await store.removeKept(hex("c"));
    assertEquals(await store.keptFiles(), [
      { root: hex("b"), length: 20_000, usedMs: 20 },
      { root: hex("a"), length: 20_000, usedMs: 40 },
    ]);
  });

  test("trims the oldest URLs and the contents nothing refers to", async (store) => {
    for (const digit of ["a", "b", "c"]) await store.putContent(content(digit));
    const put = (url: string, digit: string, checkedMs: number) =>
      store.putResource({ url, root: hex(digit), checkedMs });
    await put("http://old.example/", "a", 1);
    await put("http://kept.example/", "b", 2);
    await put("http://new.example/", "c", 3);
    await store.putKept(hex("b"), 1);
    await store.trim(1, 1e9);
    assertEquals(await store.resource("http://old.example/"), undefined);
    assertEquals(await store.resource("http://kept.example/"), undefined);
    assertEquals(
      (await store.resource("http://new.example/"))?.root,
      hex("c"),
    );
    assertEquals(await store.content(hex("a")), undefined);
    assertEquals((await store.content(hex("b")))?.root, hex("b"));
  });
  test("trims URLs whose layers are too much, the oldest first", async (store) => {
    for (const digit of ["a", "b", "c"]) await store.putContent(content(digit));
    for (const [i, digit] of ["a", "b", "c"].entries()) {
      const url = `http://${digit}.example/`;
      await store.putResource({ url, root: hex(digit), checkedMs: i });
    }
    await store.trim(9, 2 * 64);
    const known = ["a", "b", "c"].map((digit) => store.content(hex(digit)));
    const there = (await Promise.all(known)).map((one) => one !== undefined);
    assertEquals(there, [false, true, true]);
    assertEquals(await store.resource("http://a.example/"), undefined);
  });
}
