/**
 * What a source client is told, byte for byte as Icecast tells it where clients
 * depend on it, and then, when it was refused, until it has read that. A socket
 * closed over unread bytes is reset, and the answer with it.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import { SOURCE_REFUSAL_BYTES_MAX, SOURCE_REFUSAL_MS } from "../../limits.ts";
import { SERVER_NAME } from "../response_head.ts";

/** To a source that may begin. */
export const OK = "HTTP/1.0 200 OK\r\n\r\n";

/** To a source that waits for this before it begins. */
export const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

/** To one that waited for 100, in the end. */
export const OK_AFTER_CONTINUE =
  "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/** To one without the right password. */
export const UNAUTHORIZED: string = answer(
  "401 Authentication Required",
  "You need to authenticate\r\n",
  ['WWW-Authenticate: Basic realm="Icecast2 Server"'],
);

/**
 * A whole answer that ends the connection.
 *
 * @param status code and words
 * @param headers whole lines
 */
export function answer(
  status: string,
  body: string,
  headers: readonly string[] = [],
): string {
  return [
    `HTTP/1.0 ${status}`,
    `Server: ${SERVER_NAME}`,
    "Connection: Close",
    "Content-Type: text/plain; charset=utf-8",
    ...headers,
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    "",
    body,
  ].join("\r\n");
}

/**
 * Tells a client that it is refused, or has ended, and closes when it has read
 * that, or soon. Closing with unread bytes would throw the answer away, so some of
 * what it still sends is read; whoever goes on and on is cut off.
 */
export function dismissSource(
  socket: Duplex,
  clock: Clock,
  text: string,
): void {
  const cancel = clock.timer(SOURCE_REFUSAL_MS, () => socket.destroy());
  socket.on("close", cancel);
  socket.on("error", () => socket.destroy());
  socket.on("end", () => socket.destroy());
  let left = SOURCE_REFUSAL_BYTES_MAX;
  socket.on("data", (bytes: Uint8Array) => {
    left -= bytes.length;
    if (left < 0) socket.destroy();
  });
  socket.resume();
  socket.end(text);
}
