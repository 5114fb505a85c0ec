import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "../../lib/http/websocket.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { LINK_READ_BYTES, READ_BUFFERS_BYTES_MAX } from "../../lib/limits.ts";
import { BufferPool } from "../../lib/peer/buffer_pool.ts";
import {
  ClientSocket,
  type ClientSocketOptions,
} from "../../lib/peer/client_socket.ts";
import { FrameReader } from "../../lib/peer/frame_reader.ts";

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

/** A server of `ws`'s that sends back what it gets. */
async function echoServer() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function dial(
  port: number,
  options: Partial<ClientSocketOptions> = {},
): ClientSocket {
  return new ClientSocket({
    host: "127.0.0.1",
    port,
    path: "/",
    timeoutMs: 5_000,
    frameBytesMax: MAX,
    masked: false,
    pool: somePool(),
    clock: systemClock,
    ...options,
  });
}

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

for (const masked of [true, false]) {
  const how = masked ? "masked" : "with a mask of zeros";
  Deno.test(`what is sent ${how} comes back from ws as it was, in order`, async () => {
    await using server = await echoServer();
    const socket = dial(server.port, { masked });
    await once(socket, "open");
    const wanted = [...LENGTHS, ...LENGTHS].map(bytesOf);
    const came: Uint8Array[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (data) => {
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
    assertEquals(socket.readyState, 3);
  });
}

Deno.test("a ping is answered, text is passed over, a close ends the link once", async () => {
  await using server = await echoServer();
  const connected = once(server.server, "connection");
  const socket = dial(server.port);
  let closes = 0;
  let messages = 0;
  socket.on("close", () => closes++);
  socket.on("message", () => messages++);
  const closed = once(socket, "close");
  const [other] = await connected;
  other.ping("here");
  assertEquals(`${(await once(other, "pong"))[0]}`, "here");
  other.send("text");
  other.close();
  await closed;
  socket.terminate();
  socket.close();
  assertEquals([closes, messages], [1, 0]);
});

Deno.test("a paused link takes nothing in until it goes on", async () => {
  await using server = await echoServer();
  const connected = once(server.server, "connection");
  const socket = dial(server.port);
  const [other] = await connected;
  let bytes = 0;
  const all = new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      bytes += data.length;
      socket.pause();
      if (bytes === 100 * MAX) resolve();
      else queueMicrotask(() => socket.resume());
    });
  });
  socket.pause();
  for (let n = 0; n < 100; n++) other.send(new Uint8Array(MAX));
  // More than sockets hold: it waits over there.
  assert(other.bufferedAmount > 0);
  assertEquals(bytes, 0);
  socket.resume();
  await all;
  const closed = once(socket, "close");
  socket.terminate();
  await closed;
});

Deno.test("reading at full speed gives way to others again and again", async () => {
  let turns = 0;
  const clock: Clock = {
    ...systemClock,
    timer(delayMs, callback) {
      turns++;
      return systemClock.timer(delayMs, callback);
    },
  };
  await using server = await echoServer();
  const connected = once(server.server, "connection");
  const socket = dial(server.port, { clock });
  const [other] = await connected;
  const count = 64;
  let came = 0;
  const all = new Promise<void>((resolve) => {
    socket.on("message", () => ++came === count && resolve());
  });
  for (let n = 0; n < count; n++) other.send(new Uint8Array(MAX));
  await all;
  // At least once for every two reads of the largest size.
  assert(turns >= count * MAX / (2 * LINK_READ_BYTES) - 1, `${turns}`);
  const closed = once(socket, "close");
  socket.terminate();
  await closed;
});

Deno.test("bytes that are kept stay what they were, though buffers are used again", async () => {
  await using server = await echoServer();
  const connected = once(server.server, "connection");
  const pool = somePool();
  const socket = dial(server.port, { pool });
  const [other] = await connected;
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
    socket.on("message", (data) => {
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
  const closed = once(socket, "close");
  socket.terminate();
  await closed;
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
  assertEquals(socket.readyState, 3);
});

/** A server's frame. */
function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = length < 126
    ? [length]
    : length < 65_536
    ? [126, length >> 8, length & 255]
    : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  return new Uint8Array([0x80 | opcode, ...head, ...payload]);
}

Deno.test("frames are the same however the bytes come", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 70_000 }), { maxLength: 6 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 90_000 })),
      (lengths, chance) => {
        const payloads = lengths.map(bytesOf);
        const sent = payloads.flatMap((one) => [...frame(2, one)]);
        const first = Math.min(sent.length, chance.next().value % 300);
        const reader = new FrameReader(
          MAX,
          somePool(),
          Uint8Array.from(sent.slice(0, first)),
        );
        const came: Uint8Array[] = [];
        for (let at = first;;) {
          for (let one; (one = reader.next()) !== undefined;) {
            came.push(one.payload);
          }
          if (at >= sent.length) break;
          const room = reader.room();
          assert(room.length > 0);
          const part = sent.slice(
            at,
            at + Math.min(room.length, chance.next().value),
          );
          room.set(part);
          reader.filled(part.length);
          at += part.length;
        }
        // Views of buffers that were given up are still what they were.
        assertEquals(came.map((x) => new Uint8Array(x)), payloads);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("where frames are all alike none is cut by the end of a buffer", () => {
  const one = frame(2, bytesOf(262_160));
  const reader = new FrameReader(MAX, somePool(), new Uint8Array());
  const buffers = new Set<ArrayBufferLike>();
  let [sent, frames] = [0, 0];
  while (frames < 40) {
    const room = reader.room();
    const isNew = !buffers.has(room.buffer);
    // Until the buffers have grown, what was begun goes along.
    if (isNew && frames > 12) assertEquals(room.byteOffset, 0);
    buffers.add(room.buffer);
    for (let i = 0; i < room.length; i++) {
      room[i] = one[(sent + i) % one.length]!;
    }
    sent += room.length;
    reader.filled(room.length);
    for (let next; (next = reader.next()) !== undefined;) {
      assertEquals(next.payload.length, 262_160);
      frames++;
    }
  }
});

Deno.test("what no server may send is not taken", () => {
  const cases: Uint8Array[] = [
    new Uint8Array([0x82, 0x81, 0, 0, 0, 0, 1]), // masked
    new Uint8Array([0x02, 0x01, 1]), // not final
    new Uint8Array([0x80, 0x01, 1]), // a continuation
    new Uint8Array([0xc2, 0x01, 1]), // an extension
    frame(2, new Uint8Array(MAX + 1)),
    new Uint8Array([0x82, 127, 255, 0, 0, 0, 0, 0, 0, 0]),
  ];
  for (const bytes of cases) {
    const reader = new FrameReader(MAX, somePool(), bytes);
    assertThrows(() => reader.next(), RangeError);
  }
});

/** A link whose other side reads nothing, and so much waiting that it shows. */
async function clogged(options: Partial<ClientSocketOptions> = {}) {
  const server = await echoServer();
  const connected = once(server.server, "connection");
  const socket = dial(server.port, options);
  const [other] = await connected;
  other.pause();
  await once(socket, "open");
  let sent = 0;
  for (let n = 0; n < 100; n++) socket.send(new Uint8Array(MAX), () => sent++);
  return { server, socket, sent: () => sent };
}

Deno.test("a goodbye that does not leave is not waited for, and what was to be sent is lost", async () => {
  const timers: { delayMs: number; callback: () => void }[] = [];
  const clock: Clock = {
    ...systemClock,
    timer(delayMs, callback) {
      timers.push({ delayMs, callback });
      return () => {};
    },
  };
  const { server, socket, sent } = await clogged({ clock });
  const closed = once(socket, "close");
  socket.close();
  const [giveUp] = timers.filter(({ delayMs }) => delayMs > 0);
  assert(sent() < 100);
  giveUp!.callback();
  await closed;
  while (sent() < 100) await systemClock.sleep(0);
  assertEquals(socket.bufferedAmount, 0);
  await server[Symbol.asyncDispose]();
});

Deno.test("who reads no answers to its pings is owed one", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const connected = once(server, "connection");
  const socket = dial((server.address() as AddressInfo).port);
  const [other] = await connected;
  let pongs = 0;
  other.on("pong", () => pongs++);
  const came = once(socket, "message");
  for (let n = 0; n < 1000; n++) other.ping();
  other.send(new Uint8Array(1));
  await came;
  // Pings that come together are answered by one.
  assert(socket.bufferedAmount < 100, `${socket.bufferedAmount} bytes`);
  const closed = once(socket, "close");
  socket.terminate();
  await closed;
  assert(pongs < 1000, `${pongs}`);
  await new Promise((resolve) => server.close(resolve));
});
