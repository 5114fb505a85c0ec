import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { createConnection, type Socket } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { LEAF_BYTES } from "../../lib/hashtree/mod.ts";
import {
  GATEWAY_MESSAGES_PER_SECOND,
  GATEWAY_QUEUE_BYTES_MAX,
} from "../../lib/limits.ts";
import { idOf } from "../../scripts/compare/announcers.ts";
import { LightSocket } from "../../scripts/compare/light_socket.ts";
import { memoryMiB } from "../../scripts/compare/usage.ts";
import { startAlluvium } from "../support/alluvium.ts";
import { tempFolder } from "../support/temp.ts";
import { oneFile, type Origin, startOrigin } from "../gateway/world.ts";

/** A proxy of the gateway: what it says of a client's address is believed. */
const PROXY = "127.0.0.9";
const PATH = "/ocn/v1/swarm";
const FILE = new Uint8Array(600 * LEAF_BYTES);

/** The gateway as a process, an origin, and what hostile and honest clients do. */
async function open() {
  const folder = await tempFolder();
  const origin = await startOrigin(oneFile(FILE));
  const child = await startAlluvium(
    ...["gateway", "--port", "0", "--data", folder.path],
    ...["--allow-private", "--trust-proxy", PROXY],
  );
  const [, url = ""] = await child.waitFor(/^Gateway +(http\S+)/m, 20_000);
  const port = Number(new URL(url).port);
  return {
    port,
    pid: child.pid,
    origin,
    descriptors: () => [...Deno.readDirSync(`/proc/${child.pid}/fd`)].length,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

interface Client {
  socket: LightSocket;
  say(message: unknown): void;
  /** Messages by name; the latest. */
  heard: Map<string, Record<string, unknown>>;
  /** How many of a name have come. */
  count(name: string): number;
  next(name: string): Promise<Record<string, unknown>>;
  closed: Promise<void>;
}

/** Connects and says hello. */
async function connect(
  port: number,
  localAddress: string,
  rest: { headers?: Record<string, string>; peerPort?: number } = {},
): Promise<Client> {
  const heard = new Map<string, Record<string, unknown>>();
  const counts = new Map<string, number>();
  let wake = () => {};
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const socket = await LightSocket.connect({
    ...{ port, localAddress, path: PATH, headers: rest.headers ?? {} },
    closed: resolve,
    text(payload) {
      const message = JSON.parse(payload.toString());
      heard.set(message.t, message);
      counts.set(message.t, (counts.get(message.t) ?? 0) + 1);
      wake();
    },
  });
  const say = (message: unknown) => socket.send(JSON.stringify(message));
  say({
    ...{ t: "hello", v: 1, id: idOf(localAddress), capacity: 1 },
    ...{ port: rest.peerPort ?? 0, share: true },
  });
  return {
    ...{ socket, say, heard, closed },
    count: (name) => counts.get(name) ?? 0,
    async next(name) {
      const before = counts.get(name) ?? 0;
      while ((counts.get(name) ?? 0) === before) {
        await new Promise<void>((resolve) => wake = resolve);
      }
      return heard.get(name)!;
    },
  };
}

/** An honest listener joins; how long it waited, in ms. */
async function serve(port: number, origin: Origin, n: number): Promise<number> {
  const startMs = systemClock.monotonic();
  const client = await connect(port, `127.0.7.${n}`);
  join(client, origin);
  await client.next("joined");
  client.socket.destroy();
  return systemClock.monotonic() - startMs;
}

function join({ say }: Client, origin: Origin): void {
  const url = `${origin.url}a.mp3`;
  say({ t: "join", ref: 1, url, leaf: 0, chunk: 1, lease: 0 });
}

/** A bare connection; `ended` when the gateway ends it. */
function dial(port: number, bytes: string | Uint8Array) {
  const socket: Socket = createConnection({ port, host: "127.0.0.1" });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  socket.on("error", () => {});
  socket.on("close", () => resolve());
  socket.on("end", () => socket.destroy());
  socket.resume();
  socket.write(bytes);
  return { socket, ended };
}

const UPGRADE = `GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

Deno.test("connections that say nothing, or half of an upgrade, end in time, and listeners are served meanwhile", async () => {
  await using gateway = await open();
  const { port, origin } = gateway;
  await serve(port, origin, 1);
  const before = gateway.descriptors();
  const silent = Array.from({ length: 300 }, () => dial(port, ""));
  const half = UPGRADE.slice(0, 90);
  const halves = Array.from({ length: 300 }, () => dial(port, half));
  for (let n = 2; n < 12; n++) await serve(port, origin, n);
  await Promise.all([...silent, ...halves].map(({ ended }) => ended));
  await serve(port, origin, 12);
  const left = gateway.descriptors() - before;
  assert(left < 20, `${left} descriptors are left`);
});

Deno.test("a frame that says it is too large ends its socket before it has come", async () => {
  await using gateway = await open();
  const frame = Buffer.alloc(14);
  frame[0] = 0x81;
  frame[1] = 0x80 | 127;
  frame.writeBigUInt64BE(2n ** 40n, 2);
  const both = Buffer.concat([Buffer.from(UPGRADE), frame]);
  await dial(gateway.port, both).ended;
  await serve(gateway.port, gateway.origin, 1);
});

Deno.test("clients that ask and do not read are dropped; what waits for them is bounded", async () => {
  await using gateway = await open();
  const { port, origin, pid } = gateway;
  const reader = await connect(port, "127.0.0.3");
  join(reader, origin);
  await reader.next("joined");
  // While the file arrives there are few hashes to answer with.
  const { root: key } = reader.heard.get("root") ?? await reader.next("root");
  const before = await memoryMiB(pid);
  const slow = await Promise.all([4, 5, 6, 7].map(async (n) => {
    const client = await connect(port, `127.0.0.${n}`);
    join(client, origin);
    await client.next("joined");
    client.socket.pause();
    // Each is answered by 18 KiB; 27 MB in all.
    for (let i = 0; i < 1500; i++) {
      client.say({ t: "hashes", key, from: 0, count: 600 });
    }
    return client;
  }));
  // They are closed although they read nothing: a write of ours meets it.
  const gone = Promise.all(slow.map(async (client) => {
    for (;;) {
      if (!client.socket.writable) return;
      client.say({ t: "leave", key });
      await systemClock.sleep(20);
    }
  }));
  for (let n = 1; n < 10; n++) await serve(port, origin, n);
  await gone;
  const grown = await memoryMiB(pid) - before;
  const bound = 4 * GATEWAY_QUEUE_BYTES_MAX / 2 ** 20 + 64;
  assert(grown < bound, `${grown} MiB more, at most ${bound}`);
  reader.socket.destroy();
});

Deno.test("ten thousand announcements a second from one address are taken at their limit, and others served", async () => {
  await using gateway = await open();
  const { port, origin } = gateway;
  await serve(port, origin, 1);
  const headers = { "x-forwarded-for": "8.8.8.8" };
  const clients = await Promise.all(
    Array.from({ length: 10 }, () => connect(port, PROXY, { headers })),
  );
  const [first] = clients as [Client];
  const welcome = first.heard.get("welcome") ?? await first.next("welcome");
  assertEquals(welcome.address, "8.8.8.8");
  const startMs = systemClock.monotonic();
  const waits: number[] = [];
  for (let second = 0; second < 3; second++) {
    for (const client of clients) {
      for (let i = 0; i < 1000; i++) join(client, origin);
    }
    waits.push(await serve(port, origin, 2 + second));
    await systemClock.sleep(1000);
  }
  const seconds = (systemClock.monotonic() - startMs) / 1000;
  // Many at once in one client are refused, which is an answer.
  const answers = (c: Client) => c.count("joined") + c.count("error");
  const answered = clients.reduce((sum, c) => sum + answers(c), 0);
  // What comes in one piece is answered whole: 64 KiB for each socket at most.
  const most = (seconds + 2) * GATEWAY_MESSAGES_PER_SECOND + 10 * 700;
  assert(answered > 1000 && answered < most, `${answered}, at most ${most}`);
  assert(answered < 25_000, "nearly all were answered");
  assert(Math.max(...waits) < 5_000, `${waits} ms`);
  for (const { socket } of clients) socket.destroy();
});

Deno.test("nobody is told of a port that another service listens on, nor of an address that a client only claims", async () => {
  await using gateway = await open();
  const { port, origin } = gateway;
  // The origin answers there, but not with the id.
  const liar = await connect(port, "127.0.0.5", {
    peerPort: origin.port,
    headers: { "x-forwarded-for": "8.8.8.8" },
  });
  join(liar, origin);
  await liar.next("joined");
  if (liar.heard.get("welcome")?.reachable !== false) {
    await liar.next("welcome");
  }
  const { reachable, address } = liar.heard.get("welcome")!;
  assertEquals([reachable, address], [false, "127.0.0.5"]);
  const other = await connect(port, "127.0.0.6");
  join(other, origin);
  assertEquals((await other.next("joined")).peers, []);
  for (const { socket } of [liar, other]) socket.destroy();
});
