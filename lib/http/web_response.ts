/**
 * A web `Response` onto a `node:http` answer, no faster than the client reads.
 *
 * Promises: the body is pulled only while the socket takes it, and cancelled
 * when the client goes, stalls for HTTP_STALL_MS_MAX, or asked with HEAD; an
 * answer that breaks off, or is not as long as it said, closes the connection,
 * so no client takes a part for the whole.
 *
 * @module
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../clock.ts";
import { HTTP_STALL_MS_MAX } from "../limits.ts";

/** Circumstances of an answer. */
export interface SendOptions {
  /** A HEAD request: headers only. */
  headOnly: boolean;
  /** Whether the connection must close after it, e.g. over an unread body. */
  close: boolean;
  clock: Clock;
}

/**
 * Sends an answer.
 *
 * @returns when all is handed to the socket, or the client is gone
 * @throws what the body's stream throws, with the connection closed
 */
export async function sendResponse(
  response: Response,
  out: ServerResponse,
  options: SendOptions,
): Promise<void> {
  writeHead(response, out, options);
  if (options.headOnly || response.body === null) {
    await response.body?.cancel();
    out.end();
    return;
  }
  const reader = response.body.getReader();
  try {
    const declared = response.headers.get("content-length");
    const sent = await pump(reader, out, options.clock);
    if (declared === null || Number(declared) === sent) out.end();
    else breakOff(out);
  } catch (error) {
    breakOff(out);
    throw error;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function writeHead(
  response: Response,
  out: ServerResponse,
  options: SendOptions,
): void {
  const headers: [string, string][] = [];
  for (const [name, value] of response.headers) {
    if (name === "connection" || name === "transfer-encoding") continue;
    headers.push([name, value]);
  }
  if (response.body === null && !options.headOnly) {
    const bare = response.status === 204 || response.status === 304;
    const known = response.headers.has("content-length");
    if (!bare && !known) headers.push(["content-length", "0"]);
  }
  if (options.close) headers.push(["connection", "close"]);
  for (const [name, value] of headers) out.appendHeader(name, value);
  if (response.statusText !== "") out.statusMessage = response.statusText;
  out.writeHead(response.status === 0 ? 500 : response.status);
}

/** Moves the body to the socket at the socket's pace; tells how many bytes went. */
async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  out: ServerResponse,
  clock: Clock,
): Promise<number> {
  let sent = 0;
  out.once("close", () => void reader.cancel().catch(() => {}));
  while (!out.destroyed) {
    const { value, done } = await reader.read();
    if (done || out.destroyed) break;
    sent += value.byteLength;
    if (!out.write(value)) await drained(out, clock);
  }
  return sent;
}

/** Resolves when the socket takes more or is gone; destroys one that stalls. */
function drained(out: ServerResponse, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancelTimer = clock.timer(HTTP_STALL_MS_MAX, () => out.destroy());
    const done = () => {
      out.off("drain", done).off("close", done);
      cancelTimer();
      resolve();
    };
    out.on("drain", done).on("close", done);
  });
}

/** Closes the connection after what was written, without saying that the body is whole. */
function breakOff(out: ServerResponse): void {
  if (out.socket === null) out.destroy();
  else (out.socket as Socket).destroySoon();
}
