import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/front.ts";
import type { FrameRoute, SocketRoute } from "../../lib/http/route.ts";
import { RawClient } from "./raw_client.ts";

const echo: SocketRoute = {
  path: "/echo/:room",
  frameBytesMax: 100,
  authorize: (info) =>
    info.url.searchParams.has("key")
      ? undefined
      : new Response("no key", { status: 403 }),
  accept: (socket, info) => {
    socket.on("message", (data) => socket.send(`${info.params.room}:${data}`));
  },
};

/** Answers as it likes, with what it was given. */
const raw: FrameRoute = {
  path: "/raw/:room",
  authorize: echo.authorize!,
  take: ({ socket, head, key }, info) => {
    const heard = new TextDecoder().decode(head);
    socket.write(`101 ${info.params.room} ${key} ${heard}\r\n`);
  },
};

async function withFront(run: (front: Front) => Promise<void>): Promise<void> {
  const front = await Front.listen({
    routes: [],
    sockets: [echo, raw],
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  try {
    await run(front);
  } finally {
    await front.close();
  }
}

async function open(front: Front): Promise<WebSocket> {
  const url = `${front.url.replace("http", "ws")}echo/a?key=1`;
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return socket;
}

const closed = (socket: WebSocket) =>
  new Promise<number>((resolve) => {
    socket.onclose = (event) => resolve(event.code);
  });

Deno.test("a WebSocket opens, talks without compression, and closes with the front", async () => {
  await withFront(async (front) => {
    const socket = await open(front);
    assertEquals(socket.extensions, "");
    const answer = new Promise((resolve) => {
      socket.onmessage = (event) => resolve(event.data);
    });
    socket.send("hello");
    assertEquals(await answer, "a:hello");
    const end = closed(socket);
    await front.close();
    assertEquals(await end, 1001);
  });
});

Deno.test("a frame beyond the limit closes the socket with 1009", async () => {
  await withFront(async (front) => {
    const socket = await open(front);
    const end = closed(socket);
    socket.send(new Uint8Array(101));
    assertEquals(await end, 1009);
  });
});

function request(path: string, host: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`;
}

Deno.test("a route that reads frames itself has the connection until the front closes", async () => {
  await withFront(async (front) => {
    using client = await RawClient.open(front.port);
    await client.send(`${request("/raw/a?key=1", "localhost")}first bytes`);
    const wanted = "101 a AAAAAAAAAAAAAAAAAAAAAA== first bytes\r\n";
    await client.until(/first bytes/);
    await front.close();
    assertEquals(await client.toEnd(), wanted);
  });
});

Deno.test("an upgrade is refused where authorize says so, where nothing is, and for a foreign host", async () => {
  await withFront(async (front) => {
    const ask = async (path: string, host: string) => {
      using client = await RawClient.open(front.port);
      await client.send(request(path, host));
      return await client.toEnd();
    };
    for (const path of ["/echo/a", "/raw/a"]) {
      const forbidden = await ask(path, "localhost");
      assert(forbidden.startsWith("HTTP/1.1 403 "), forbidden);
      assert(forbidden.endsWith("\r\n\r\nno key"), forbidden);
    }
    const missing = await ask("/none", "localhost");
    assert(missing.startsWith("HTTP/1.1 404 "), missing);
    const foreign = await ask("/echo/a?key=1", "evil.example");
    assert(foreign.startsWith("HTTP/1.1 421 "), foreign);
  });
});
