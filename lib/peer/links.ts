/**
 * The WebSockets of the peer links: dialled and accepted, numbered for the
 * engine, drained with backpressure. No decision is made here.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import type { Clock } from "../clock.ts";
import {
  DIAL_TIMEOUT_MS,
  LINK_BUFFER_BYTES_MAX,
  PEER_FRAME_BYTES_MAX,
} from "../limits.ts";
import { WebSocket } from "../http/websocket.ts";
import type { PeerAddress } from "../swarm/members.ts";

/** Path of the peer WebSocket on the peer port. */
export const PEER_SOCKET_PATH = "/alluvium/peer";

/** How often a full socket is looked at again; a 64 KiB piece takes 5 ms at 100 Mbit/s. */
const DRAIN_POLL_MS = 2;

/** What a link's events are given to. */
export interface LinkEvents {
  open(number: number, side: { outgoing: boolean; lan: boolean }): void;
  frame(number: number, frame: Uint8Array): void;
  closed(number: number): void;
  dialFailed(peerId: string): void;
}

/** The open links. */
export class PeerLinks {
  readonly #sockets = new Map<number, WebSocket>();
  readonly #addresses = new Map<number, string>();
  readonly #banned = new Set<string>();
  #nextNumber = 1;
  #closing = false;

  /**
   * @param clock for the dial timeout and draining
   * @param events where they go
   */
  constructor(readonly clock: Clock, readonly events: LinkEvents) {}

  /** How many are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Dials a peer; ends in `open` or `dialFailed`. */
  dial(peer: PeerAddress): void {
    if (this.#closing || this.#banned.has(peer.host)) {
      return this.events.dialFailed(peer.id);
    }
    const host = peer.host.includes(":") ? `[${peer.host}]` : peer.host;
    const socket = new WebSocket(
      `ws://${host}:${peer.port}${PEER_SOCKET_PATH}`,
      {
        handshakeTimeout: DIAL_TIMEOUT_MS,
        maxPayload: PEER_FRAME_BYTES_MAX,
        perMessageDeflate: false,
      },
    );
    let opened = false;
    socket.on("open", () => {
      opened = true;
      this.#adopt(socket, peer.host, true);
    });
    // An error is followed by close, which is where it is dealt with.
    socket.on("error", () => {});
    socket.on("close", () => {
      if (!opened) this.events.dialFailed(peer.id);
    });
  }

  /** Takes a link that a peer dialled. */
  accept(socket: WebSocket, address: string): void {
    socket.on("error", () => {});
    if (this.#closing || this.#banned.has(address)) return socket.terminate();
    this.#adopt(socket, address, false);
  }

  /** Sends a frame; does nothing on a link that is gone. */
  send(number: number, frame: Uint8Array): void {
    const socket = this.#sockets.get(number);
    if (socket?.readyState === WebSocket.OPEN) socket.send(frame);
  }

  /** Resolves when a link has room for another piece, or is gone. */
  async drained(number: number): Promise<void> {
    for (;;) {
      const socket = this.#sockets.get(number);
      if (socket === undefined) return;
      if (socket.bufferedAmount < LINK_BUFFER_BYTES_MAX) return;
      await this.clock.sleep(DRAIN_POLL_MS);
    }
  }

  /** Closes a link. A banned address outside this machine and network is refused from now on. */
  close(number: number, ban: boolean): void {
    const address = this.#addresses.get(number);
    if (ban && address !== undefined && !isLan(address)) {
      this.#banned.add(address);
    }
    this.#sockets.get(number)?.close();
  }

  /** Closes all links and lets no new one up. */
  async closeAll(): Promise<void> {
    this.#closing = true;
    const all = [...this.#sockets.values()];
    const gone = all.map((socket) =>
      new Promise<void>((resolve) => {
        socket.on("close", () => resolve());
        socket.terminate();
      })
    );
    await Promise.all(gone);
  }

  #adopt(socket: WebSocket, address: string, outgoing: boolean): void {
    const number = this.#nextNumber++;
    this.#sockets.set(number, socket);
    this.#addresses.set(number, address);
    socket.on("message", (data: Uint8Array, binary: boolean) => {
      if (binary) this.events.frame(number, data);
    });
    socket.on("close", () => {
      this.#sockets.delete(number);
      this.#addresses.delete(number);
      this.events.closed(number);
    });
    this.events.open(number, { outgoing, lan: isLan(address) });
  }
}

/** Whether an address is on this machine or its network, by its range alone. */
export function isLan(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const range = ipaddr.process(address).range();
  return ["loopback", "private", "linkLocal", "uniqueLocal"].includes(range);
}
