import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { Accounts, basicLogin } from "../../lib/icecast/auth/accounts.ts";
import {
  ListenerUsers,
  parseUserTable,
} from "../../lib/icecast/auth/listener_users.ts";
import {
  hashPassword,
  isPassword,
  isPasswordHash,
} from "../../lib/icecast/auth/password.ts";
import { AddressBuckets } from "../../lib/icecast/auth/address_buckets.ts";
import {
  ADDRESSES_COUNTED_MAX,
  ADMIN_REQUESTS_BURST,
  MOUNT_USERS_MAX,
  PASSWORD_CHECKS_MAX,
  PASSWORD_FAILURES_BURST,
} from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";

Deno.test("a password is kept as a salted hash and found right by it alone", async () => {
  const [one, two] = [
    await hashPassword("hackmé"),
    await hashPassword("hackmé"),
  ];
  assert(isPasswordHash(one) && one !== two && !one.includes("hackm"));
  assertEquals(await isPassword("hackmé", one), true);
  assertEquals(await isPassword("hackme", one), false);
  await assertRejects(() => isPassword("x", "x"), AlluviumError);
});

Deno.test("passwords may be given as hashes, a mount's own comes before the common one, an empty one is none", async () => {
  const clock = new FakeClock();
  const accounts = await Accounts.open({
    source: await hashPassword("common"),
    mounts: { "/own": "own" },
    admin: "",
  }, clock);
  const check = (source: string, password: string, user = "source") =>
    accounts.check({ source }, { user, password }, "a");
  assertEquals(
    await Promise.all([
      check("/any", "common"),
      check("/own", "own"),
      check("/own", "common"),
      check("/any", "own"),
      check("/any", "common", "admin"),
      accounts.check("admin", { user: "admin", password: "" }, "a"),
    ]),
    [true, true, false, false, false, false],
  );
  assertEquals([accounts.hasAdmin, accounts.hasSources], [false, true]);
});

Deno.test("an address that guesses, or asks too often, must wait; others need not", async () => {
  const clock = new FakeClock();
  const accounts = await Accounts.open({ admin: "secret" }, clock);
  for (let i = 0; i < PASSWORD_FAILURES_BURST; i++) accounts.countFailure("a");
  assertThrows(() => accounts.count("a"), AlluviumError, "so many");
  accounts.count("b");
  await clock.advance(11_000);
  accounts.count("a");
  for (let i = 0; i < ADMIN_REQUESTS_BURST; i++) accounts.count("c");
  assertThrows(() => accounts.count("c"), AlluviumError);
});

Deno.test("no more passwords are checked at once than the limit, and a right one costs nothing again", async () => {
  const accounts = await Accounts.open({ admin: "secret" }, new FakeClock());
  const login = { user: "admin", password: "secret" };
  assertEquals(await accounts.check("admin", login, "a"), true);
  const many = Array.from(
    { length: PASSWORD_CHECKS_MAX + 1 },
    (_, i) => accounts.check("admin", { user: "admin", password: `${i}` }, "a"),
  );
  const results = await Promise.allSettled(many);
  assertEquals(results.filter((x) => x.status === "rejected").length, 1);
});

Deno.test("addresses beyond the limit push the oldest out", () => {
  const buckets = new AddressBuckets(1, 0.001);
  for (let i = 0; i <= ADDRESSES_COUNTED_MAX; i++) buckets.take(`${i}`, 0);
  assertEquals([buckets.allows("0", 0), buckets.allows("1", 0)], [true, false]);
});

Deno.test("who holds a /64 of IPv6 has one allowance, and this machine its own", () => {
  const buckets = new AddressBuckets(1, 0.001);
  buckets.take("2001:db8:0:1::a", 0);
  const allowed = ["2001:db8:0:1::b", "2001:db8:0:2::a", "127.0.0.1", "::1"]
    .map((address) => buckets.allows(address, 0));
  assertEquals(allowed, [false, true, true, true]);
  buckets.take("127.0.0.1", 0);
  assertEquals([buckets.allows("127.0.0.1", 0), buckets.allows("::1", 0)], [
    false,
    true,
  ]);
});

Deno.test("a mount with users lets in those alone, and knows no more than the limit", async () => {
  const accounts = await Accounts.open({}, new FakeClock());
  const kept: unknown[] = [];
  const users = new ListenerUsers({ "/m": {} }, (table) => kept.push(table));
  assertEquals(await users.add("/m", "joe", "x"), true);
  assertEquals(await users.add("/m", "joe", "y"), false);
  assertEquals(await users.add("/open", "joe", "y"), false);
  const ask = (path: string, login?: string) =>
    users.admit(path, login ? `Basic ${btoa(login)}` : null, accounts, "a");
  assertEquals([await ask("/m", "joe:x"), await ask("/open")], [
    "joe",
    undefined,
  ]);
  for (const login of [undefined, "joe:y", "jim:x"]) {
    await assertRejects(() => ask("/m", login), AlluviumError, "authenticate");
  }
  for (let i = 0; i < 2 * ADMIN_REQUESTS_BURST; i++) await ask("/m", "joe:x");
  users.remove("/m", "joe");
  await assertRejects(() => ask("/m", "joe:x"), AlluviumError);
  assertEquals(kept.length, 2);
  const many = Array.from({ length: MOUNT_USERS_MAX }, (_, i) => [`${i}`, ""]);
  const full = new ListenerUsers({ "/m": Object.fromEntries(many) });
  await assertRejects(() => full.add("/m", "joe", "x"), AlluviumError);
});

Deno.test("the listeners' file holds hashes and nothing else", async () => {
  const good = { "/m.mp3": { joe: await hashPassword("x") }, "/n.mp3": {} };
  assertEquals(parseUserTable(good), good);
  const bad = [
    null,
    [],
    "x",
    { "m.mp3": {} },
    { "/m.mp3": [] },
    { "/m.mp3": { joe: "in the clear" } },
    { "/m.mp3": { joe: 1 } },
  ];
  for (const json of bad) {
    const { code } = assertThrows(() => parseUserTable(json), AlluviumError);
    assertEquals(code, "usage");
  }
});

Deno.test("a login is read from a header, and nothing else is one", () => {
  assertEquals(basicLogin(`basic ${btoa("a:b:c")}`), {
    user: "a",
    password: "b:c",
  });
  for (const text of [null, "", "Bearer x", "Basic !", `Basic ${btoa("a")}`]) {
    assertEquals(basicLogin(text), undefined);
  }
});
