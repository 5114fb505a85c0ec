import { assert, assertEquals } from "@std/assert";
import {
  HTTP_HEAD_BYTES_MAX,
  SOURCE_AHEAD_MS,
  SOURCE_HEAD_MS_MAX,
  SOURCE_REFUSAL_MS,
  SOURCE_WORK_MS_BURST,
  SOURCE_WORK_MS_PER_SECOND,
} from "../../../lib/limits.ts";
import type { Clock } from "../../../lib/clock.ts";
import { Mount } from "../../../lib/icecast/mount.ts";
import { bodyReader } from "../../../lib/icecast/source/body.ts";
import { PassedOnStream } from "../../../lib/icecast/source/live_stream.ts";
import { SourceSession } from "../../../lib/icecast/source/session.ts";
import type { MountChunk } from "../../../lib/media/packet.ts";
import { FakePlayer } from "../fake_player.ts";
import { concatBytes } from "../../../lib/media/bytes.ts";
import { RawClient } from "../../http/raw_client.ts";
import { makeFrames } from "../../media/synthetic.ts";
import { FakeClock, settle } from "../../support/fakeclock.ts";
import { freePort } from "../../support/ports.ts";
import { eventually, ServerRig, sourceHead } from "../server_rig.ts";

Deno.test("a source that sends faster than its media plays is held back, and nothing of it is lost", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  using source = await rig.accepted("/live.mp3");
  const seconds = 2 * SOURCE_AHEAD_MS / 1000;
  const frames = makeFrames(Math.ceil(seconds * 44_100 / 1152));
  const sending = source.sendBytes(concatBytes(frames));
  const mount = rig.mounts.get("/live.mp3")!;
  const session = rig.server.live.session("/live.mp3")!;
  await eventually(() => mount.bytesReceived > 0);
  for (let i = 0; i < 200; i++) await settle();
  const bytesPerMs = 16;
  const ahead = mount.bytesReceived / bytesPerMs;
  assert(ahead <= SOURCE_AHEAD_MS + 200, `${ahead} ms`);
  for (let i = 0; i < 150; i++) await clock.advance(100);
  await sending;
  await source.closeWrite();
  await eventually(() => session.isEnded);
  assert(mount.bytesReceived >= concatBytes(frames.slice(0, -3)).length);
});

/** A stream that makes so much work of each piece. */
class Laborious extends PassedOnStream {
  readonly garbageBytes = 0;
  pieces = 0;

  constructor(private readonly work: () => void) {
    super();
  }

  begin(): void {}

  push(): MountChunk[] {
    this.pieces++;
    this.work();
    return [];
  }
}

Deno.test("a source that makes the server work is read no faster than the limit", async () => {
  const fake = new FakeClock();
  let workedMs = 0;
  const clock: Clock = {
    now: () => fake.now(),
    monotonic: () => fake.monotonic() + workedMs,
    sleep: (delayMs, signal) => fake.sleep(delayMs, signal),
    timer: (delayMs, callback) => fake.timer(delayMs, callback),
  };
  const stream = new Laborious(() => workedMs += 100);
  const socket = new FakePlayer();
  const mount = new Mount({ path: "/a", contentType: "a/b", name: "", clock });
  const session = new SourceSession({
    client: { remoteAddress: "192.0.2.1", userAgent: "" },
    socket,
    body: bodyReader(new Map()),
    stream,
    input: mount.open("live"),
    clock,
    onEnd: () => {},
  });
  const seconds = 20;
  for (let i = 0; i < seconds * 10; i++) {
    if (!socket.isPaused()) socket.push(new Uint8Array(10));
    await settle();
    await fake.advance(100);
  }
  const allowedMs = SOURCE_WORK_MS_BURST +
    SOURCE_WORK_MS_PER_SECOND * clock.monotonic() / 1000;
  assert(stream.pieces > SOURCE_WORK_MS_BURST / 100, `${stream.pieces}`);
  assert(workedMs <= allowedMs + 100, `${workedMs} of ${allowedMs} ms`);
  session.end("it was told to");
});

Deno.test("a Shoutcast source that sends its headers too slowly, or without end, is dropped", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  const port = freePort();
  await rig.server.openShoutcast({ hostname: "127.0.0.1", port });
  using slow = await RawClient.open(port);
  await slow.send("hackme\r\n");
  await slow.until(/OK2/);
  await slow.send("icy-name:x\r\n");
  using endless = await RawClient.open(port);
  await endless.send("hackme\r\n");
  await endless.until(/OK2/);
  await endless.send("x".repeat(HTTP_HEAD_BYTES_MAX + 1));
  await endless.toEnd();
  await clock.advance(SOURCE_HEAD_MS_MAX);
  await slow.toEnd();
  assertEquals(rig.server.live.count, 0);
});

Deno.test("a refused source that goes on sending is cut off", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  using client = await rig.source(sourceHead("/admin"));
  await client.until(/400 Bad Request/);
  await client.send("goes on");
  assertEquals(rig.front.connections, 1);
  await clock.advance(SOURCE_REFUSAL_MS);
  await eventually(() => rig.front.connections === 0);
});

Deno.test("a source that was dropped, or refused, and sends on is cut off without waiting", async () => {
  const clock = new FakeClock();
  await using rig = await ServerRig.open({ clock });
  const junk = new Uint8Array(65_536);
  for (const path of ["/live.mp3", "/admin"]) {
    using client = await rig.source(sourceHead(path));
    await client.until(/\r\n\r\n/);
    let sent = 0;
    const flood = async () => {
      for (; rig.front.connections > 0 && sent < 2 ** 28; sent += junk.length) {
        await client.sendBytes(junk);
      }
    };
    const flooding = flood();
    // Only the one that was let in is read by the clock.
    while (rig.server.live.count > 0) await clock.advance(100);
    await flooding;
    assert(sent < 2 ** 28, "it was read on and on");
  }
});
