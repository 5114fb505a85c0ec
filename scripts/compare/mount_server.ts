/**
 * A front with one mount and an endless stream of frames at a bitrate: what is
 * measured, in a process of its own.
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { Front } from "../../lib/http/mod.ts";
import { Mount, mountRoutes, MountTable, pace } from "../../lib/icecast/mod.ts";
import type { MountChunk } from "../../lib/media/packet.ts";

/** Play time of an MP3 frame at 44.1 kHz, in ms. */
const FRAME_MS = 1152 * 1000 / 44_100;

/** Serves until its input ends; prints its address. */
export async function mountMain(kbit: number): Promise<void> {
  const mount = new Mount({
    path: "/stream.mp3",
    contentType: "audio/mpeg",
    name: "Comparison",
    bitrate: kbit * 1000,
    clock: systemClock,
  });
  const mounts = new MountTable();
  mounts.add(mount);
  const front = await Front.listen({
    routes: mountRoutes(mounts, { clock: systemClock }),
    isStream: (path) => mounts.get(path) !== undefined,
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
  });
  console.log(`${front.url}stream.mp3`);
  const stop = new AbortController();
  const playing = pace(ReadableStream.from(frames(kbit)), mount, {
    clock: systemClock,
    signal: stop.signal,
    leadMs: 5000,
  });
  for await (const _ of Deno.stdin.readable);
  stop.abort();
  await playing;
  await front.close();
}

/** Frames of noise; a new title every thousand. */
function* frames(kbit: number): Generator<MountChunk> {
  const data = new Uint8Array(Math.round(kbit * FRAME_MS / 8));
  crypto.getRandomValues(data);
  const header = new Uint8Array(0);
  for (let n = 0;; n++) {
    const title = n % 1000 === 0 ? { title: `Title ${n}` } : {};
    yield { data, durationMs: FRAME_MS, header, ...title };
  }
}
