import { assertEquals } from "@std/assert";
import { BANNED_MAX } from "../../lib/limits.ts";
import { BanList } from "../../lib/swarm/ban_list.ts";

Deno.test("BANNED_MAX are remembered, and the first banned is forgotten first", () => {
  const list = new BanList();
  for (let n = 0; n <= BANNED_MAX; n++) list.add(`peer ${n}`);
  assertEquals(list.has("peer 0"), false);
  assertEquals(list.has("peer 1"), true);
  assertEquals(list.has(`peer ${BANNED_MAX}`), true);
});
