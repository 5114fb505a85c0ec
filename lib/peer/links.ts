/**
 * The WebSockets of the peer links: dialled and accepted, numbered for the
 * engine, drained with backpressure. No decision is made here.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import {
  DIAL_TIMEOUT_MS,
  LINK_BUFFER_BYTES_MAX,
  LINK_READ_BYTES,
  LINK_WAITING_BYTES_MAX,
  LINK_WAITING_FRAMES_MAX,
  PEER_FRAME_BYTES_MAX,
  READ_BUFFERS_BYTES_MAX,
  UNWRITTEN_BYTES_MAX,
} from "../limits.ts";
import { WebSocket } from "../http/websocket.ts";
import { BanList } from "../swarm/ban_list.ts";
import type { LinkSide } from "../swarm/link.ts";
import { bringsMedia } from "../swarm/messages.ts";
import { type PeerAddress, type Place, placesOf } from "../swarm/places.ts";
import type { Clock } from "../clock.ts";
import { Backlog } from "./backlog.ts";
import { BufferPool } from "./buffer_pool.ts";
import { ClientSocket } from "./client_socket.ts";
import { dialFirst } from "./dial.ts";
import { FrameBudget } from "./frame_budget.ts";
import { Inbox } from "./inbox.ts";
import type { LeafThread } from "./leaf_thread.ts";

/** Path of the peer WebSocket on the peer port. */
export const PEER_SOCKET_PATH = "/alluvium/peer";

/** What a link's events are given to. */
export interface LinkEvents {
  open(number: number, side: LinkSide): void;
  /** `leafHashes`: of the leaves it brings, 32 bytes each, where they were computed already. */
  frame(number: number, frame: Uint8Array, leafHashes?: Uint8Array): void;
  closed(number: number): void;
  dialFailed(peerId: string): void;
}

/** Either end of a link. */
type LinkSocket = WebSocket | ClientSocket;

/** The open links. */
export class PeerLinks {
  readonly #sockets = new Map<number, LinkSocket>();
  readonly #addresses = new Map<number, string>();
  /** Frames of each link that the system has not taken. */
  readonly #unsent = new Map<number, number>();
  /** Those who sent too much at once and are not read for a while, with what ends that. */
  readonly #resting = new Map<LinkSocket, () => void>();
  readonly #banned = new BanList();
  /** Who waits for room on a link. */
  readonly #waiting = new Map<number, () => void>();
  #nextNumber = 1;
  readonly #closing = new AbortController();

  /**
   * What links that were dialled read into: frames may be views of them, and
   * whoever keeps one for longer than it takes to act on it says so there.
   */
  readonly buffers: BufferPool = new BufferPool(
    LINK_READ_BYTES,
    READ_BUFFERS_BYTES_MAX,
    (size) => new SharedArrayBuffer(size),
  );
  /** While it is full nothing is taken in: what comes waits in the sockets, and over there. */
  readonly backlog: Backlog = new Backlog(UNWRITTEN_BYTES_MAX, {
    pause: () => this.#sockets.forEach((socket) => socket.pause()),
    resume: () => this.#sockets.forEach((socket) => this.#readOn(socket)),
  });

  /**
   * @param events where they go
   * @param thread hashes what fast links bring
   * @param clock for dialling, and for giving way to others
   */
  constructor(
    readonly events: LinkEvents,
    readonly thread: LeafThread,
    readonly clock: Clock,
  ) {}

  /** How many are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Dials a peer where it is said to be; ends in `open` or `dialFailed`. */
  dial(peer: PeerAddress): void {
    const places = placesOf(peer).filter(({ host }) => !this.#banned.has(host));
    const tools = { clock: this.clock, signal: this.#closing.signal };
    const connect = (place: Place) => this.#connect(place);
    dialFirst(places, connect, tools, (answer) => {
      if (answer === undefined) return this.events.dialFailed(peer.id);
      const { socket, place } = answer;
      this.#adopt(socket, place.host, { id: peer.id, ...place });
    });
  }

  /** Takes a link that a peer dialled. */
  accept(socket: WebSocket, address: string): void {
    // An error is followed by close, which is where it is dealt with.
    socket.on("error", () => {});
    const refused = this.#closing.signal.aborted || this.#banned.has(address);
    if (refused) return socket.terminate();
    this.#adopt(socket, address);
  }

  /**
   * Sends a frame; does nothing on a link that is gone.
   *
   * @param sent called when the system has taken it, or lost it
   */
  send(
    number: number,
    frame: Uint8Array,
    sent: () => void = () => {},
  ): void {
    const socket = this.#sockets.get(number);
    if (socket?.readyState !== WebSocket.OPEN) return;
    const waiting = this.#unsent.get(number) ?? 0;
    if (
      waiting >= LINK_WAITING_FRAMES_MAX ||
      socket.bufferedAmount > LINK_WAITING_BYTES_MAX
    ) return socket.terminate();
    this.#unsent.set(number, waiting + 1);
    socket.send(frame, () => {
      sent();
      const left = this.#unsent.get(number);
      if (left !== undefined) this.#unsent.set(number, left - 1);
      if (isRoomy(socket)) this.#goOn(number);
    });
  }

  /** Resolves when a link has room for another piece, or is gone. For one caller a link. */
  async drained(number: number): Promise<void> {
    const socket = this.#sockets.get(number);
    if (socket === undefined || isRoomy(socket)) return;
    await new Promise<void>((resolve) => this.#waiting.set(number, resolve));
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
    this.#closing.abort();
    const all = [...this.#sockets.values()];
    const gone = all.map((socket) =>
      new Promise<void>((resolve) => {
        socket.on("close", () => resolve());
        socket.terminate();
      })
    );
    await Promise.all(gone);
  }

  #connect({ host, port }: Place): ClientSocket {
    return new ClientSocket({
      ...{ host, port, path: PEER_SOCKET_PATH },
      timeoutMs: DIAL_TIMEOUT_MS,
      frameBytesMax: PEER_FRAME_BYTES_MAX,
      // RFC 6455, 10.3: masks are for the proxies between client and server.
      masked: !isLan(host),
      pool: this.buffers,
      clock: this.clock,
    });
  }

  /** Takes in nothing more of a link until its budget allows it. */
  #keepTo(budget: FrameBudget, socket: LinkSocket): void {
    if (this.#resting.has(socket)) return;
    const waitMs = budget.waitMs(this.clock.monotonic());
    if (waitMs === 0) return;
    socket.pause();
    const cancel = this.clock.timer(waitMs, () => {
      this.#resting.delete(socket);
      this.#readOn(socket);
      // What had been read already came meanwhile.
      this.#keepTo(budget, socket);
    });
    this.#resting.set(socket, cancel);
  }

  #readOn(socket: LinkSocket): void {
    if (!this.#resting.has(socket) && !this.backlog.isFull) socket.resume();
  }

  #goOn(number: number): void {
    this.#waiting.get(number)?.();
    this.#waiting.delete(number);
  }

  #adopt(socket: LinkSocket, host: string, dialled?: PeerAddress): void {
    const number = this.#nextNumber++;
    this.#sockets.set(number, socket);
    this.#addresses.set(number, host);
    const inbox = new Inbox(this, (frame, leafHashes) => {
      this.events.frame(number, frame, leafHashes);
    });
    const budget = new FrameBudget(this.clock.monotonic());
    socket.on("message", (data: Uint8Array, binary: boolean) => {
      if (binary) inbox.take(data);
      if (bringsMedia(data)) return;
      budget.take(data.length);
      this.#keepTo(budget, socket);
    });
    socket.on("close", () => {
      this.#sockets.delete(number);
      this.#addresses.delete(number);
      this.#unsent.delete(number);
      this.#resting.get(socket)?.();
      this.#resting.delete(socket);
      this.#goOn(number);
      inbox.end(() => this.events.closed(number));
    });
    const side = { outgoing: dialled !== undefined, lan: isLan(host), host };
    this.events.open(number, dialled ? { ...side, dialled } : side);
  }
}

/** Whether a socket can take another piece. */
function isRoomy(socket: LinkSocket): boolean {
  return socket.bufferedAmount < LINK_BUFFER_BYTES_MAX;
}

/** Whether an address is on this machine or its network, by its range alone. */
export function isLan(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const range = ipaddr.process(address).range();
  return ["loopback", "private", "linkLocal", "uniqueLocal"].includes(range);
}
