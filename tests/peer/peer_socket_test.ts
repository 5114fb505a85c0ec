import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import { setImmediate } from "node:timers";
import type { AddressInfo } from "node:net";
import { Front } from "../../lib/http/front.ts";
import { WebSocket, WebSocketServer } from "../../lib/http/websocket.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { LINK_READ_BYTES, READ_BUFFERS_BYTES_MAX } from "../../lib/limits.ts";
import { BufferPool } from "../../lib/peer/buffer_pool.ts";
import {
  answerWebSocket,
  dialWebSocket,
  type Opened,
} from "../../lib/peer/handshake.ts";
import {
  PeerSocket,
  type PeerSocketOptions,
} from "../../lib/peer/peer_socket.ts";

const MAX = 320 * 1024;

/** The lengths at which a frame's head changes, and what lies about them. */
const LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 262_160];

function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 7 + length);
}

function somePool(): BufferPool {
  const make = (size: number) => new SharedArrayBuffer(size);
  return new BufferPool(LINK_READ_BYTES, READ_BUFFERS_BYTES_MAX, make);
}

/** One end of ours, and the other by `ws`. */
interface Pair extends AsyncDisposable {
  socket: PeerSocket;
  other: WebSocket;
}

/** @param close ends what the accepting end belongs to */
function pairOf(
  socket: PeerSocket,
  other: WebSocket,
  close: () => Promise<unknown>,
): Pair {
  return {
    socket,
    other,
    async [Symbol.asyncDispose]() {
      await ended(socket);
      other.terminate();
      await close();
    },
  };
}

type Options = Partial<PeerSocketOptions>;

function socketOf(
  open: (signal: AbortSignal) => Promise<Opened>,
  options: Options,
): PeerSocket {
  return new PeerSocket(open, {
    timeoutMs: 5_000,
    frameBytesMax: MAX,
    masks: "zeros",
    pool: somePool(),
    clock: systemClock,
    ...options,
  });
}

function dial(port: number, options: Options = {}): PeerSocket {
  const place = { host: "127.0.0.1", port, path: "/" };
  return socketOf((signal) => dialWebSocket(place, signal), options);
}

async function dialled(options: Options = {}): Promise<Pair> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const connected = once(server, "connection");
  const { port } = server.address() as AddressInfo;
  const socket = dial(port, options);
  const opened = once(socket, "open");
  const [other] = await connected;
  await opened;
  const close = () => new Promise((resolve) => server.close(resolve));
  return pairOf(socket, other, close);
}

/** A front whose WebSocket is ours, and what opens there. */
async function answering(options: Options = {}) {
  const came = Promise.withResolvers<PeerSocket>();
  const front = await Front.listen({
    routes: [],
    sockets: [{
      path: "/",
      take(request) {
        const answer = (signal: AbortSignal) =>
          answerWebSocket(request, signal);
        const socket = socketOf(answer, { masks: "none", ...options });
        socket.on("open", () => came.resolve(socket));
      },
    }],
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  return { front, came: came.promise };
}

async function accepted(options: Options = {}): Promise<Pair> {
  const { front, came } = await answering(options);
  const other = new WebSocket(front.url.replace("http", "ws"));
  other.on("error", () => {});
  const opened = once(other, "open");
  const socket = await came;
  await opened;
  return pairOf(socket, other, () => front.close());
}

async function ended(socket: PeerSocket): Promise<void> {
  if (!socket.isOpen) return;
  const closed = once(socket, "close");
  socket.terminate();
  await closed;
}

const ENDS = { dialled, accepted };

/** A server that says what it is told to the first who connects, and hangs up. */
function sayingServer(answer: (key: string) => string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    const count = await connection.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, count));
    const key = /Sec-WebSocket-Key: (\S+)/.exec(head)?.[1] ?? "";
    await connection.write(new TextEncoder().encode(answer(key)));
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      await done;
      listener.close();
    },
  };
}

const SENDS = [
  ["masked by the dialling end", dialled, { masks: "random" }],
  ["with a mask of zeros", dialled, { masks: "zeros" }],
  ["by the accepting end", accepted, {}],
] as const;

for (const [how, pair, options] of SENDS) {
  Deno.test(`what is sent ${how} comes back from ws as it was, in order`, async () => {
    await using link = await pair(options);
    const { socket, other } = link;
    other.on("message", (data, binary) => other.send(data, { binary }));
    const wanted = [...LENGTHS, ...LENGTHS].map(bytesOf);
    const came: Uint8Array[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("frame", (data) => {
        came.push(data);
        if (came.length === wanted.length) resolve();
      });
    });
    let sent = 0;
    for (const data of wanted) socket.send(data, () => sent++);
    assert(socket.bufferedAmount > 2 * 262_160);
    await all;
    assertEquals(came.map((x) => new Uint8Array(x)), wanted);
    assertEquals([sent, socket.bufferedAmount], [wanted.length, 0]);
    const closed = once(socket, "close");
    socket.close();
    await closed;
    assert(!socket.isOpen);
  });
}

for (const [end, pair] of Object.entries(ENDS)) {
  Deno.test(`${end}: a ping is answered, a goodbye is answered and ends the link once`, async () => {
    await using link = await pair();
    const { socket, other } = link;
    let closes = 0;
    let messages = 0;
    socket.on("close", () => closes++);
    socket.on("frame", (_, binary) => messages += binary ? 1 : 0);
    const closed = once(socket, "close");
    other.ping("here");
    assertEquals(`${(await once(other, "pong"))[0]}`, "here");
    const heard = once(other, "close");
    other.close();
    await closed;
    // 1005: a goodbye that says no reason; 1006 would be none.
    assertEquals((await heard)[0], 1005);
    socket.terminate();
    socket.close();
    assertEquals([closes, messages], [1, 0]);
  });

  Deno.test(`${end}: what was sent before a goodbye comes, though the other side is sending`, async () => {
    await using link = await pair();
    const { socket, other } = link;
    let isOver = false;
    const heard = once(other, "close").finally(() => isOver = true);
    const came: number[] = [];
    other.on("message", (data) => came.push((data as Uint8Array)[0]!));
    const flood = () => {
      if (isOver) return;
      other.send(new Uint8Array(MAX), () => setImmediate(flood));
    };
    flood();
    await once(socket, "frame");
    for (let n = 0; n < 5; n++) socket.send(new Uint8Array([n]));
    socket.close();
    let messages = 0;
    socket.on("frame", (_, binary) => messages += binary ? 1 : 0);
    assertEquals((await heard)[0], 1005);
    assertEquals([came, messages], [[0, 1, 2, 3, 4], 0]);
  });

  Deno.test(`${end}: text is what no peer sends`, async () => {
    await using link = await pair();
    const { socket, other } = link;
    const closed = once(socket, "close");
    other.send("text");
    await closed;
  });

  Deno.test(`${end}: a paused link takes nothing in until it goes on`, async () => {
    await using link = await pair();
    const { socket, other } = link;
    const count = 200;
    let bytes = 0;
    const all = new Promise<void>((resolve) => {
      socket.on("frame", (data) => {
        bytes += data.length;
        socket.pause();
        if (bytes === count * MAX) resolve();
        else queueMicrotask(() => socket.resume());
      });
    });
    socket.pause();
    for (let n = 0; n < count; n++) other.send(new Uint8Array(MAX));
    // What sockets hold, and no more: the rest waits over there.
    for (let before = -1; other.bufferedAmount !== before;) {
      before = other.bufferedAmount;
      await systemClock.sleep(50);
    }
    assert(other.bufferedAmount > count * MAX / 2, `${other.bufferedAmount}`);
    assertEquals(bytes, 0);
    socket.resume();
    await all;
  });

  Deno.test(`${end}: reading at full speed gives way to others again and again`, async () => {
    let turns = 0;
    const clock: Clock = {
      ...systemClock,
      timer(delayMs, callback) {
        turns++;
        return systemClock.timer(delayMs, callback);
      },
    };
    await using link = await pair({ clock });
    const { socket, other } = link;
    const count = 64;
    let came = 0;
    const all = new Promise<void>((resolve) => {
      socket.on("frame", () => ++came === count && resolve());
    });
    for (let n = 0; n < count; n++) other.send(new Uint8Array(MAX));
    await all;
    // At least once for every two reads of the largest size.
    assert(turns >= count * MAX / (2 * LINK_READ_BYTES) - 1, `${turns}`);
  });

  Deno.test(`${end}: bytes that are kept stay what they were, though buffers are used again`, async () => {
    const pool = somePool();
    await using link = await pair({ pool });
    const { socket, other } = link;
    const count = 60;
    const kept: { n: number; data: Uint8Array }[] = [];
    const buffers = new Set<ArrayBufferLike>();
    const check = () => {
      const { n, data } = kept.shift()!;
      assert(data.every((byte) => byte === n));
      pool.release(data);
    };
    let came = 0;
    const all = new Promise<void>((resolve) => {
      socket.on("frame", (data) => {
        pool.keep(data);
        buffers.add(data.buffer);
        kept.push({ n: came, data });
        if (kept.length > 9) check();
        pool.settle();
        if (++came === count) resolve();
      });
    });
    for (let n = 0; n < count; n++) other.send(new Uint8Array(MAX - n).fill(n));
    await all;
    while (kept.length > 0) check();
    assert(buffers.size < count / 3, `${buffers.size} buffers`);
  });

  Deno.test(`${end}: a goodbye that does not leave is not waited for, and what was to be sent is lost`, async () => {
    const timers: { delayMs: number; callback: () => void }[] = [];
    const clock: Clock = {
      ...systemClock,
      timer(delayMs, callback) {
        timers.push({ delayMs, callback });
        return () => {};
      },
    };
    await using link = await pair({ clock });
    const { socket, other } = link;
    other.pause();
    let sent = 0;
    for (let n = 0; n < 100; n++) {
      socket.send(new Uint8Array(MAX), () => sent++);
    }
    const closed = once(socket, "close");
    timers.length = 0;
    socket.close();
    assertEquals(timers.length, 1);
    assert(sent < 100);
    timers[0]!.callback();
    await closed;
    while (sent < 100) await systemClock.sleep(0);
    assertEquals(socket.bufferedAmount, 0);
  });

  Deno.test(`${end}: who reads no answers to its pings is owed one`, async () => {
    await using link = await pair();
    const { socket, other } = link;
    let pongs = 0;
    other.on("pong", () => pongs++);
    const came = new Promise<void>((resolve) => {
      socket.on("frame", (_, binary) => binary && resolve());
    });
    for (let n = 0; n < 1000; n++) other.ping();
    other.send(new Uint8Array(1));
    await came;
    // Pings that come together are answered by one.
    assert(socket.bufferedAmount < 100, `${socket.bufferedAmount} bytes`);
    await ended(socket);
    assert(pongs < 1000, `${pongs}`);
  });
}

Deno.test("who dials and is no client of a WebSocket is hung up on", async () => {
  const { front, came } = await answering();
  const tcp = await Deno.connect({ hostname: "127.0.0.1", port: front.port });
  const head = [
    "GET / HTTP/1.1",
    `Host: 127.0.0.1:${front.port}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "\r\n",
  ].join("\r\n");
  // A frame comes along with the head, as nobody waits who has begun badly.
  const frame = new Uint8Array([0x82, 1, 7]);
  await tcp.write(
    new Uint8Array([...new TextEncoder().encode(head), ...frame]),
  );
  const socket = await came;
  let messages = 0;
  socket.on("frame", () => messages++);
  await once(socket, "close");
  assertEquals(messages, 0);
  tcp.close();
  await front.close();
});

const REFUSALS: [string, (key: string) => string][] = [
  ["refuses", () => "HTTP/1.1 403 Forbidden\r\n\r\n"],
  [
    "answers the wrong key",
    () => "HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: abc\r\n\r\n",
  ],
  ["hangs up", () => "HTTP/1.1 101"],
  ["never ends its head", () => `HTTP/1.1 101\r\nx: ${"y".repeat(20_000)}`],
];
for (const [what, answer] of REFUSALS) {
  Deno.test(`a server that ${what} is no link`, async () => {
    await using server = sayingServer(answer);
    const socket = dial(server.port);
    let opened = false;
    socket.on("open", () => opened = true);
    await once(socket, "close");
    assert(!opened);
  });
}

Deno.test("nobody there is no link", async () => {
  const socket = dial(1);
  await once(socket, "close");
  assert(!socket.isOpen);
});
