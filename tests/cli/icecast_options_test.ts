import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ICECAST_OPTIONS,
  type IcecastOptionValues,
  openIcecast,
} from "../../lib/cli/icecast_options.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { hostAllowList } from "../../lib/http/mod.ts";
import { Mount, MountTable, parseUserTable } from "../../lib/icecast/mod.ts";
import { silentLog } from "../../lib/log.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";

const NONE: IcecastOptionValues = {
  "source-password": undefined,
  mount: [],
  "admin-password": undefined,
  "relay-password": undefined,
  "relay-mount": [],
  "relay-on-demand": false,
  "max-listeners": undefined,
  "max-bandwidth": undefined,
  "max-listen-time": undefined,
  "listener-users": undefined,
};

function context(mounts = new MountTable()) {
  const allowedHosts = hostAllowList();
  return { mounts, clock: new FakeClock(), log: silentLog, allowedHosts };
}

Deno.test("no password opens no door: no sniffer, no admin", async () => {
  assertEquals(Object.keys(NONE), Object.keys(ICECAST_OPTIONS));
  for (const options of [undefined, NONE]) {
    const server = await openIcecast(options, context());
    assertEquals(server.front.sniff, undefined);
    assertEquals(server.routes.map((x) => x.path), ["/metrics"]);
    await server.close();
  }
});

Deno.test("a source password opens the door, one for a mount alone as well", async () => {
  for (
    const options of [
      { ...NONE, "source-password": "x" },
      { ...NONE, mount: ["/live password=a=b"] },
    ]
  ) {
    const server = await openIcecast(options, context());
    assert(server.front.sniff !== undefined);
    assert(server.routes.some((x) => x.path === "/admin/:command"));
    await server.close();
  }
});

Deno.test("a relayed mount is offered at once, with its spare upstreams", async () => {
  const mounts = new MountTable();
  const relay = "/r.ogg=http://127.0.0.1:9/a http://127.0.0.1:9/b";
  const server = await openIcecast(
    { ...NONE, "relay-mount": [relay], "relay-on-demand": true },
    context(mounts),
  );
  assertEquals(mounts.get("/r.ogg")?.contentType, "audio/ogg");
  await server.close();
  assertEquals(mounts.all(), []);
});

Deno.test("what cannot be read is a usage error that names the option", async () => {
  const wrong: Partial<IcecastOptionValues>[] = [
    { mount: ["nothing"] },
    { mount: ["/a charset=nonsense"] },
    { mount: ["/a fallback=b"] },
    { mount: ["/a fallback=/b", "/b fallback=/c", "/c fallback=/a"] },
    { mount: ["/a max-listeners=0"] },
    { mount: ["/a max-listen-time=soon"] },
    { mount: ["/a reconnect=0"] },
    { mount: ["/a url=javascript:alert(1)"] },
    { mount: ["/a hidden=perhaps"] },
    { mount: ["/a toString=1"] },
    { mount: ["/a loose words"] },
    { "relay-mount": ["/a=ftp://x/"] },
    { "relay-mount": ["/a=nonsense"] },
    { "relay-mount": ["/a=http://127.0.0.1:9/", "/a=http://127.0.0.1:8/"] },
    { "listener-users": "/does/not/exist" },
  ];
  for (const options of wrong) {
    const error = await assertRejects(
      () => openIcecast({ ...NONE, ...options }, context()),
      AlluviumError,
    );
    assertEquals(error.code, "usage");
  }
});

Deno.test("a mount's settings are read, words in quotes as one", async () => {
  const mounts = new MountTable();
  const server = await openIcecast({
    ...NONE,
    mount: [
      '/live.mp3 fallback=/stream.mp3 max-listeners=100  max-listen-time=60 reconnect=300 password="two words" name="The Guest" genre=Jazz url=https://guest.example/',
      "/old.mp3 charset=iso-8859-1 hidden=yes",
    ],
  }, context(mounts));
  assertEquals(mounts.settings("/live.mp3"), {
    fallback: "/stream.mp3",
    listenersMax: 100,
    durationMsMax: 60_000,
    reconnectMs: 300_000,
    name: "The Guest",
    genre: "Jazz",
    url: "https://guest.example/",
  });
  assertEquals(mounts.settings("/old.mp3"), {
    charset: "iso-8859-1",
    isHidden: true,
  });
  assertEquals(mounts.settings("toString"), {});
  assert(server.front.sniff !== undefined, "the password opens the door");
  await server.close();
});

Deno.test("the listeners' file is read, and written after each change", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/users.json`;
  await Deno.writeTextFile(file, '{"/m.mp3": {}}');
  const mounts = new MountTable();
  const server = await openIcecast(
    { ...NONE, "listener-users": file, "admin-password": "secret" },
    context(mounts),
  );
  const clock = context().clock;
  const info = { contentType: "audio/mpeg", name: "" };
  mounts.add(new Mount({ ...info, path: "/m.mp3", clock }));
  const { handle } = server.routes.find((x) => x.path === "/admin/:command")!;
  const names = ["joe", "jim"];
  for (const name of names) {
    const url = new URL(
      `http://localhost/admin/manageauth?mount=/m.mp3&action=add&username=${name}&password=x`,
    );
    const headers = { Authorization: `Basic ${btoa("admin:secret")}` };
    await handle(new Request(url, { headers }), {
      url,
      params: { command: "manageauth" },
      remoteAddress: "127.0.0.1",
      remotePort: 0,
      signal: new AbortController().signal,
    });
  }
  const read = async () =>
    parseUserTable(JSON.parse(await Deno.readTextFile(file)))["/m.mp3"];
  let users = await read();
  while (Object.keys(users ?? {}).length < 2) users = await read();
  assertEquals(Object.keys(users!), names);
  await server.close();
});
