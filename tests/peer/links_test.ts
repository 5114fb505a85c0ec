import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/front.ts";
import { WebSocket, WebSocketServer } from "../../lib/http/websocket.ts";
import {
  FRAMES_BURST,
  LINK_WAITING_FRAMES_MAX,
  UNWRITTEN_BYTES_MAX,
} from "../../lib/limits.ts";
import { LeafThread } from "../../lib/peer/leaf_thread.ts";
import { PeerLinks } from "../../lib/peer/links.ts";
import { encodeMessage } from "../../lib/swarm/messages.ts";

const PEER = { id: "1".padStart(32, "0"), host: "127.0.0.1" };

/** Our links, and what they told. */
function linksOf(clock: Clock) {
  const frames: Uint8Array[] = [];
  const up = Promise.withResolvers<number>();
  const down = Promise.withResolvers<void>();
  const told = { noise: 0 };
  const thread = new LeafThread(systemClock);
  const links = new PeerLinks(
    {
      open: (number) => up.resolve(number),
      frame: (_, frame) => frames.push(frame.slice()),
      noise: () => told.noise++,
      closed: () => down.resolve(),
      dialFailed: () => up.reject(new Error("nobody is there")),
    },
    thread,
    clock,
  );
  return { links, frames, told, thread, up: up.promise, down: down.promise };
}

/** A link that is up. */
async function linkOf(
  ours: ReturnType<typeof linksOf>,
  peer: WebSocket,
  close: () => Promise<unknown>,
) {
  return {
    ...ours,
    peer,
    number: await ours.up,
    async [Symbol.asyncDispose]() {
      peer.terminate();
      await ours.links.closeAll();
      ours.thread.end();
      await close();
    },
  };
}

/** A link to a peer played by the test, which we dialled. */
async function dialled(clock: Clock = systemClock) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const connected = once(server, "connection");
  const ours = linksOf(clock);
  const { port } = server.address() as AddressInfo;
  ours.links.dial({ ...PEER, port });
  const [peer] = await connected;
  const close = () => new Promise((resolve) => server.close(resolve));
  return await linkOf(ours, peer, close);
}

/** The same, but the peer dialled. */
async function accepted(clock: Clock = systemClock) {
  const ours = linksOf(clock);
  const front = await Front.listen({
    routes: [],
    sockets: [{
      path: "/",
      take: (request, { remoteAddress }) =>
        ours.links.accept(request, remoteAddress),
    }],
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  const peer = new WebSocket(front.url.replace("http", "ws"));
  peer.on("error", () => {});
  await once(peer, "open");
  return await linkOf(ours, peer, () => front.close());
}

const ENDS = { dialled, accepted };

const FLOODS: Record<string, (peer: WebSocket) => void> = {
  messages: (peer) => peer.send(encodeMessage({ type: "bye" })),
  "media without a leaf": (peer) =>
    peer.send(
      encodeMessage({
        type: "data",
        channel: 9,
        from: 0,
        bytes: new Uint8Array(),
      }),
    ),
  pings: (peer) => peer.ping(),
};

for (const [end, pair] of Object.entries(ENDS)) {
  Deno.test(`${end}: a link whose peer reads nothing ends with LINK_WAITING_FRAMES_MAX frames waiting`, async () => {
    await using link = await pair();
    link.peer.pause();
    const frame = encodeMessage({
      type: "refuse",
      channel: 0,
      from: 0,
      count: 1,
    });
    let sent = 0;
    let lost = 0;
    // The system takes some before it is clogged; nothing is taken in this turn.
    for (; sent < 2 * LINK_WAITING_FRAMES_MAX; sent++) {
      link.links.send(link.number, frame, () => lost++);
    }
    await link.down;
    assertEquals(link.links.size, 0);
    while (lost < LINK_WAITING_FRAMES_MAX) await systemClock.sleep(0);
    assertEquals(lost, LINK_WAITING_FRAMES_MAX, "all are told of");
  });

  for (const [what, send] of Object.entries(FLOODS)) {
    Deno.test(`${end}: a flood of ${what} waits its turn, and what follows comes in the end`, async () => {
      let restsMs = 0;
      const clock: Clock = {
        ...systemClock,
        timer(delayMs, callback) {
          restsMs += Math.max(0, delayMs);
          return systemClock.timer(delayMs, callback);
        },
      };
      await using link = await pair(clock);
      restsMs = 0;
      const count = 3 * FRAMES_BURST;
      for (let n = 0; n < count; n++) send(link.peer);
      const last = encodeMessage({
        type: "refuse",
        channel: 7,
        from: 0,
        count: 1,
      });
      link.peer.send(last);
      while (link.frames.at(-1)?.length !== last.length) {
        await systemClock.sleep(1);
      }
      const isNoise = what === "pings";
      assertEquals(link.frames.length, isNoise ? 1 : count + 1);
      assertEquals(link.told.noise, isNoise ? count : 0);
      assert(restsMs > 0, "it is not read on at once");
    });
  }

  Deno.test(`${end}: at the end the others hear all that was said, and goodbye`, async () => {
    await using link = await pair();
    const came: unknown[] = [];
    link.peer.on("message", (data) => came.push(data));
    const heard = once(link.peer, "close");
    for (let n = 0; n < 5; n++) {
      link.links.send(link.number, encodeMessage({ type: "bye" }));
    }
    await link.links.closeAll();
    assertEquals((await heard)[0], 1005);
    assertEquals(came.length, 5);
  });

  Deno.test(`${end}: a peer that does not hear goodbye holds up nobody`, async () => {
    await using link = await pair();
    link.peer.pause();
    await link.links.closeAll();
    assertEquals(link.links.size, 0);
  });
}

Deno.test("a link that comes up while too much waits is not read", async () => {
  const ours = linksOf(systemClock);
  const written = Promise.withResolvers<void>();
  ours.links.backlog.add(2 * UNWRITTEN_BYTES_MAX, written.promise);
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (peer) => peer.send(encodeMessage({ type: "bye" })));
  const { port } = server.address() as AddressInfo;
  ours.links.dial({ ...PEER, port });
  await ours.up;
  await systemClock.sleep(50);
  assertEquals(ours.frames.length, 0);
  written.resolve();
  while (ours.frames.length === 0) await systemClock.sleep(1);
  await ours.links.closeAll();
  ours.thread.end();
  await new Promise((resolve) => server.close(resolve));
});
