/**
 * A peer that lies: it joins the swarm as any listener does, by the gateway and
 * by WebSocket, says that it holds everything and can send more than anyone,
 * and alters one byte of each run it is asked for.
 *
 * @module
 */

import type {
  ClientMessage,
  GatewayMessage,
} from "../../lib/gateway/messages.ts";
import { LEAF_BYTES, leafCount } from "../../lib/hashtree/geometry.ts";
import { DATA_LEAVES_MAX } from "../../lib/limits.ts";
import {
  decodeMessage,
  encodeMessage,
  PEER_PROTOCOL_VERSION,
  type PeerMessage,
} from "../../lib/swarm/messages.ts";

/** What it lies about. */
export interface Lie {
  /** The gateway it joins by. */
  gateway: string;
  /** The file's address. */
  url: string;
  /** The file as it really is. */
  bytes: Uint8Array;
  /** Its root, where the playlist has it. */
  root?: string;
}

/** Bytes per second it says it can send. */
const CAPACITY = 1_000_000_000;

/** A lying peer; `await using` ends it. */
export class LyingPeer implements AsyncDisposable {
  /** Runs it was asked for and answered with an altered byte. */
  lies = 0;
  /** Listeners that linked to it. */
  links = 0;
  /** How often a listener hung up. */
  hangUps = 0;
  readonly #id = crypto.getRandomValues(new Uint8Array(16)).toHex();
  readonly #lie: Lie;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #gateway: WebSocket;
  readonly #sockets = new Set<WebSocket>();
  /** Names of the file: the gateway's provisional one, its root. */
  readonly #keys: string[] = [];
  readonly #joined = Promise.withResolvers<string>();

  private constructor(lie: Lie) {
    this.#lie = lie;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
    const url = new URL("ocn/v1/swarm", lie.gateway);
    url.protocol = "ws:";
    this.#gateway = new WebSocket(url);
    this.#gateway.onopen = () => this.#announce();
    this.#gateway.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    this.#gateway.onerror = () =>
      this.#joined.reject(new Error(`Cannot reach ${lie.gateway}`));
  }

  /** Joins; resolves once the gateway has taken it for a peer that has it all. */
  static async join(lie: Lie): Promise<LyingPeer> {
    const peer = new LyingPeer(lie);
    const key = await peer.#joined.promise;
    peer.#tell({ t: "share", key, share: 1 });
    return peer;
  }

  /** Leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    const all = [this.#gateway, ...this.#sockets];
    await Promise.all(all.map(closed));
    await this.#server.shutdown();
  }

  #tell(message: ClientMessage): void {
    this.#gateway.send(JSON.stringify(message));
  }

  #announce(): void {
    const { url, root, bytes } = this.#lie;
    this.#tell({
      t: "hello",
      v: 1,
      id: this.#id,
      port: this.#server.addr.port,
      capacity: CAPACITY,
      share: true,
    });
    this.#tell({
      t: "join",
      ref: 1,
      url,
      ...(root === undefined ? {} : { root, length: bytes.length }),
      leaf: 0,
      chunk: 1,
      lease: 0,
    });
  }

  #hear(message: GatewayMessage): void {
    if (message.t === "joined") {
      this.#name(message.resource.key);
      this.#joined.resolve(message.resource.key);
    } else if (message.t === "root") this.#name(message.root);
    else if (message.t === "error") {
      this.#joined.reject(new Error(message.message));
    }
  }

  #name(key: string): void {
    const channel = this.#keys.push(key) - 1;
    for (const socket of this.#sockets) this.#offer(socket, channel);
  }

  #answer(request: Request): Response {
    if (request.headers.get("upgrade") !== "websocket") {
      return new Response(this.#id); // the gateway dials back
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    this.#sockets.add(socket);
    socket.onopen = () => this.#greet(socket);
    socket.onmessage = ({ data }) => this.#serve(socket, new Uint8Array(data));
    socket.onclose = () => {
      this.#sockets.delete(socket);
      this.hangUps++;
    };
    return response;
  }

  #greet(socket: WebSocket): void {
    this.links++;
    send(socket, {
      type: "hello",
      version: PEER_PROTOCOL_VERSION,
      id: this.#id,
      port: this.#server.addr.port,
      capacity: CAPACITY,
    });
    this.#keys.forEach((_, channel) => this.#offer(socket, channel));
  }

  /** Says that it holds everything, under one of the file's names. */
  #offer(socket: WebSocket, channel: number): void {
    const { length } = this.#lie.bytes;
    send(socket, { type: "open", channel, key: this.#keys[channel]!, length });
    const ranges = [{ from: 0, until: leafCount(length) }];
    send(socket, { type: "have", channel, queueBytes: 0, ranges });
  }

  #serve(socket: WebSocket, frame: Uint8Array): void {
    const message = decodeMessage(frame);
    if (message?.type !== "request") return;
    this.lies++;
    const channel = this.#keys.length - 1;
    const end = message.from + message.count;
    for (let from = message.from; from < end; from += DATA_LEAVES_MAX) {
      const until = Math.min(from + DATA_LEAVES_MAX, end);
      const bytes = this.#lie.bytes
        .slice(from * LEAF_BYTES, until * LEAF_BYTES);
      if (from === message.from) bytes[bytes.length >> 1]! ^= 1;
      send(socket, { type: "data", channel, from, bytes });
    }
  }
}

function send(socket: WebSocket, message: PeerMessage): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(encodeMessage(message));
}

function closed(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    socket.addEventListener("close", () => resolve());
    socket.close();
  });
}
