/**
 * The WebSockets of the peer links: dialled and accepted, numbered for the
 * engine, drained with backpressure. No decision is made here.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import { once } from "node:events";
import {
  DIAL_TIMEOUT_MS,
  FRAMES_BURST,
  FRAMES_PER_SECOND,
  LINK_BUFFER_BYTES_MAX,
  LINK_READ_BYTES,
  LINK_WAITING_BYTES_MAX,
  LINK_WAITING_FRAMES_MAX,
  PEER_FRAME_BYTES_MAX,
  READ_BUFFERS_BYTES_MAX,
  UNWRITTEN_BYTES_MAX,
} from "../limits.ts";
import type { UpgradeRequest } from "../http/route.ts";
import { BanList } from "../swarm/ban_list.ts";
import type { LinkSide } from "../swarm/link.ts";
import { bringsMedia } from "../swarm/messages.ts";
import { type PeerAddress, type Place, placesOf } from "../swarm/places.ts";
import type { Clock } from "../clock.ts";
import { TokenBucket } from "../token_bucket.ts";
import { Backlog } from "./backlog.ts";
import { BufferPool } from "./buffer_pool.ts";
import { dialFirst } from "./dial.ts";
import { answerWebSocket, dialWebSocket, type Opened } from "./handshake.ts";
import { Inbox } from "./inbox.ts";
import type { LeafThread } from "./leaf_thread.ts";
import { PeerSocket, type PeerSocketOptions } from "./peer_socket.ts";

/** Path of the peer WebSocket on the peer port. */
export const PEER_SOCKET_PATH = "/alluvium/peer";

/** What a link's events are given to. */
export interface LinkEvents {
  open(number: number, side: LinkSide): void;
  /** `leafHashes`: of the leaves it brings, 32 bytes each, where they were computed already. */
  frame(number: number, frame: Uint8Array, leafHashes?: Uint8Array): void;
  /** Something came that means nothing: what it was read into is spent all the same. */
  noise(): void;
  closed(number: number): void;
  dialFailed(peerId: string): void;
}

/** At the end of the program the others have that long to hear of it. */
const CLOSE_ALL_MS = 500;

/** A frame without media counts once for every so many bytes, and once more: some are dear by their length. */
const BYTES_PER_FRAME = 64;

/** One open link. */
interface OpenLink {
  readonly socket: PeerSocket;
  readonly address: string;
  /** Frames without media that are acted on. */
  readonly budget: TokenBucket;
  /** It sent more than that, and is not read for a while; called, that ends. */
  cancelRest: (() => void) | undefined;
  /** Frames that the system has not taken. */
  unsent: number;
  /** Somebody waits for room. */
  goOn: (() => void) | undefined;
}

/** The open links. */
export class PeerLinks {
  readonly #links = new Map<number, OpenLink>();
  readonly #banned = new BanList();
  #nextNumber = 1;
  readonly #closing = new AbortController();

  /**
   * What links read into: frames are views of them, and whoever keeps one for
   * longer than it takes to act on it says so there.
   */
  readonly buffers: BufferPool = new BufferPool(
    LINK_READ_BYTES,
    READ_BUFFERS_BYTES_MAX,
    (size) => new SharedArrayBuffer(size),
  );
  /** While it is full nothing is taken in: what comes waits in the sockets, and over there. */
  readonly backlog: Backlog = new Backlog(UNWRITTEN_BYTES_MAX, {
    pause: () => this.#links.forEach(({ socket }) => socket.pause()),
    resume: () => this.#links.forEach((link) => this.#readOn(link)),
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
    return this.#links.size;
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

  /** Answers a peer that dialled, and takes the link. */
  accept(request: UpgradeRequest, address: string): void {
    const refused = this.#closing.signal.aborted || this.#banned.has(address);
    if (refused) return void request.socket.destroy();
    const answer = (signal: AbortSignal) => answerWebSocket(request, signal);
    const socket = this.#socket(answer, "none");
    socket.on("open", () => {
      if (this.#closing.signal.aborted) socket.terminate();
      else this.#adopt(socket, address);
    });
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
    const link = this.#links.get(number);
    if (!link?.socket.isOpen) return;
    if (isClogged(link)) return link.socket.terminate();
    link.unsent++;
    link.socket.send(frame, () => {
      link.unsent--;
      sent();
      if (isRoomy(link)) link.goOn?.();
    });
  }

  /** Resolves when a link has room for another piece, or is gone. For one caller a link. */
  async drained(number: number): Promise<void> {
    const link = this.#links.get(number);
    if (link === undefined || isRoomy(link)) return;
    await new Promise<void>((resolve) => link.goOn = resolve);
    link.goOn = undefined;
  }

  /** Closes a link. A banned address outside this machine and network is refused from now on. */
  close(number: number, ban: boolean): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    if (ban && !isLan(link.address)) this.#banned.add(link.address);
    link.socket.close();
  }

  /** Says goodbye on all links, and lets no new one up. */
  async closeAll(): Promise<void> {
    this.#closing.abort();
    const sockets = [...this.#links.values()].map(({ socket }) => socket);
    const gone = sockets.map((socket) => once(socket, "close"));
    sockets.forEach((socket) => socket.close());
    const giveUp = () => sockets.forEach((socket) => socket.terminate());
    const cancel = this.clock.timer(CLOSE_ALL_MS, giveUp);
    await Promise.all(gone);
    cancel();
  }

  #connect({ host, port }: Place): PeerSocket {
    const place = { host, port, path: PEER_SOCKET_PATH };
    const dial = (signal: AbortSignal) => dialWebSocket(place, signal);
    // RFC 6455, 10.3: masks are for the proxies between client and server.
    return this.#socket(dial, isLan(host) ? "zeros" : "random");
  }

  #socket(
    open: (signal: AbortSignal) => Promise<Opened>,
    masks: PeerSocketOptions["masks"],
  ): PeerSocket {
    return new PeerSocket(open, {
      timeoutMs: DIAL_TIMEOUT_MS,
      frameBytesMax: PEER_FRAME_BYTES_MAX,
      masks,
      pool: this.buffers,
      clock: this.clock,
    });
  }

  /** Takes in nothing more of a link until its budget allows it. */
  #keepToBudget(link: OpenLink): void {
    if (link.cancelRest !== undefined) return;
    const waitMs = link.budget.waitMs(this.clock.monotonic());
    if (waitMs === 0) return;
    link.socket.pause();
    link.cancelRest = this.clock.timer(waitMs, () => {
      link.cancelRest = undefined;
      this.#readOn(link);
    });
  }

  #readOn({ socket, cancelRest }: OpenLink): void {
    if (cancelRest === undefined && !this.backlog.isFull) socket.resume();
  }

  #adopt(socket: PeerSocket, address: string, dialled?: PeerAddress): void {
    const number = this.#nextNumber++;
    const { clock } = this;
    const link: OpenLink = {
      socket,
      address,
      budget: new TokenBucket(
        FRAMES_BURST,
        FRAMES_PER_SECOND,
        clock.monotonic(),
      ),
      cancelRest: undefined,
      unsent: 0,
      goOn: undefined,
    };
    this.#links.set(number, link);
    if (this.backlog.isFull) socket.pause();
    const inbox = new Inbox(this, (frame, leafHashes) => {
      this.events.frame(number, frame, leafHashes);
    });
    socket.on("frame", (payload, binary) => {
      if (binary) inbox.take(payload);
      else this.events.noise();
      if (binary && bringsMedia(payload)) return;
      const cost = 1 + Math.floor(payload.length / BYTES_PER_FRAME);
      link.budget.take(cost, clock.monotonic());
      this.#keepToBudget(link);
    });
    socket.on("close", () => {
      this.#links.delete(number);
      link.cancelRest?.();
      link.goOn?.();
      inbox.end(() => this.events.closed(number));
    });
    const outgoing = dialled !== undefined;
    const side = { outgoing, lan: isLan(address), host: address };
    this.events.open(number, dialled ? { ...side, dialled } : side);
  }
}

/** Whether a link can take another piece. */
function isRoomy({ socket }: OpenLink): boolean {
  return socket.bufferedAmount < LINK_BUFFER_BYTES_MAX;
}

/** Whether so much waits for a link that nobody reads it. */
function isClogged({ socket, unsent }: OpenLink): boolean {
  return unsent >= LINK_WAITING_FRAMES_MAX ||
    socket.bufferedAmount > LINK_WAITING_BYTES_MAX;
}

/** Whether an address is on this machine or its network, by its range alone. */
export function isLan(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const range = ipaddr.process(address).range();
  return ["loopback", "private", "linkLocal", "uniqueLocal"].includes(range);
}
