/**
 * Ten thousand connections that say nothing, and one listener among them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createConnection, type Socket } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { HTTP_HEAD_MS_MAX } from "../../lib/limits.ts";
import { pace } from "../../lib/icecast/pacer.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { ServerRig } from "../icecast/server_rig.ts";

const IDLE = 10_000;
/** Connections that are opened at a time. */
const BATCH = 100;
/** What a listener may wait for its next bytes: blocks are 250 ms, and a burst of accepts in between. */
const GAP_MS_MAX = 1500;

function* frames(): Generator<MountChunk> {
  const data = new Uint8Array(417);
  const header = new Uint8Array(0);
  for (;;) yield { data, durationMs: 26.122, header };
}

if (import.meta.main) await idle();

/** The listener notices nothing, and the idle ones are gone after the head's time limit. */
async function idle(): Promise<void> {
  await using rig = await ServerRig.open({ clock: systemClock });
  const mount = rig.addMount();
  const stop = new AbortController();
  const clock = systemClock;
  const { signal } = stop;
  const playing = pace(ReadableStream.from(frames()), mount, { clock, signal });
  const listener = createConnection(rig.front.port, "127.0.0.1");
  let [lastMs, gapMs, bytes] = [clock.monotonic(), 0, 0];
  listener.on("data", (data) => {
    const nowMs = clock.monotonic();
    if (bytes > 0) gapMs = Math.max(gapMs, nowMs - lastMs);
    lastMs = nowMs;
    bytes += data.length;
  });
  listener.write("GET /stream.mp3 HTTP/1.0\r\n\r\n");
  const startMs = clock.monotonic();
  const before = Deno.memoryUsage().rss;
  const sockets: Socket[] = [];
  for (let n = 0; n < IDLE; n += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, () => connect()));
  }
  const openMs = clock.monotonic() - startMs;
  const open = rig.front.connections;
  const kib = (Deno.memoryUsage().rss - before) / 1024 / IDLE;
  while (rig.front.connections > 1) {
    await clock.sleep(200);
    assert(clock.monotonic() - startMs < openMs + HTTP_HEAD_MS_MAX + 10_000);
  }
  console.log(
    `${open} connections opened in ${Math.round(openMs)} ms, ` +
      `${kib.toFixed(1)} KiB each with both ends; largest gap ${
        Math.round(gapMs)
      } ms`,
  );
  assert(open > IDLE * 0.99 || openMs > HTTP_HEAD_MS_MAX, `${open}`);
  assert(gapMs < GAP_MS_MAX, `${gapMs} ms`);
  assertEquals([mount.listeners, mount.slowListeners], [1, 0]);
  stop.abort();
  await playing;
  listener.destroy();
  for (const socket of sockets) socket.destroy();

  function connect(): Promise<void> {
    const socket = createConnection(rig.front.port, "127.0.0.1");
    sockets.push(socket);
    socket.on("error", () => socket.destroy());
    socket.resume();
    return new Promise((resolve) => void socket.on("connect", resolve));
  }
}
