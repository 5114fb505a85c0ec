import { assert, assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { Mount } from "../../lib/icecast/mount.ts";
import { isSameMedia } from "../../lib/icecast/mount_info.ts";
import type { SettingsTable } from "../../lib/icecast/mount_settings.ts";
import { MountTable } from "../../lib/icecast/mount_table.ts";
import { SOURCE_RECONNECT_MS, SOURCE_STALL_MS } from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { makeFrames } from "../media/synthetic.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { mp3Frames } from "../support/frames.ts";
import { FakePlayer } from "./fake_player.ts";
import { ADMIN, eventually, ServerRig } from "./server_rig.ts";

const SHOW = concatBytes(makeFrames(60));
const FALLBACK: SettingsTable = { "/live.mp3": { fallback: "/stream.mp3" } };

function programme(title: string): MountChunk {
  const data = concatBytes(makeFrames(10, { seed: 9 }));
  return { data, durationMs: 261, header: new Uint8Array(0), title };
}

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

Deno.test("a mount with a fallback is there before its source ever was, and after it went; nobody is dropped", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock, settings: FALLBACK });
  assertEquals(rig.mounts.get("/live.mp3"), undefined);
  const station = rig.addMount();
  station.describe({ isHidden: true });
  station.push(programme("Song 1"));
  const mount = rig.mounts.get("/live.mp3")!;
  const player = listen(mount);
  station.push(programme("Song 2"));
  assertEquals([mount.heard, mount.title], ["fallback", "Song 2"]);
  station.describe({ bitrate: 96_000 }); // Known later than the fallback itself.
  assertEquals([mount.info.name, mount.info.isHidden, mount.info.bitrate], [
    "Station",
    undefined,
    96_000,
  ]);
  for (const show of ["One", "Two"]) {
    using source = await rig.accepted("/live.mp3", [`ice-name: ${show}`]);
    await source.sendBytes(SHOW);
    await eventually(() => mount.heard === "live");
    assertEquals([mount.title, mount.info.name], [show, show]);
    station.push(programme("unheard"));
    await source.closeWrite();
    await eventually(() => rig.server.live.count === 0);
    await clock.advance(SOURCE_STALL_MS + SOURCE_RECONNECT_MS);
    station.push(programme(`After ${show}`));
    assertEquals([mount.heard, mount.title], ["fallback", `After ${show}`]);
  }
  assertEquals([mount.listeners, player.destroyed], [1, false]);
  assertEquals(mp3Frames(player.received).length > 120, true);
});

Deno.test("a fallback that goes and comes back is heard again, whoever was there first", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock, settings: FALLBACK });
  using source = await rig.accepted("/live.mp3", ["ice-name: Show"]);
  await source.sendBytes(SHOW);
  const mount = rig.mounts.get("/live.mp3")!;
  await eventually(() => mount.heard === "live");
  const player = listen(mount);
  for (const title of ["First", "Second"]) {
    const station = rig.addMount();
    await source.closeWrite();
    await eventually(() => rig.server.live.count === 0);
    await clock.advance(1000);
    station.push(programme(title));
    assertEquals([mount.heard, mount.title], ["fallback", title]);
    rig.mounts.remove("/stream.mp3");
    assertEquals(mount.heard, undefined);
  }
  assertEquals([mount.listeners, player.destroyed], [1, false]);
  assertEquals(rig.mounts.get("/live.mp3"), mount);
});

Deno.test("a source that is killed leaves its listeners to the fallback", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock, settings: FALLBACK });
  using source = await rig.accepted("/live.mp3");
  const mount = rig.mounts.get("/live.mp3")!;
  const player = listen(mount);
  const station = rig.addMount();
  const answer = await rig.get("/admin/killsource?mount=/live.mp3", ADMIN);
  assert((await answer.text()).includes("Source Removed"));
  station.push(programme("Song"));
  assertEquals([mount.heard, player.destroyed], ["fallback", false]);
  await source.toEnd();
});

Deno.test("a fallback of another type is told of and not used", async () => {
  await using rig = await ServerRig.open({ settings: FALLBACK });
  using source = await rig.accepted("/live.mp3", ["Content-Type: audio/aac"]);
  rig.addMount();
  assertEquals(rig.mounts.get("/live.mp3")!.hasFallback, false);
  assert(rig.said.some((x) => /cannot fall back.*audio\/mpeg/.test(x)));
  void source;
});

Deno.test("what is set holds for mounts that are there and for those that come", () => {
  const mounts = new MountTable();
  const clock = new FakeClock();
  const make = (path: string) => {
    const mount = new Mount({
      path,
      contentType: "audio/mpeg",
      name: "",
      clock,
    });
    mounts.add(mount);
    return mount;
  };
  const before = make("/a.mp3");
  const set = { charset: "iso-8859-1", isHidden: true };
  mounts.configure({ "/a.mp3": set, "/b.mp3": set }, { clock });
  for (const mount of [before, make("/b.mp3")]) {
    const player = new FakePlayer();
    mount.setTitle("Jürgen");
    mount.push({ ...programme("x"), title: "Jürgen", data: SHOW });
    mount.attach(player, {
      icy: true,
      remoteAddress: "192.0.2.1",
      userAgent: "",
      connectedAtMs: 0,
      counts: true,
    });
    const text = new TextDecoder("latin1").decode(player.received);
    assert(text.includes("StreamTitle='Jürgen';"));
    assertEquals(mount.info.isHidden, true);
  }
  assertEquals(make("/c.mp3").info.isHidden, undefined);
});

Deno.test("a mount is called what was set, whatever its source says, and waits as long as was set", async () => {
  const clock = new FakeClock();
  const settings = {
    "/named.mp3": { name: "The Guest", reconnectMs: 90_000 },
    "/jazz.mp3": { genre: "Jazz" },
  };
  await using rig = await ServerRig.open({ clock, settings });
  const lines = ["ice-name: Source", "ice-genre: Pop", "ice-description: D"];
  using named = await rig.accepted("/named.mp3", lines);
  using jazz = await rig.accepted("/jazz.mp3", lines);
  for (const source of [named, jazz]) await source.sendBytes(SHOW);
  const [first, second] = ["/named.mp3", "/jazz.mp3"]
    .map((path) => rig.mounts.get(path)!);
  await eventually(() => first!.heard === "live" && second!.heard === "live");
  const told = ({ info }: Mount) => [info.name, info.genre, info.description];
  assertEquals(told(first!), ["The Guest", undefined, undefined]);
  assertEquals(told(second!), ["Source", "Jazz", "D"]);
  for (const source of [named, jazz]) await source.closeWrite();
  await eventually(() => rig.server.live.count === 0);
  await clock.advance(SOURCE_RECONNECT_MS + 1000);
  assertEquals(rig.mounts.all(), [first!]);
  await clock.advance(60_000);
  assertEquals(rig.mounts.all(), []);
});

Deno.test("fallbacks in a circle are refused, a chain is not", () => {
  const mounts = new MountTable();
  const context = { clock: new FakeClock() };
  const chain = {
    "/a": { fallback: "/b" },
    "/b": { fallback: "/c" },
  };
  mounts.configure(chain, context);
  const circle = { ...chain, "/c": { fallback: "/a" } };
  assertThrows(
    () => mounts.configure(circle, context),
    AlluviumError,
    "circle",
  );
  const { clock } = context;
  mounts.add(new Mount({ path: "/c", contentType: "a/b", name: "C", clock }));
  assertEquals(mounts.all().map((x) => x.path).toSorted(), ["/a", "/b", "/c"]);
  mounts.get("/c")!.push({
    data: new Uint8Array(5),
    durationMs: 300,
    header: new Uint8Array(0),
    title: "Deep",
  });
  assertEquals(mounts.get("/a")!.title, "Deep");
});

Deno.test("media types that mean the same go together, others do not", () => {
  const same = [
    ["audio/mpeg", "audio/mp3", "audio/x-mpeg"],
    ["audio/aac", "audio/aacp", "audio/x-aac"],
    ["audio/ogg", "application/ogg", "application/x-ogg"],
    ["video/ogg"],
    ["audio/webm"],
  ];
  for (const kind of same) {
    for (const type of kind) {
      const found = same.flat().filter((other) => isSameMedia(type, other));
      assertEquals(found, kind, type);
    }
  }
});
