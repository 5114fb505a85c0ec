/**
 * Ten thousand connections that say nothing, and one listener among them that
 * must not notice. The server is a process of its own, for the sake of the
 * limit of open files.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { createConnection, type Socket } from "node:net";
import { systemClock } from "../../lib/clock.ts";
import { HTTP_HEAD_MS_MAX } from "../../lib/limits.ts";
import { startAlluvium } from "../../scripts/compare/contenders.ts";

const IDLE = 10_000;
/** Connections that are opened at a time. */
const BATCH = 100;
/** What a listener may wait for its next bytes: a block is 250 ms of play time. */
const GAP_MS_MAX = 1500;

if (import.meta.main) {
  const server = await startAlluvium(64);
  try {
    await idle(new URL(server.url));
  } finally {
    await server.stop();
  }
}

/** The listener hears all the time, and the idle ones are gone after the head's time limit. */
async function idle({ hostname, port, pathname }: URL): Promise<void> {
  const dial = () => createConnection(Number(port), hostname);
  const listener = dial();
  let [lastMs, gapMs, bytes] = [systemClock.monotonic(), 0, 0];
  listener.on("data", (data) => {
    const nowMs = systemClock.monotonic();
    if (bytes > 0) gapMs = Math.max(gapMs, nowMs - lastMs);
    lastMs = nowMs;
    bytes += data.length;
  });
  listener.write(`GET ${pathname} HTTP/1.0\r\n\r\n`);
  const sockets = new Set<Socket>();
  const connect = () =>
    new Promise<void>((resolve) => {
      const socket = dial();
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
      socket.on("connect", resolve);
      socket.resume();
    });
  const startMs = systemClock.monotonic();
  for (let n = 0; n < IDLE; n += BATCH) {
    await Promise.all(Array.from({ length: BATCH }, connect));
  }
  const openMs = systemClock.monotonic() - startMs;
  await systemClock.sleep(5000);
  const open = sockets.size;
  const untilMs = startMs + openMs + HTTP_HEAD_MS_MAX + 10_000;
  while (sockets.size > 0 && systemClock.monotonic() < untilMs) {
    await systemClock.sleep(100);
  }
  const waitedMs = systemClock.monotonic() - startMs - openMs;
  console.log(
    `${open} idle connections opened in ${Math.round(openMs)} ms, ` +
      `gone after ${(waitedMs / 1000).toFixed(1)} s; ` +
      `the listener got ${bytes} bytes, largest gap ${Math.round(gapMs)} ms`,
  );
  assertEquals([open, sockets.size], [IDLE, 0]);
  assert(gapMs < GAP_MS_MAX, `${gapMs} ms`);
  listener.destroy();
}
