/**
 * How long a person waits: from the start of a listener's process to the first
 * byte of sound at a player that was there before it.
 *
 * @module
 */

import { systemClock } from "../../lib/clock.ts";
import { type Listener, startListener } from "./alluvium.ts";
import { freePort } from "./ports.ts";

/** Milliseconds after which nothing is expected any more. */
const PATIENCE_MS = 30_000;
/** Milliseconds between two tries to connect. */
const RETRY_MS = 3;

/** A listener, and when it was first heard. */
export interface TimedListener {
  listener: Listener;
  /** From the start of its process to the first byte of its stream. */
  firstByteMs: number;
}

/**
 * Starts a listener and a player at the same moment.
 *
 * @param path of the stream the player opens
 */
export async function startTimed(
  playlist: string,
  path = "/stream.mp3",
): Promise<TimedListener> {
  const port = freePort();
  const startedMs = systemClock.monotonic();
  const heard = firstByte(port, path).then(() => systemClock.monotonic());
  const [listener, heardMs] = await Promise.allSettled([
    startListener(playlist, { port }),
    heard,
  ]);
  if (listener.status === "rejected") throw listener.reason;
  if (heardMs.status === "rejected") {
    await listener.value[Symbol.asyncDispose]();
    throw heardMs.reason;
  }
  const firstByteMs = heardMs.value - startedMs;
  return { listener: listener.value, firstByteMs };
}

/** Resolves at the first byte of the stream; the port may not be open yet. */
async function firstByte(port: number, path: string): Promise<void> {
  const deadline = systemClock.monotonic() + PATIENCE_MS;
  while (systemClock.monotonic() < deadline) {
    try {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return await firstByteOf(connection, port, path);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await systemClock.sleep(RETRY_MS);
    }
  }
  throw new Error(`No sound on port ${port} in ${PATIENCE_MS} ms`);
}

async function firstByteOf(
  connection: Deno.Conn,
  port: number,
  path: string,
): Promise<void> {
  const request = `GET ${path} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(4096);
  let answer = "";
  while (!/^HTTP\/1\.\d 200 [^]*\r\n\r\n[^]/.test(answer)) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error(`The stream ended: ${answer}`);
    answer += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}
