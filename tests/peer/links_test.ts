import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { type WebSocket, WebSocketServer } from "../../lib/http/websocket.ts";
import { FRAMES_BURST, LINK_WAITING_FRAMES_MAX } from "../../lib/limits.ts";
import { LeafThread } from "../../lib/peer/leaf_thread.ts";
import { PeerLinks } from "../../lib/peer/links.ts";
import { encodeMessage } from "../../lib/swarm/messages.ts";

const PEER = { id: "1".padStart(32, "0"), host: "127.0.0.1" };

/** A peer played by the test, and our links, one of which is dialled to it. */
async function linked(clock: Clock = systemClock) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const connected = once(server, "connection");
  const frames: Uint8Array[] = [];
  const up = Promise.withResolvers<number>();
  const down = Promise.withResolvers<void>();
  const thread = new LeafThread(systemClock);
  const links = new PeerLinks(
    {
      open: (number) => up.resolve(number),
      frame: (_, frame) => frames.push(frame.slice()),
      closed: () => down.resolve(),
      dialFailed: () => up.reject(new Error("nobody is there")),
    },
    thread,
    clock,
  );
  links.dial({ ...PEER, port: (server.address() as AddressInfo).port });
  const [peer] = await connected;
  return {
    links,
    frames,
    peer,
    number: await up.promise,
    down: down.promise,
    async [Symbol.asyncDispose]() {
      peer.terminate();
      await links.closeAll();
      thread.end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

Deno.test("a link whose peer reads nothing ends with LINK_WAITING_FRAMES_MAX frames waiting", async () => {
  await using link = await linked();
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
  assertEquals(lost, LINK_WAITING_FRAMES_MAX, "all are told of, none is kept");
});

const FLOODS: Record<string, (peer: WebSocket) => void> = {
  messages: (peer) => peer.send(encodeMessage({ type: "bye" })),
  pings: (peer) => peer.ping(),
  text: (peer) => peer.send("x"),
};
for (const [what, send] of Object.entries(FLOODS)) {
  Deno.test(`a flood of ${what} waits its turn, and what follows comes in the end`, async () => {
    let restsMs = 0;
    const clock: Clock = {
      ...systemClock,
      timer(delayMs, callback) {
        restsMs += Math.max(0, delayMs);
        return systemClock.timer(delayMs, callback);
      },
    };
    await using link = await linked(clock);
    restsMs = 0;
    const count = 3 * FRAMES_BURST;
    for (let n = 0; n < count; n++) send(link.peer);
    const last = encodeMessage({ type: "close", channel: 7 });
    link.peer.send(last);
    while (link.frames.at(-1)?.length !== last.length) {
      await systemClock.sleep(1);
    }
    const wanted = what === "messages" ? count + 1 : 1;
    assertEquals(link.frames.length, wanted);
    assert(restsMs > 0, "it is not read on at once");
  });
}
