import { assert, assertEquals } from "@std/assert";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { WebSocketServer } from "../../lib/http/websocket.ts";
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

Deno.test("a flood of messages waits its turn, and all of it comes in the end", async () => {
  let restsMs = 0;
  const clock: Clock = {
    ...systemClock,
    timer(delayMs, callback) {
      restsMs += Math.max(0, delayMs);
      return systemClock.timer(delayMs, callback);
    },
  };
  await using link = await linked(clock);
  const frame = encodeMessage({ type: "bye" });
  const count = 3 * FRAMES_BURST;
  restsMs = 0;
  for (let n = 0; n < count; n++) link.peer.send(frame);
  link.peer.send(encodeMessage({
    type: "close",
    channel: 7,
  }));
  while (link.frames.length <= count) await systemClock.sleep(1);
  assertEquals(link.frames.length, count + 1);
  assert(link.frames.at(-1)!.length > frame.length, "in the order it was sent");
  assert(restsMs > 0, "it is not read on at once");
});
