import { assert, assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import { HashTree, LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import { silentLog } from "../../lib/log.ts";
import type {
  ClientMessage,
  GatewayMessage,
} from "../../lib/gateway/messages.ts";
import { GatewayContent } from "../../lib/gateway/content.ts";
import { Contents } from "../../lib/gateway/contents.ts";
import { SwarmHub } from "../../lib/gateway/hub.ts";
import { KeptFiles } from "../../lib/gateway/kept_files.ts";
import { MemoryStore } from "../../lib/gateway/memory_store.ts";
import { UrlResolver } from "../../lib/gateway/resolver.ts";
import { Crowd } from "../../lib/gateway/crowd.ts";
import { Tally } from "../../lib/gateway/tally.ts";
import type { WebSocket } from "../../lib/http/mod.ts";
import {
  GATEWAY_CONTENTS_PER_SESSION_MAX,
  GATEWAY_FRAME_BYTES_MAX,
  GATEWAY_HELLO_MS_MAX,
  GATEWAY_MESSAGES_BURST,
  GATEWAY_QUEUE_BYTES_MAX,
  GATEWAY_RUN_LEAVES_MAX,
  GATEWAY_RUNS_PER_REQUEST,
  GATEWAY_SESSIONS_MAX,
  GATEWAY_SILENCE_MS_MAX,
  LEASE_CHUNKS_MAX,
} from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { tempFolder } from "../support/temp.ts";
import { oneFile, startGateway, startOrigin, TestClient } from "./world.ts";

/** A socket without a network. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  isPaused = false;
  pings = 0;
  terminated = false;
  readonly sent: GatewayMessage[] = [];
  readonly closes: number[] = [];
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  say(message: ClientMessage): void {
    this.emit(
      "message",
      new TextEncoder().encode(JSON.stringify(message)),
      false,
    );
  }
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  ping(): void {
    this.pings++;
  }
  close(code: number): void {
    this.closes.push(code);
    this.#end();
  }
  terminate(): void {
    this.terminated = true;
    this.#end();
  }
  #end(): void {
    if (this.readyState !== 1) return;
    this.readyState = 3;
    this.emit("close");
  }
}

const HELLO: ClientMessage & { t: "hello" } = {
  t: "hello",
  v: 1,
  id: "ab".repeat(16),
  port: 0,
  capacity: 1,
  share: true,
};

async function makeHub() {
  const folder = await tempFolder();
  const clock = new FakeClock();
  const store = new MemoryStore();
  const log = silentLog;
  const common = {
    store,
    clock,
    log,
    random: Math.random,
    tally: new Tally(),
    crowd: new Crowd(clock),
    base: () => undefined,
  };
  const files = await KeptFiles.open({
    ...common,
    folder: folder.path,
    bytesMax: 0,
  });
  const contents = new Contents({ store, clock, log });
  const access = {
    clock,
    resolve: () => Promise.resolve(["127.0.0.1"]),
    policy: {
      allowPrivate: false,
      ownAuthorities: new Set<string>(),
      ownPorts: new Set<number>(),
      ownAddresses: new Set<string>(),
    },
  };
  const resolver = new UrlResolver({ ...common, contents, files, access });
  const dialBack = () => Promise.resolve(false);
  const asking = { dialBack, checkMirror: dialBack };
  const hub = new SwarmHub({ ...common, contents, resolver, files, ...asking });
  const connect = () => {
    const socket = new FakeSocket();
    const gone = new AbortController();
    socket.on("close", () => gone.abort());
    const base = "http://g.example/";
    const { signal } = gone;
    hub.accept(socket as unknown as WebSocket, "8.8.8.8", base, signal);
    return socket;
  };
  return {
    hub,
    clock,
    connect,
    /** A client that takes part in a known file of so many leaves; its key. */
    async member(leaves: number): Promise<[FakeSocket, string]> {
      const layer = new Uint8Array(leaves * 32).fill(7);
      const tree = new HashTree(layer, leaves * LEAF_BYTES);
      const content = GatewayContent.whole(tree);
      const { key, length } = content;
      const url = "http://a.example/";
      const checkedMs = clock.now();
      contents.enter({ url, content, facts: { length }, checkedMs });
      const socket = connect();
      socket.say(HELLO);
      socket.say({ t: "join", ref: 1, url, leaf: 0, chunk: 1, lease: 0 });
      await clock.advance(0);
      return [socket, key];
    },
    async [Symbol.asyncDispose]() {
      hub.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("hello is answered with the address the client came from, and the time", async () => {
  await using world = await makeHub();
  const socket = world.connect();
  socket.say(HELLO);
  assertEquals(socket.sent, [{
    t: "welcome",
    v: 1,
    address: "8.8.8.8",
    reachable: false,
    timeMs: world.clock.now(),
  }]);
  assertEquals(world.hub.clients, 1);
  socket.close(1000);
  assertEquals(world.hub.clients, 0);
});

Deno.test("what is malformed or out of turn ends the connection with a reason", async () => {
  await using world = await makeHub();
  const key = "ab".repeat(32);
  const cases: ((socket: FakeSocket) => void)[] = [
    (socket) => socket.say({ t: "leave", key }),
    (socket) => socket.say({ ...HELLO, v: 99 }),
    (socket) => {
      socket.say(HELLO);
      socket.say(HELLO);
    },
    (socket) => socket.emit("message", new TextEncoder().encode("{"), false),
    (socket) => socket.emit("message", new Uint8Array(3), true),
  ];
  for (const provoke of cases) {
    const socket = world.connect();
    provoke(socket);
    const last = socket.sent.at(-1);
    assertEquals(last?.t === "error" && last.code, "peer-protocol");
    assertEquals(socket.closes, [1002]);
  }
});

Deno.test("messages about contents it is not in are passed over", async () => {
  await using world = await makeHub();
  const socket = world.connect();
  socket.say(HELLO);
  const key = "ab".repeat(32);
  socket.say({ t: "leave", key });
  socket.say({ t: "lease", key, from: 0, until: 9, chunks: 9 });
  socket.say({ t: "done", key, from: 0, count: 9, ok: true, ms: 1 });
  socket.say({ t: "share", key, share: 1 });
  socket.say({ t: "hashes", key, from: 0, count: 9 });
  assertEquals([socket.sent.length, socket.closes], [1, []]);
});

Deno.test("a client that sends more than GATEWAY_MESSAGES_BURST is not listened to for a while", async () => {
  await using world = await makeHub();
  const socket = world.connect();
  socket.say(HELLO);
  const noise: ClientMessage = { t: "leave", key: "ab".repeat(32) };
  for (let i = 1; i < GATEWAY_MESSAGES_BURST; i++) socket.say(noise);
  assertEquals(socket.isPaused, false);
  for (let i = 0; i < 100; i++) socket.say(noise);
  assertEquals(socket.isPaused, true);
  await world.clock.advance(1000);
  assertEquals([socket.isPaused, socket.closes], [false, []]);
});

/** How often a client can say something before it is not listened to. */
function timesUntilPaused(socket: FakeSocket, message: ClientMessage): number {
  let times = 0;
  while (!socket.isPaused) {
    socket.say(message);
    times++;
  }
  return times;
}

Deno.test("a request for hashes is answered by GATEWAY_RUNS_PER_REQUEST runs, and charged for them", async () => {
  await using world = await makeHub();
  const [socket, key] = await world.member(5000);
  const count = (GATEWAY_RUNS_PER_REQUEST + 1) * GATEWAY_RUN_LEAVES_MAX;
  const ask: ClientMessage = { t: "hashes", key, from: 0, count };
  socket.say(ask);
  const runs = socket.sent.filter(({ t }) => t === "hashes").length;
  assertEquals(runs, GATEWAY_RUNS_PER_REQUEST);
  // Hello, join and the first request are paid already.
  const each = 1 + 7 * GATEWAY_RUNS_PER_REQUEST;
  const left = GATEWAY_MESSAGES_BURST - 2 - each;
  assertEquals(timesUntilPaused(socket, ask), Math.ceil((left + 1) / each));
});

Deno.test("a lease that is looked for among many chunks is charged for them", async () => {
  await using world = await makeHub();
  const [holder, key] = await world.member(5 * 512);
  // Its own purse is filled again meanwhile.
  for (let from = 0; from < 5 * 512; from += LEASE_CHUNKS_MAX) {
    const until = from + LEASE_CHUNKS_MAX;
    const count = LEASE_CHUNKS_MAX;
    holder.say({ t: "lease", key, from, until, chunks: count });
    holder.say({ t: "done", key, from, count, ok: true, ms: 1 });
    await world.clock.advance(1000);
  }
  const [socket] = await world.member(5 * 512);
  await world.clock.advance(1000);
  const ask: ClientMessage = {
    ...{ t: "lease", key, from: 0, until: 5 * 512, chunks: 1 },
  };
  const times = timesUntilPaused(socket, ask);
  assertEquals(times, Math.ceil((GATEWAY_MESSAGES_BURST + 1) / 6));
  assert(socket.sent.some(({ t }) => t === "wait"));
});

Deno.test("a client that does not read is dropped at GATEWAY_QUEUE_BYTES_MAX", async () => {
  await using world = await makeHub();
  const socket = world.connect();
  socket.bufferedAmount = GATEWAY_QUEUE_BYTES_MAX + 1;
  socket.say(HELLO);
  assert(socket.terminated);
  assertEquals(world.hub.clients, 0);
});

Deno.test("a client that does not say hello in GATEWAY_HELLO_MS_MAX is dropped, though it gives signs of life", async () => {
  await using world = await makeHub();
  const [nameless, named] = [world.connect(), world.connect()];
  named.say(HELLO);
  // Everybody is looked at every 20 s.
  for (let ms = 0; ms < GATEWAY_HELLO_MS_MAX + 20_000; ms += 5_000) {
    await world.clock.advance(5_000);
    for (const socket of [nameless, named]) socket.emit("pong");
  }
  assertEquals([nameless.terminated, named.terminated], [true, false]);
});

Deno.test("a client is pinged, and dropped after GATEWAY_SILENCE_MS_MAX without a sign of life", async () => {
  await using world = await makeHub();
  const [silent, alive] = [world.connect(), world.connect()];
  for (const socket of [silent, alive]) socket.say(HELLO);
  for (let ms = 0; ms <= GATEWAY_SILENCE_MS_MAX; ms += 20_000) {
    await world.clock.advance(20_000);
    alive.emit("pong");
  }
  assert(silent.pings >= 2 && alive.pings >= 2);
  assertEquals([silent.terminated, alive.terminated], [true, false]);
});

Deno.test("no more than GATEWAY_SESSIONS_MAX clients are let in", async () => {
  await using world = await makeHub();
  for (let i = 1; i < GATEWAY_SESSIONS_MAX; i++) world.connect();
  assert(world.hub.open);
  const last = world.connect();
  assert(!world.hub.open);
  last.close(1000);
  assert(world.hub.open);
});

Deno.test("a client may be in GATEWAY_CONTENTS_PER_SESSION_MAX contents and no more", async () => {
  await using origin = await startOrigin(oneFile(new Uint8Array(10)));
  const resolve = () => new Promise<string[]>(() => {});
  await using world = await startGateway({ resolve });
  const client = await world.client();
  for (let i = 0; i < GATEWAY_CONTENTS_PER_SESSION_MAX; i++) {
    client.send({
      t: "join",
      ref: 1000 + i,
      url: `http://waiting.invalid/${i}`,
      leaf: 0,
      chunk: 1,
      lease: 0,
    });
  }
  const answer = await client.join({ url: `${origin.url}one-more.mp3` });
  assertEquals(answer.t === "error" && answer.code, "busy");
});

Deno.test("a frame past GATEWAY_FRAME_BYTES_MAX closes the socket", async () => {
  await using world = await startGateway();
  const client = await TestClient.connect(world.url);
  client.sendText(" ".repeat(GATEWAY_FRAME_BYTES_MAX + 1));
  assertEquals(await client.closed(), 1009);
});
