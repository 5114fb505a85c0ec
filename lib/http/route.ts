/**
 * What a module offers on a front port: plain handlers on web `Request` and
 * `Response`, so that they run in a test without a socket. Two things a
 * `Response` cannot do have their own form: a mount that lives for days takes
 * the connection over ({@linkcode Takeover}), and a swarm link is a WebSocket
 * ({@linkcode SocketRoute}).
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "./websocket.ts";

/** Who asks, as far as the front can tell. */
export interface RequestInfo {
  /** IP literal, IPv6 without brackets; behind a trusted proxy the client's own. */
  remoteAddress: string;
  /** 0 where unknown. */
  remotePort: number;
  /** The parsed target, with the Host header's authority. */
  url: URL;
  /** Named groups of the route's path pattern. */
  params: Record<string, string>;
  /** Aborts when the client has gone. */
  signal: AbortSignal;
  /** Of the request line; a {@linkcode Takeover} may have to answer alike. Absent: 1.1. */
  httpVersion?: "1.0" | "1.1";
}

/**
 * Takes the raw connection: the handler writes status line, headers and body
 * itself, watches `socket.writableLength`, and destroys the socket at the end.
 */
export class Takeover {
  /**
   * Answers with a connection's owner.
   *
   * @param run called once with the connection; errors it throws end only this connection
   */
  constructor(readonly run: (socket: Duplex) => void) {}
}

/** A handler's answer. Throwing an AlluviumError answers problem details. */
export type Reply = Response | Takeover;

/** One line of the routing table. First match wins; HEAD falls back to GET. */
export interface Route {
  /** The one method it answers, GET also HEAD. */
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS";
  /** A `URLPattern` pathname, e.g. `/ocn/v1/tree/:root`. */
  path: string;
  /** Answers a request, or throws an AlluviumError. */
  handle(request: Request, info: RequestInfo): Reply | Promise<Reply>;
}

/** Where WebSockets are opened. */
export interface UpgradeRoute {
  /** A `URLPattern` pathname. */
  path: string;
  /** Called before the upgrade. A Response refuses it. */
  authorize?(info: RequestInfo): Response | undefined;
}

/** A WebSocket endpoint. */
export interface SocketRoute extends UpgradeRoute {
  /** Largest frame accepted, in bytes; a larger one closes the socket with 1009. */
  frameBytesMax: number;
  /** Called with the open socket. */
  accept(socket: WebSocket, info: RequestInfo): void;
}

/** A request for a WebSocket, of version 13 and with a key, that is to be answered. */
export interface UpgradeRequest {
  /** Its connection, whose errors are heard by the front. */
  socket: Duplex;
  /** What followed the request. */
  head: Uint8Array;
  /** Its `Sec-WebSocket-Key`. */
  key: string;
}

/** A WebSocket endpoint that answers the handshake and reads the frames itself. */
export interface FrameRoute extends UpgradeRoute {
  /** Called with the request; the connection is its own from now on. */
  take(request: UpgradeRequest, info: RequestInfo): void;
}
