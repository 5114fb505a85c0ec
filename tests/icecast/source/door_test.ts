import { assert, assertEquals } from "@std/assert";
import {
  SOURCE_GARBAGE_BYTES_MAX,
  SOURCE_RECONNECT_MS,
  SOURCE_SILENCE_MS_MAX,
  SOURCE_STALL_MS,
  SOURCE_TAKEOVER_MS,
} from "../../../lib/limits.ts";
import { concatBytes } from "../../../lib/media/bytes.ts";
import type { Mount } from "../../../lib/icecast/mount.ts";
import { makeFrames } from "../../media/synthetic.ts";
import { FakeClock } from "../../support/fakeclock.ts";
import { mp3Frames } from "../../support/frames.ts";
import { RawClient } from "../../http/raw_client.ts";
import { FakePlayer } from "../fake_player.ts";
import {
  basic,
  eventually,
  ServerRig,
  SOURCE,
  sourceHead,
} from "../server_rig.ts";

const AUTH = `Authorization: ${basic(SOURCE)}`;

function listen(mount: Mount): FakePlayer {
  const player = new FakePlayer();
  mount.attach(player, {
    icy: false,
    remoteAddress: "192.0.2.1",
    userAgent: "",
    connectedAtMs: 0,
    counts: true,
  });
  return player;
}

const SHOW = concatBytes(makeFrames(60));

/** A chunk of a programme that says when it is heard. */
function programmeChunk(title: string) {
  return {
    data: concatBytes(makeFrames(10, { seed: 9 })),
    durationMs: 261,
    header: new Uint8Array(0),
    title,
  };
}

/** The heads that Icecast's clients send, and what each is told at first. */
const HEADS: Record<string, [string, RegExp]> = {
  "SOURCE HTTP/1.0": [sourceHead("/live.mp3"), /^HTTP\/1\.0 200 OK\r\n\r\n$/],
  "SOURCE ICE/1.0, lines that end in LF": [
    `SOURCE /live.mp3 ICE/1.0\n${AUTH}\nice-name: x\n\n`,
    /^HTTP\/1\.0 200 OK\r\n\r\n$/,
  ],
  "PUT HTTP/1.1": [
    `PUT /live.mp3 HTTP/1.1\r\nHost: localhost\r\n${AUTH}\r\nContent-Type: audio/mpeg\r\n\r\n`,
    /^HTTP\/1\.0 200 OK\r\n\r\n$/,
  ],
  "PUT HTTP/1.0": [
    `PUT /live.mp3 HTTP/1.0\r\n${AUTH}\r\nContent-Type: audio/mpeg\r\n\r\n`,
    /^HTTP\/1\.0 200 OK\r\n\r\n$/,
  ],
  "PUT with Expect": [
    `PUT /live.mp3 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n${AUTH}\r\nContent-Type: audio/mpeg\r\nExpect: 100-continue\r\n\r\n`,
    /^HTTP\/1\.1 100 Continue\r\n\r\n$/,
  ],
};

for (const [name, [head, answer]] of Object.entries(HEADS)) {
  Deno.test(`${name}: the source is let in and every frame reaches the listeners`, async () => {
    await using rig = await ServerRig.open();
    using source = await rig.source(head);
    assert(answer.test(await source.until(/\r\n\r\n/)), source.text);
    const mount = rig.mounts.get("/live.mp3")!;
    const player = listen(mount);
    await source.sendBytes(SHOW);
    await source.closeWrite();
    await eventually(() => rig.server.live.count === 0);
    mount.close();
    assertEquals(mp3Frames(player.received), mp3Frames(SHOW));
    const rest = await source.toEnd();
    assertEquals(/100 Continue/.test(head + rest), /Expect/.test(head));
    if (/Expect/.test(head)) assert(/HTTP\/1\.1 200 OK/.test(rest), rest);
  });
}

Deno.test("a chunked PUT is put together again, and ends with its last chunk", async () => {
  await using rig = await ServerRig.open();
  using source = await rig.source(
    `PUT /live.mp3 HTTP/1.1\r\nHost: localhost\r\n${AUTH}\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  await source.until(/200 OK/);
  const mount = rig.mounts.get("/live.mp3")!;
  const player = listen(mount);
  for (let at = 0; at < SHOW.length; at += 1000) {
    const piece = SHOW.subarray(at, at + 1000);
    await source.send(`${piece.length.toString(16)};x=y\r\n`);
    await source.sendBytes(piece);
    await source.send("\r\n");
  }
  await source.send("0\r\n\r\n");
  await eventually(() => rig.server.live.count === 0);
  mount.close();
  assertEquals(mp3Frames(player.received), mp3Frames(SHOW));
});

Deno.test("a source that is refused is told why, as Icecast tells it", async () => {
  await using rig = await ServerRig.open({
    accounts: { source: SOURCE.password, mounts: { "/own.mp3": "other" } },
  });
  rig.addMount("/stream.ogg", "audio/ogg");
  const type = "Content-Type: audio/mpeg\r\n";
  const put = (path: string, lines: string) =>
    `PUT ${path} HTTP/1.1\r\n${lines}\r\n`;
  const auth = `${AUTH}\r\n`;
  const wrong = `Authorization: ${basic({ user: "source", password: "x" })}`;
  const cases: [string, RegExp][] = [
    [
      put("/a.mp3", type),
      /^HTTP\/1\.0 401 .*\r\nWWW-Authenticate: Basic realm="Icecast2 Server"\r\n[^]*You need to authenticate\r\n$/s,
    ],
    [put("/a.mp3", `${wrong}\r\n${type}`), /^HTTP\/1\.0 401 /],
    [put("/own.mp3", auth + type), /^HTTP\/1\.0 401 /],
    [put("/a.mp3", auth), /^HTTP\/1\.0 403 [^]*No Content-type given$/],
    [
      put("/stream.ogg", auth + type),
      /^HTTP\/1\.0 403 [^]*Content-type not supported$/,
    ],
    [put("/a/../b.mp3", auth + type), /^HTTP\/1\.0 400 /],
    [put("/a%00\u0007.mp3", auth + type), /^HTTP\/1\.0 400 /],
    [put("/admin/stats", auth + type), /^HTTP\/1\.0 400 /],
    [put("/api/status", auth + type), /^HTTP\/1\.0 400 /],
    [
      put("/a.mp3", `${auth}${type}Transfer-Encoding: gzip\r\n`),
      /^HTTP\/1\.0 400 /,
    ],
    [put("/a.mp3", `Host: evil.example\r\n${auth}${type}`), /^HTTP\/1\.0 421 /],
    [
      put("/a.mp3", `Origin: http://evil.example\r\n${auth}${type}`),
      /^HTTP\/1\.0 421 /,
    ],
  ];
  for (const [request, expected] of cases) {
    using client = await rig.source(request);
    const answer = await client.toEnd();
    assert(expected.test(answer), `${request}\n${answer}`);
  }
  assertEquals(rig.mounts.all().length, 1);
});

Deno.test("without a source password no source comes in", async () => {
  await using rig = await ServerRig.open({ accounts: { admin: "secret" } });
  using client = await rig.source(sourceHead("/a.mp3"));
  assert(/^HTTP\/1\.1 4\d\d /.test(await client.toEnd()));
  assertEquals(rig.server.front.sniff, undefined);
});

Deno.test("a second source is told that the mountpoint is in use, until the first has been silent for a while", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  using first = await rig.accepted("/live.mp3");
  await first.sendBytes(SHOW);
  await eventually(() => rig.server.live.session("/live.mp3")!.bytesRead > 0);
  using second = await rig.source(sourceHead("/live.mp3"));
  assert(/403 Forbidden[^]*Mountpoint in use$/.test(await second.toEnd()));
  const mount = rig.mounts.get("/live.mp3")!;
  const player = listen(mount);
  await clock.advance(SOURCE_TAKEOVER_MS);
  using third = await rig.accepted("/live.mp3");
  assertEquals(rig.mounts.get("/live.mp3"), mount);
  assertEquals(await first.toEnd(), "HTTP/1.0 200 OK\r\n\r\n");
  assertEquals([mount.listeners, player.destroyed], [1, false]);
  void third;
});

Deno.test("no more sources than the limit are let in", async () => {
  await using rig = await ServerRig.open();
  const sources = [];
  for (let i = 0; i < 16; i++) {
    sources.push(await rig.accepted(`/live${i}.mp3`));
  }
  using next = await rig.source(sourceHead("/live.mp3"));
  assert(/403 [^]*too many sources connected$/.test(await next.toEnd()));
  for (const source of sources) source[Symbol.dispose]();
});

Deno.test("a source that falls silent is dropped after its time limit", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  using source = await rig.accepted("/live.mp3");
  await clock.advance(SOURCE_SILENCE_MS_MAX - 1000);
  assertEquals(rig.server.live.count, 1);
  await clock.advance(2000);
  assertEquals(rig.server.live.count, 0);
  await source.toEnd();
});

Deno.test("a source that comes back in time finds its mount and its listeners; after that they are gone", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  using first = await rig.accepted("/live.mp3", ["ice-name: Show"]);
  await first.sendBytes(SHOW);
  const mount = rig.mounts.get("/live.mp3")!;
  await eventually(() => mount.heard === "live");
  const player = listen(mount);
  const before = player.received.length;
  await first.closeWrite();
  await eventually(() => rig.server.live.count === 0);
  await clock.advance(SOURCE_RECONNECT_MS - 1000);
  assert(player.received.length > before, "silence instead of nothing");
  using again = await rig.accepted("/live.mp3");
  await again.sendBytes(SHOW);
  await clock.advance(SOURCE_STALL_MS);
  assertEquals([rig.mounts.get("/live.mp3"), mount.listeners], [mount, 1]);
  await again.closeWrite();
  await eventually(() => rig.server.live.count === 0);
  await clock.advance(SOURCE_RECONNECT_MS + 1000);
  assertEquals(rig.mounts.get("/live.mp3"), undefined);
  await eventually(() => player.writableFinished || player.destroyed);
});

Deno.test("on a station's mount the programme goes on when the source stops or stalls, and the name stays the station's", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  const mount = rig.addMount();
  const player = listen(mount);
  mount.push(programmeChunk("Song 1"));
  using source = await rig.accepted("/stream.mp3", ["ice-name: Show"]);
  await source.sendBytes(SHOW);
  await eventually(() => mount.heard === "live");
  assertEquals([mount.title, mount.info.name], ["Show", "Station"]);
  mount.push(programmeChunk("Song 2"));
  assertEquals(mount.title, "Show");
  await clock.advance(SOURCE_STALL_MS + 1000);
  mount.push(programmeChunk("Song 3"));
  assertEquals([mount.heard, mount.title], ["programme", "Song 3"]);
  await source.sendBytes(SHOW);
  await eventually(() => mount.heard === "live");
  assertEquals(mount.title, "Show");
  await source.closeWrite();
  await eventually(() => rig.server.live.count === 0);
  mount.push(programmeChunk("Song 4"));
  assertEquals([mount.heard, mount.title], ["programme", "Song 4"]);
  assertEquals([mount.listeners, player.destroyed], [1, false]);
});

Deno.test("whoever runs it is told of a source whose sound differs from the mount's", async () => {
  await using rig = await ServerRig.open();
  for (
    const [path, channels] of [["/same.mp3", 2], ["/mono.mp3", 1]] as const
  ) {
    rig.addMount(path).describe({ sampleRate: 44_100, channels });
    using source = await rig.accepted(path);
    await source.sendBytes(concatBytes(makeFrames(20)));
    await eventually(() => rig.mounts.get(path)?.heard === "live");
  }
  const told = rig.said.filter((x) => x.includes("some players stop"));
  assertEquals(told, [
    "The source of /mono.mp3 sends 44100 Hz in 2 channels, it was 44100 Hz in 1: some players stop at the change",
  ]);
});

Deno.test("a source that sends nothing that can be played is dropped", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  using source = await rig.accepted("/live.mp3");
  const garbage = new Uint8Array(SOURCE_GARBAGE_BYTES_MAX + 65_536);
  await source.sendBytes(garbage);
  for (let i = 0; i < 20; i++) await clock.advance(100);
  await eventually(() => rig.server.live.count === 0);
  assert(rig.said.some((x) => x.includes("nothing that can be played")));
});

Deno.test("a source ends with its mount, when that is taken away", async () => {
  await using rig = await ServerRig.open();
  rig.addMount();
  using source = await rig.accepted("/stream.mp3");
  rig.mounts.remove("/stream.mp3");
  assertEquals(rig.server.live.count, 0);
  await source.toEnd();
  using again = await rig.accepted("/stream.mp3");
  assertEquals(rig.server.live.count, 1);
  void again;
});

Deno.test("other media types go through as they come", async () => {
  await using rig = await ServerRig.open();
  using source = await rig.accepted("/x.bin", ["Content-Type: audio/x-any"]);
  const mount = rig.mounts.get("/x.bin")!;
  const player = listen(mount);
  const bytes = crypto.getRandomValues(new Uint8Array(50_000));
  await source.sendBytes(bytes);
  await source.closeWrite();
  await eventually(() => rig.server.live.count === 0);
  mount.close();
  assertEquals(player.received, bytes);
  assertEquals([mount.contentType, mount.hasIcy], ["audio/x-any", true]);
});

Deno.test("a Shoutcast source comes in by its own port, once there is a password", async () => {
  await using rig = await ServerRig.open();
  const [{ port }] = [Deno.listen({ port: 0, hostname: "127.0.0.1" })].map(
    (listener) => {
      listener.close();
      return listener.addr as Deno.NetAddr;
    },
  ) as [Deno.NetAddr];
  assert(await rig.server.openShoutcast({ hostname: "127.0.0.1", port }));
  using wrong = await RawClient.open(port);
  await wrong.send("guess\r\n");
  assertEquals(await wrong.toEnd(), "invalid password\r\n");
  using source = await RawClient.open(port);
  await source.send("hackme\r\n");
  assertEquals(await source.until(/\r\n\r\n/), "OK2\r\nicy-caps:11\r\n\r\n");
  await source.send("icy-name:Old Encoder\r\nicy-br:128\r\n\r\n");
  await source.sendBytes(SHOW);
  await eventually(() => rig.mounts.get("/stream.mp3")?.heard === "live");
  const mount = rig.mounts.get("/stream.mp3")!;
  assertEquals([mount.info.name, mount.info.bitrate], ["Old Encoder", 128_000]);
  const told = await rig.get(
    "/admin.cgi?mode=updinfo&pass=hackme&song=A%20-%20B",
  );
  assert((await told.text()).includes("Metadata update successful"));
  assertEquals(mount.title, "A - B");
  await using none = await ServerRig.open({ accounts: {} });
  assertEquals(
    await none.server.openShoutcast({ hostname: "127.0.0.1", port: port + 1 }),
    false,
  );
});
