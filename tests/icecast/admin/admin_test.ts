import { assert, assertEquals } from "@std/assert";
import { ListenerUsers } from "../../../lib/icecast/auth/listener_users.ts";
import { AdminQuery } from "../../../lib/icecast/admin/query.ts";
import { ADMIN_REQUESTS_BURST } from "../../../lib/limits.ts";
import { RawClient } from "../../http/raw_client.ts";
import { FakeClock } from "../../support/fakeclock.ts";
import { ANSWERS } from "./answers.ts";
import { ADMIN, eventually, RELAY, ServerRig, SOURCE } from "../server_rig.ts";

const CHUNK = {
  data: new Uint8Array(20_000),
  durationMs: 1000,
  header: new Uint8Array(0),
};

/** A rig with two MP3 mounts, an Ogg one, and a live source on the first. */
async function rigWithMounts(): Promise<
  { rig: ServerRig; source: RawClient; listener: RawClient }
> {
  const users = new ListenerUsers({ "/users.mp3": {} });
  const rig = await ServerRig.open({ users });
  for (const path of ["/a.mp3", "/b.mp3", "/users.mp3"]) {
    rig.addMount(path).push({ ...CHUNK, title: "Song" });
  }
  rig.addMount("/c.ogg", "audio/ogg");
  const source = await rig.accepted("/a.mp3", ["User-Agent: test"]);
  const listener = await RawClient.open(rig.front.port);
  await listener.send("GET /a.mp3 HTTP/1.0\r\nUser-Agent: p<&>\r\n\r\n");
  await listener.until(/\r\n\r\n/);
  return { rig, source, listener };
}

Deno.test("admin commands answer as Icecast does to right, wrong, missing and unknown arguments", async () => {
  const { rig, source, listener } = await rigWithMounts();
  try {
    const logins = { none: undefined, relay: RELAY, source: SOURCE };
    for (const { path, status, text, login } of ANSWERS) {
      const clock = rig.clock as FakeClock;
      await clock.advance(200); // Within the rate of requests.
      await source.send("x");
      const who = login === undefined ? ADMIN : logins[login];
      const response = await rig.get(`/admin/${path}`, who);
      const body = await response.text();
      assertEquals([path, login, response.status], [path, login, status]);
      assert(body.includes(text), `${path}: ${body}`);
    }
  } finally {
    source[Symbol.dispose]();
    listener[Symbol.dispose]();
    await rig[Symbol.asyncDispose]();
  }
});

Deno.test("statistics and lists have Icecast's fields", async () => {
  const { rig, source, listener } = await rigWithMounts();
  try {
    const text = async (path: string) =>
      await (await rig.get(`/admin/${path}`, ADMIN)).text();
    const names = (xml: string) => [
      ...new Set([...xml.matchAll(/<([a-z_0-9A-Z]+)>/g)].map((x) => x[1])),
    ];
    const all = await text("stats");
    const globals =
      "admin client_connections clients connections file_connections host listener_connections listeners location server_id server_start server_start_iso8601 source_client_connections source_relay_connections source_total_connections sources stats stats_connections";
    assertEquals(names(all.slice(0, all.indexOf("<source mount"))), [
      "icestats",
      ...globals.split(" "),
    ]);
    const one = await text("stats?mount=/a.mp3");
    const fields =
      "genre listener_peak listeners listenurl max_listeners public server_description server_name server_type slow_listeners source_ip stream_start stream_start_iso8601 title total_bytes_read total_bytes_sent user_agent";
    assertEquals(
      names(one.slice(one.indexOf("<source mount"))),
      fields.split(" "),
    );
    assert(one.includes("<max_listeners>unlimited</max_listeners>"));
    const clients = await text("listclients?mount=/a.mp3");
    assert(
      /^<\?xml version="1.0"\?>\n<icestats><source mount="\/a.mp3"><Listeners>1<\/Listeners><listener><IP>127.0.0.1<\/IP><UserAgent>p&lt;&amp;&gt;<\/UserAgent><Connected>\d+<\/Connected><ID>\d+<\/ID><\/listener><\/source><\/icestats>\n$/
        .test(clients),
      clients,
    );
    assert((await text("listmounts")).includes('<source mount="/c.ogg">'));
  } finally {
    source[Symbol.dispose]();
    listener[Symbol.dispose]();
    await rig[Symbol.asyncDispose]();
  }
});

Deno.test("a listener can be moved and dropped, a source killed, and nobody else notices", async () => {
  const { rig, source, listener } = await rigWithMounts();
  try {
    const [a, b] = [rig.mounts.get("/a.mp3")!, rig.mounts.get("/b.mp3")!];
    const text = async (path: string) =>
      await (await rig.get(`/admin/${path}`, ADMIN)).text();
    assert(
      (await text("moveclients?mount=/a.mp3&destination=/b.mp3")).includes(
        "<message>Clients moved from /a.mp3 to /b.mp3</message><return>1</return>",
      ),
    );
    assertEquals([a.listeners, b.listeners], [0, 1]);
    const id = b.everyListener[0]!.id;
    assert(
      (await text(`killclient?mount=/b.mp3&id=${id}`)).includes(
        `Client ${id} removed`,
      ),
    );
    await listener.toEnd();
    await eventually(() => b.listeners === 0);
    assert((await text("killsource?mount=/a.mp3")).includes("Source Removed"));
    assertEquals(rig.server.live.count, 0);
    await source.toEnd();
    assertEquals(rig.mounts.get("/a.mp3"), a);
  } finally {
    source[Symbol.dispose]();
    listener[Symbol.dispose]();
    await rig[Symbol.asyncDispose]();
  }
});

Deno.test("who may ask what: 401 for everyone else, 404 where no password is set", async () => {
  await using rig = await ServerRig.open();
  rig.addMount("/a.mp3");
  using source = await rig.accepted("/a.mp3");
  const update = "/admin/metadata?mount=/a.mp3&mode=updinfo&song=x";
  const wrong = { user: "admin", password: "x" };
  const cases: [string, typeof ADMIN | undefined, number][] = [
    ["/admin/stats", undefined, 401],
    ["/admin/stats", wrong, 401],
    ["/admin/stats", SOURCE, 401],
    ["/admin/stats", RELAY, 401],
    ["/admin/stats", ADMIN, 200],
    ["/admin/streamlist.txt", undefined, 401],
    ["/admin/streamlist.txt", RELAY, 200],
    [update, undefined, 401],
    [update, SOURCE, 200],
    [update, ADMIN, 200],
    ["/admin/listclients?mount=/a.mp3", SOURCE, 401],
    ["/admin/killsource?mount=/a.mp3", SOURCE, 401],
    ["/admin.cgi?mode=updinfo", undefined, 400],
    ["/admin.cgi?mode=updinfo&pass=x&song=y", undefined, 401],
    ["/admin.cgi?mode=updinfo&pass=hackme&song=y", undefined, 400],
    ["/metrics", undefined, 200],
  ];
  for (const [path, login, status] of cases) {
    const response = await rig.get(path, login);
    assertEquals([path, response.status], [path, status]);
    const text = await response.text();
    if (status === 401) assertEquals(text, "You need to authenticate\r\n");
  }
  void source;
  await using open = await ServerRig.open({ accounts: {} });
  for (const path of ["/admin/stats", update, "/admin/", "/admin.cgi?pass=x"]) {
    const response = await open.get(path, ADMIN);
    assertEquals([path, response.status], [path, 404]);
    await response.body?.cancel();
  }
});

Deno.test("another site's page cannot use a password that the browser knows", async () => {
  await using rig = await ServerRig.open();
  for (
    const line of ["Origin: http://evil.example", "Sec-Fetch-Site: cross-site"]
  ) {
    using client = await RawClient.open(rig.front.port);
    await client.send(
      `GET /admin/stats HTTP/1.1\r\nHost: localhost\r\n${line}\r\nAuthorization: Basic ${
        btoa("admin:secret")
      }\r\nConnection: close\r\n\r\n`,
    );
    assert(/^HTTP\/1\.1 403 /.test(await client.toEnd()));
  }
  using rebound = await RawClient.open(rig.front.port);
  await rebound.send(
    "GET /admin/stats HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
  );
  assert(/^HTTP\/1\.1 421 /.test(await rebound.toEnd()));
});

Deno.test("requests to the admin API are limited by address", async () => {
  await using rig = await ServerRig.open();
  const statuses = [];
  for (let i = 0; i <= ADMIN_REQUESTS_BURST; i++) {
    const response = await rig.get("/admin/stats", ADMIN);
    statuses.push(response.status);
    await response.body?.cancel();
  }
  assertEquals(statuses.slice(0, -1).every((x) => x === 200), true);
  assertEquals(statuses.at(-1), 429);
});

Deno.test("a title comes in any charset, with its address, and from the source's own machine alone", async () => {
  await using rig = await ServerRig.open();
  const mount = rig.addMount("/a.mp3");
  using source = await rig.accepted("/a.mp3");
  const title = async (query: string) => {
    const path = `/admin/metadata?mount=/a.mp3&mode=updinfo&${query}`;
    await (await rig.get(path, SOURCE)).body?.cancel();
    return rig.server.live.session("/a.mp3") && mount.title;
  };
  mount.open("live");
  await source.sendBytes(new Uint8Array(0));
  mount.push(CHUNK);
  const live = async (query: string) => {
    await title(query);
    return titleOfLive(rig);
  };
  assertEquals(await live("song=J%C3%BCrgen+%E2%98%83"), "Jürgen ☃");
  assertEquals(await live("song=J%FCrgen&charset=ISO-8859-1"), "Jürgen");
  assertEquals(await live("song=%CF%F0%E8&charset=windows-1251"), "При");
  assertEquals(await live("song=J%FCrgen"), "Jürgen");
  assertEquals(await live("artist=A&title=B"), "A - B");
  assertEquals(await live("title=only"), "A - B");
  assertEquals((await live(`song=${"x".repeat(10_000)}`)).length, 1000);
  assertEquals(await live("song=a%00b%0d%0ac"), "a b c");
});

/** The title that a rig's live source would be heard with. */
function titleOfLive(rig: ServerRig): string {
  const input = rig.server.live.title("/a.mp3");
  return input ?? "";
}

Deno.test("a query is read by Icecast's rules", () => {
  const query = new AdminQuery("?a=1+2%2B3&b=%zz&a=second&=x&c");
  assertEquals(["a", "b", "c", ""].map((x) => query.get(x)), [
    "1 2+3",
    "%zz",
    undefined,
    undefined,
  ]);
});

Deno.test("metrics tell listeners and bytes by mount", async () => {
  const { rig, source, listener } = await rigWithMounts();
  try {
    const response = await rig.get("/metrics");
    assert(response.headers.get("content-type")?.startsWith("text/plain"));
    const text = await response.text();
    assert(
      /^alluvium_mount_listeners\{mount="\/a\.mp3"\} 1$/m.test(text),
      text,
    );
    assert(
      /^alluvium_mount_received_bytes_total\{mount="\/b\.mp3"\} 20000$/m.test(
        text,
      ),
    );
    assert(/^alluvium_sources 1$/m.test(text));
    assert(/^# HELP alluvium_mount_slow_listeners_total /m.test(text));
  } finally {
    source[Symbol.dispose]();
    listener[Symbol.dispose]();
    await rig[Symbol.asyncDispose]();
  }
});

Deno.test("listeners beyond a limit are told so in Icecast's words, and leave when their time is up", async () => {
  const clock = new FakeClock();
  const limits = { listenersMax: 2, durationMsMax: 5000 };
  const settings = { "/a.mp3": { listenersMax: 1, durationMsMax: 2000 } };
  await using rig = await ServerRig.open({ clock, limits, settings });
  for (const path of ["/a.mp3", "/b.mp3", "/c.mp3"]) {
    rig.addMount(path).push(CHUNK);
  }
  const open = async (path: string) => {
    const client = await RawClient.open(rig.front.port);
    await client.send(`GET ${path} HTTP/1.0\r\n\r\n`);
    const text = await client.until(/\r\n\r\n/);
    return { client, status: text.split(" ")[1] };
  };
  const results = [];
  for (const path of ["/a.mp3", "/a.mp3", "/b.mp3", "/c.mp3"]) {
    results.push(await open(path));
  }
  assertEquals(results.map((x) => x.status), ["200", "403", "200", "403"]);
  assert(results[1]!.client.text.includes("max listeners reached"));
  const count = (path: string) => rig.mounts.get(path)!.listeners;
  await clock.advance(2000);
  await results[0]!.client.toEnd();
  await eventually(() => count("/a.mp3") === 0);
  assertEquals(count("/b.mp3"), 1);
  await clock.advance(3000);
  await results[2]!.client.toEnd();
  await eventually(() => count("/b.mp3") === 0);
  for (const { client } of results) client[Symbol.dispose]();
});

Deno.test("listeners together take no more than the bandwidth limit", async () => {
  await using rig = await ServerRig.open({ limits: { bandwidthMax: 300_000 } });
  rig.addMount("/a.mp3").push(CHUNK);
  using stack = new DisposableStack();
  const statuses = [];
  for (let i = 0; i < 3; i++) {
    const client = stack.use(await RawClient.open(rig.front.port));
    await client.send("GET /a.mp3 HTTP/1.0\r\n\r\n");
    statuses.push((await client.until(/\r\n\r\n/)).split(" ")[1]);
  }
  assertEquals(statuses, ["200", "200", "403"]);
});

Deno.test("a mount with users asks listeners for name and password", async () => {
  const users = new ListenerUsers({ "/a.mp3": {} });
  await users.add("/a.mp3", "joe", "x");
  await using rig = await ServerRig.open({ users });
  rig.addMount("/a.mp3").push(CHUNK);
  const refused = await rig.get("/a.mp3");
  assertEquals(
    [refused.status, refused.headers.get("www-authenticate")],
    [401, 'Basic realm="Icecast2 Server"'],
  );
  await refused.body?.cancel();
  const entered = await rig.get("/a.mp3", { user: "joe", password: "x" });
  assertEquals(entered.status, 200);
  const list = await rig.get("/admin/listclients?mount=/a.mp3", ADMIN);
  assert((await list.text()).includes("<username>joe</username>"));
  await entered.body?.cancel();
});
