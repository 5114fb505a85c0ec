/**
 * WebSocket endpoints on a front, by `ws` without a server of its own.
 *
 * Promises: one frame limit per endpoint, no compression (audio does not
 * shrink, and inflating is a way to exhaust us), no subprotocol, and an `error`
 * listener on every socket, so that a broken link is a closed link. Pings,
 * queues and what the messages mean are the endpoint's part.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { RequestInfo, SocketRoute } from "./route.ts";
import { type WebSocket, WebSocketServer } from "./websocket.ts";

const IGNORE = () => {};

/** Opens WebSockets on upgraded connections. */
export class Upgrader {
  readonly #servers = new Map<number, WebSocketServer>();
  readonly #open = new Set<WebSocket>();

  /** How many sockets are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Does the handshake and gives the open socket to the route.
   *
   * @param head what followed the request head
   */
  upgrade(
    route: SocketRoute,
    message: IncomingMessage,
    socket: Duplex,
    head: Uint8Array,
    info: RequestInfo,
  ): void {
    const server = this.#server(route.frameBytesMax);
    server.handleUpgrade(message, socket, Buffer.from(head), (link) => {
      this.#keep(link);
      route.accept(link, info);
    });
  }

  /** Says goodbye (1001) on every socket. */
  close(): void {
    for (const link of this.#open) link.close(1001, "closing");
  }

  /** On its own, so that no listener holds on to the request. */
  #keep(link: WebSocket): void {
    this.#open.add(link);
    link.on("close", () => this.#open.delete(link));
    link.on("error", IGNORE);
  }

  #server(frameBytesMax: number): WebSocketServer {
    let server = this.#servers.get(frameBytesMax);
    if (server === undefined) {
      server = new WebSocketServer({
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: frameBytesMax,
      });
      this.#servers.set(frameBytesMax, server);
    }
    return server;
  }
}

/** Answers an upgrade request with an ordinary response and ends the connection. */
export async function refuseUpgrade(
  socket: Duplex,
  response: Response,
): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  const head = [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`];
  for (const [name, value] of response.headers) head.push(`${name}: ${value}`);
  head.push(`content-length: ${body.length}`, "connection: close", "", "");
  socket.write(head.join("\r\n"));
  socket.end(body, () => socket.destroy());
}
