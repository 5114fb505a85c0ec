import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { systemClock } from "../../../lib/clock.ts";
import { AlluviumError } from "../../../lib/errors.ts";
import { Mount } from "../../../lib/icecast/mount.ts";
import { MountTable } from "../../../lib/icecast/mount_table.ts";
import { Relay } from "../../../lib/icecast/relay/relay.ts";
import { openUpstream } from "../../../lib/icecast/relay/upstream.ts";
import {
  UPSTREAM_HEAD_BYTES_MAX,
  UPSTREAM_HEAD_MS_MAX,
  UPSTREAM_REDIRECTS_MAX,
  UPSTREAMS_MAX,
} from "../../../lib/limits.ts";
import { concatBytes } from "../../../lib/media/bytes.ts";
import { makeFrames } from "../../media/synthetic.ts";
import { FakeClock, settle } from "../../support/fakeclock.ts";
import { FakePlayer } from "../fake_player.ts";
import { eventually, ServerRig } from "../server_rig.ts";

const FRAMES = concatBytes(makeFrames(120));

/** A server that answers every connection with the same bytes, one after the other of a list. */
class Answers implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open: Deno.TcpConn[] = [];
  readonly #running: Promise<void>;

  constructor(private readonly answers: (string | Uint8Array)[][]) {
    this.#running = this.#run();
  }

  url(path = "/up.mp3"): URL {
    const { port } = this.#listener.addr as Deno.NetAddr;
    return new URL(path, `http://127.0.0.1:${port}`);
  }

  /** Drops every client. */
  drop(): void {
    for (const conn of this.#open.splice(0)) conn.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.drop();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        this.#open.push(conn);
        const buffer = new Uint8Array(4096);
        const count = await conn.read(buffer);
        this.requests.push(
          new TextDecoder().decode(buffer.subarray(0, count ?? 0)),
        );
        const answer = this.answers.length > 1
          ? this.answers.shift()!
          : this.answers[0]!;
        for (const part of answer) {
          await conn.write(
            typeof part === "string" ? new TextEncoder().encode(part) : part,
          ).catch(() => 0);
        }
      }
    } catch {
      // Closed.
    }
  }
}

const OK =
  "HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\nicy-name:Up\r\nicy-br:128\r\n";

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

const signal = new AbortController().signal;

Deno.test("a relay takes over frames, titles and what the upstream says of itself", async () => {
  await using from = await ServerRig.open();
  const source = from.addMount("/up.mp3");
  await using to = await ServerRig.open({ clock: new FakeClock() });
  const relay = new Relay({
    path: "/down.mp3",
    upstreams: [new URL("/up.mp3", from.front.url)],
    mounts: to.mounts,
    clock: to.clock,
  });
  to.server.addRelay(relay);
  await eventually(() => source.everyListener.length === 1);
  source.push({
    data: FRAMES,
    durationMs: 3000,
    header: new Uint8Array(0),
    title: "Jürgen's – Song",
  });
  await eventually(() => relay.mount.title !== "");
  assertEquals(relay.mount.title, "Jürgen's – Song");
  assertEquals(relay.mount.info.name, "Station");
  assertEquals(relay.connections, 1);
});

Deno.test("a relay follows redirects, and understands `ICY 200 OK`", async () => {
  await using icy = new Answers([[
    "ICY 200 OK\r\nicy-name:Old\r\n\r\n",
    FRAMES,
  ]]);
  await using moved = new Answers([[
    `HTTP/1.1 302 Found\r\nLocation: ${icy.url("/x?y=1").href}\r\n\r\n`,
  ]]);
  const clock = new FakeClock();
  const upstream = await openUpstream(moved.url(), { clock, signal });
  upstream.socket.destroy();
  assertEquals(upstream.url.href, icy.url("/x?y=1").href);
  assertEquals(upstream.headers.get("icy-name"), "Old");
  assert(
    /^GET \/x\?y=1 HTTP\/1\.0\r\nHost: 127[^]*\r\nIcy-MetaData: 1\r\n/.test(
      icy.requests[0]!,
    ),
    icy.requests[0],
  );
});

Deno.test("an upstream that leads in circles, never ends its head, answers late or refuses is given up", async () => {
  const clock = new FakeClock();
  await using circle = new Answers([[
    "HTTP/1.0 302 Found\r\nLocation: /up.mp3\r\n\r\n",
  ]]);
  await assertRejects(
    () => openUpstream(circle.url(), { clock, signal }),
    AlluviumError,
    "circles",
  );
  assertEquals(circle.requests.length, UPSTREAM_REDIRECTS_MAX + 1);
  await using endless = new Answers([[
    "HTTP/1.0 200 OK\r\n",
    "x".repeat(UPSTREAM_HEAD_BYTES_MAX),
  ]]);
  await assertRejects(
    () => openUpstream(endless.url(), { clock, signal }),
    AlluviumError,
    "no end",
  );
  await using missing = new Answers([["HTTP/1.0 404 Not Found\r\n\r\n"]]);
  await assertRejects(
    () => openUpstream(missing.url(), { clock, signal }),
    AlluviumError,
    "404",
  );
  await using late = new Answers([["HTTP"]]);
  const waiting = openUpstream(late.url(), { clock, signal });
  const failed = assertRejects(() => waiting, AlluviumError, "in time");
  await eventually(() => late.requests.length === 1);
  await clock.advance(UPSTREAM_HEAD_MS_MAX);
  await failed;
});

Deno.test("a relay goes to the next upstream when one fails, and its listeners stay", async () => {
  const clock = new FakeClock();
  await using first = new Answers([["HTTP/1.0 404 Not Found\r\n\r\n"]]);
  await using second = new Answers([[OK + "\r\n", FRAMES]]);
  const mounts = new MountTable();
  const relay = new Relay({
    path: "/r.mp3",
    upstreams: [first.url(), second.url()],
    mounts,
    clock,
  });
  const player = listen(relay.mount);
  for (let i = 0; i < 50 && relay.connections === 0; i++) {
    await clock.advance(100);
  }
  await eventually(() => player.received.length > 0);
  assertEquals([first.requests.length, relay.mount.info.bitrate], [1, 128_000]);
  const before = player.received.length;
  second.drop();
  for (let i = 0; i < 50 && second.requests.length < 2; i++) {
    await clock.advance(500);
  }
  assert(player.received.length > before);
  assertEquals([relay.mount.listeners, player.destroyed], [1, false]);
  await relay.close();
  assertEquals(mounts.get("/r.mp3"), undefined);
});

Deno.test("a relay on demand connects for the first listener and lets go after the last", async () => {
  const clock = new FakeClock();
  await using up = new Answers([[OK + "\r\n", FRAMES]]);
  const relay = new Relay({
    path: "/r.mp3",
    upstreams: [up.url()],
    mounts: new MountTable(),
    clock,
    onDemand: true,
    idleMs: 2000,
  });
  await clock.advance(5000);
  assertEquals(up.requests.length, 0);
  const player = listen(relay.mount);
  await clock.advance(500);
  await eventually(() => player.received.length > 0);
  assertEquals(up.requests.length, 1);
  player.destroy();
  await eventually(() => relay.mount.everyListener.length === 0);
  await clock.advance(3000);
  const again = listen(relay.mount);
  await clock.advance(500);
  await eventually(() => up.requests.length === 2);
  again.destroy();
  await relay.close();
});

Deno.test("while no upstream answers the mount's fallback is heard, and the relay again when one does", async () => {
  const clock = new FakeClock();
  await using up = new Answers([[OK + "\r\n", FRAMES]]);
  const mounts = new MountTable();
  mounts.configure({ "/r.mp3": { fallback: "/base.mp3" } }, { clock });
  const base = new Mount({
    path: "/base.mp3",
    contentType: "audio/mpeg",
    name: "Base",
    clock,
  });
  mounts.add(base);
  const waiting = mounts.get("/r.mp3");
  const relay = new Relay({
    path: "/r.mp3",
    upstreams: [up.url()],
    mounts,
    clock,
  });
  assertEquals(relay.mount, waiting);
  const listener = listen(relay.mount);
  await eventually(() => relay.mount.heard === "programme");
  up.drop();
  const play = () => {
    base.push({ data: FRAMES, durationMs: 3000, header: new Uint8Array(0) });
    return relay.mount.heard === "fallback";
  };
  await eventually(play);
  for (let i = 0; i < 10 && relay.connections < 2; i++) {
    await clock.advance(1000);
    await settle();
  }
  await eventually(() => relay.mount.heard === "programme");
  assertEquals([relay.connections, listener.destroyed], [2, false]);
  await relay.close();
});

/** An answer of this media type, which nothing follows. */
function typed(type: string): string {
  return `HTTP/1.0 200 OK\r\nContent-Type: ${type}\r\n\r\n`;
}

Deno.test("the first answer says what is relayed, a later one of another type is refused", async () => {
  const clock = new FakeClock();
  for (const onDemand of [false, true]) {
    await using up = new Answers([[typed("audio/ogg")], [typed("audio/aac")]]);
    const mounts = new MountTable();
    const said: string[] = [];
    const relay = new Relay({
      path: "/live",
      upstreams: [up.url("/up")],
      mounts,
      clock,
      onDemand,
      log: (_level, message) => said.push(message),
    });
    await eventually(() => relay.connections === 1);
    assertEquals(relay.mount.contentType, "audio/ogg");
    assertEquals(mounts.get("/live"), relay.mount);
    const listener = listen(relay.mount);
    up.drop();
    await eventually(() => said.some((x) => x.includes("closed")));
    for (let i = 0; i < 5; i++) await clock.advance(1000);
    await eventually(() => said.some((x) => x.includes("Cannot relay")));
    assertEquals(relay.mount.contentType, "audio/ogg");
    assertEquals(listener.destroyed, false);
    await relay.close();
  }
});

Deno.test("an answer that is no media is not relayed", async () => {
  await using up = new Answers([[typed("text/html")]]);
  const said: string[] = [];
  const clock = new FakeClock();
  const relay = new Relay({
    path: "/r.mp3",
    upstreams: [up.url()],
    mounts: new MountTable(),
    clock,
    log: (_level, message) => said.push(message),
  });
  await eventually(() => said.length > 0);
  assert(said[0]!.includes("text/html"), said[0]);
  assertEquals(relay.mount.contentType, "audio/mpeg");
  await relay.close();
});

Deno.test("a relay needs an upstream, and takes no more than the limit", () => {
  const open = (count: number) =>
    new Relay({
      path: "/r.mp3",
      upstreams: Array(count).fill(new URL("http://127.0.0.1:9/")),
      mounts: new MountTable(),
      clock: systemClock,
    });
  assertThrows(() => open(0), AlluviumError);
  assertThrows(() => open(UPSTREAMS_MAX + 1), AlluviumError);
});
