/**
 * A mount: one endless stream and the players on it. Whoever makes the stream
 * pushes chunks, at the pace of the media; the mount keeps half a minute of it
 * and hands every player the rest.
 *
 * Promises: one copy of the data however many listen; a new listener hears
 * BURST_BYTES at once, from a place where it may start; one that falls behind by
 * LISTENER_QUEUE_BYTES_MAX is dropped and counted and costs the others nothing.
 * No timers of its own: time enters with the chunks. It knows no HTTP
 * (routes.ts) and no codec (lib/media).
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import {
  BURST_BYTES,
  FILM_BURST_BYTES,
  FILM_BURST_MS_MAX,
  FILM_QUEUE_BYTES_MAX,
  LISTENERS_PER_TURN,
  MOUNT_TURNS_MAX,
} from "../limits.ts";
import type { MountChunk } from "../media/packet.ts";
import type { BlockQueueOptions } from "./block_queue.ts";
import { IcyInterleaver } from "./icy.ts";
import { type InputKind, type MountInput, MountInputs } from "./inputs.ts";
import { MountPast } from "./mount_past.ts";
import { Listener, type ListenerInfo } from "./listener.ts";
import { isSameMedia, type MountInfo, standInInfo } from "./mount_info.ts";

/** How a mount is made. */
export interface MountOptions extends MountInfo {
  /** E.g. `/stream.mp3`. */
  path: string;
  /** Tells when it was made. */
  clock: Clock;
  /** Sizes, for tests. */
  queue?: BlockQueueOptions;
  /** Bytes sent at once on connecting. @default {BURST_BYTES, of a film FILM_BURST_BYTES} */
  burstBytes?: number;
}

/** How a player connects. */
export interface AttachOptions extends ListenerInfo {
  /** Whether to weave in metadata; ignored on containers that carry their own. */
  icy: boolean;
}

/** Numbers of listeners, unique in the program: the admin moves them between mounts. */
let lastId = 0;

/** One endless stream. */
export class Mount {
  /** Where it is, e.g. `/stream.mp3`. */
  readonly path: string;
  /** When it was made, since the Unix epoch. */
  readonly startedAtMs: number;
  readonly #past: MountPast;
  readonly #burstBytes: number;
  readonly #burstMs: number;
  readonly #listeners = new Set<Listener>();
  readonly #inputs: MountInputs;
  readonly #programme: MountInput;
  readonly #followers = new Set<MountInput>();
  #fallback: Mount | undefined;
  #stopFallback: (() => void) | undefined;
  #info: MountInfo;
  #counted = 0;
  #peak = 0;
  #arrivals = 0;
  #slow = 0;
  #bytesOfGone = 0;
  #bytesReceived = 0;
  #closed = false;
  readonly #closing: (() => void)[] = [];

  /** A mount without listeners; offer it by a {@linkcode MountTable}. */
  constructor(options: MountOptions) {
    const { path, clock, queue, burstBytes, ...info } = options;
    this.path = path;
    this.startedAtMs = clock.now();
    this.#info = info;
    const isFilm = info.contentType.startsWith("video/");
    this.#past = new MountPast(info.contentType, {
      ...(isFilm && { bytesMax: FILM_QUEUE_BYTES_MAX }),
      ...queue,
    });
    this.#burstBytes = burstBytes ?? (isFilm ? FILM_BURST_BYTES : BURST_BYTES);
    this.#burstMs = isFilm ? FILM_BURST_MS_MAX : Infinity;
    this.#inputs = new MountInputs(info.contentType, {
      send: (chunk) => this.#send(chunk),
      retitle: (title, url) => this.#retitle(title, url),
    });
    this.#programme = this.#inputs.open("programme");
  }

  /** What it says about itself. */
  get info(): Readonly<MountInfo> {
    const { heard } = this.#inputs;
    const other = heard?.kind === "fallback" ? this.#fallback : undefined;
    const more = other ? standInInfo(other.info, this.hasName) : heard?.info;
    return { ...this.#info, ...more };
  }

  /** Whether it has a name of its own, whoever fills it. */
  get hasName(): boolean {
    return this.#info.name !== "";
  }

  /** Media type, e.g. `audio/mpeg`. */
  get contentType(): string {
    return this.#info.contentType;
  }

  /** What is on, as players show it; empty before the first title. */
  get title(): string {
    return this.#past.title;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#counted;
  }

  /** How many listened at once, at most. */
  get listenerPeak(): number {
    return this.#peak;
  }

  /** How many have ever come. */
  get listenerConnections(): number {
    return this.#arrivals;
  }

  /** How many were dropped because they fell behind. */
  get slowListeners(): number {
    return this.#slow;
  }

  /** Bytes of its stream since it was made. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Bytes handed to listeners since it was made. */
  get bytesSent(): number {
    let bytes = this.#bytesOfGone;
    for (const listener of this.#listeners) bytes += listener.bytesSent;
    return bytes;
  }

  /** Whether titles travel as ICY metadata; Ogg and WebM carry their own. */
  get hasIcy(): boolean {
    return !/\b(x-)?(ogg|webm|matroska)\b/.test(this.contentType);
  }

  /** What listeners hear; undefined before the first chunk. */
  get heard(): InputKind | undefined {
    return this.#inputs.heard?.kind;
  }

  /** Everyone on it; the list is a copy. */
  get everyListener(): Listener[] {
    return [...this.#listeners];
  }

  /** Changes what it says about itself, for listeners that come from here on. */
  describe(changes: Partial<MountInfo>): void {
    this.#info = { ...this.#info, ...changes };
  }

  /**
   * Adds to the programme. Call it at the pace of the media (pacer.ts); a chunk's
   * `data` is kept and must not change.
   */
  push(chunk: MountChunk): void {
    this.#programme.push(chunk);
  }

  /** Sets the title from here on, for streams whose chunks bring none. */
  setTitle(title: string, url = ""): void {
    const heard = this.#inputs.heard ?? this.#programme;
    heard.setTitle(title, url);
    if (this.#inputs.heard === undefined) this.#retitle(title, url);
  }

  /** A further maker of its stream, e.g. a live show; nothing is heard of it before its first chunk. */
  open(kind: InputKind): MountInput {
    return this.#inputs.open(kind);
  }

  /** Whether another mount stands in while nothing else is heard. */
  get hasFallback(): boolean {
    return this.#fallback !== undefined;
  }

  /** The mount that stands in; undefined where there is none. */
  get fallback(): Mount | undefined {
    return this.#fallback;
  }

  /** Changes the charset of titles from the next one on. */
  setCharset(charset: string): void {
    this.#past.setCharset(charset);
  }

  /**
   * Lets another mount be heard here while nothing else is; its listeners and
   * ours stay where they are. A mount without a name goes by the other's meanwhile.
   *
   * @param other of the same media type; undefined for none
   * @returns false where the other's type differs, or it stands in a circle
   */
  fallBackTo(other: Mount | undefined): boolean {
    if (other === this.#fallback) return true;
    for (let at = other; at !== undefined; at = at.#fallback) {
      if (at === this) return false;
    }
    if (other && !isSameMedia(other.contentType, this.contentType)) {
      return false;
    }
    this.#stopFallback?.();
    this.#fallback = other;
    if (other === undefined) this.#stopFallback = undefined;
    else {
      this.#stopFallback = other.feed(this.open("fallback"));
    }
    return true;
  }

  /**
   * Gives all that is heard here to an input of another mount of the same type as
   * well.
   *
   * @returns ends that
   */
  feed(follower: MountInput): () => void {
    this.#followers.add(follower);
    follower.setTitle(this.title);
    return () => {
      this.#followers.delete(follower);
      follower.rest();
    };
  }

  /**
   * Puts a player on. The socket is the listener's from here on; what must come
   * before the stream has been written to it.
   *
   * @returns undefined where the mount has ended
   */
  attach(socket: Duplex, options: AttachOptions): Listener | undefined {
    if (this.#closed) {
      socket.end();
      return undefined;
    }
    const { icy, ...info } = options;
    const queue = this.#past.for(info.userAgent);
    if (queue.seal()) this.#pump();
    const listener = new Listener(
      ++lastId,
      info,
      socket,
      queue,
      queue.burstStart(this.#burstBytes, this.#burstMs),
      icy && this.hasIcy ? new IcyInterleaver() : undefined,
    );
    if (info.counts) this.#arrivals++;
    this.#enter(listener);
    socket.on("close", () => listener.leave());
    socket.on("error", () => listener.drop());
    listener.pump();
    return listener;
  }

  /**
   * Lets a listener go on at another mount, from the newest place there.
   *
   * @returns false where the other carries another type of media
   */
  move(listener: Listener, to: Mount): boolean {
    if (!isSameMedia(to.contentType, this.contentType)) return false;
    if (to.#closed) return false;
    if (!this.#listeners.has(listener)) return false;
    this.#forget(listener);
    const queue = to.#past.for(listener.info.userAgent);
    if (queue.seal()) to.#pump();
    listener.goTo(queue, queue.burstStart(0));
    to.#enter(listener);
    listener.pump();
    return true;
  }

  /** Calls back when the stream ends for everyone. */
  onClose(callback: () => void): void {
    this.#closing.push(callback);
  }

  /** Ends the stream for everyone. */
  close(): void {
    this.fallBackTo(undefined);
    for (const follower of this.#followers) follower.rest();
    this.#followers.clear();
    this.#past.seal();
    this.#pump();
    this.#closed = true;
    for (const listener of this.#listeners) listener.end();
    for (const callback of this.#closing.splice(0)) callback();
  }

  #send(chunk: MountChunk): void {
    this.#bytesReceived += chunk.data.length;
    for (const follower of this.#followers) follower.push(chunk);
    if (this.#past.push(chunk)) this.#pumpTurn();
  }

  #retitle(title: string, url: string): void {
    for (const follower of this.#followers) follower.setTitle(title, url);
    this.#past.retitle(title, url);
    this.#pump();
  }

  #enter(listener: Listener): void {
    this.#listeners.add(listener);
    this.#bytesOfGone -= listener.bytesSent; // Those were another mount's.
    listener.onLeave = () => this.#forget(listener);
    if (!listener.info.counts) return;
    this.#peak = Math.max(this.#peak, ++this.#counted);
  }

  #pump(): void {
    for (const listener of this.#listeners) this.#pumpOne(listener);
  }

  /** Serves those whose turn it is; the others get two or four blocks at once later. */
  #pumpTurn(): void {
    const turns = Math.ceil(this.#listeners.size / LISTENERS_PER_TURN);
    const stride = Math.min(turns, MOUNT_TURNS_MAX);
    if (stride <= 1) return this.#pump();
    const turn = this.#past.nextNumber;
    for (const listener of this.#listeners) {
      if ((listener.id + turn) % stride === 0) this.#pumpOne(listener);
    }
  }

  #pumpOne(listener: Listener): void {
    if (listener.pump() !== "slow") return;
    this.#slow++;
    this.#forget(listener);
    listener.drop();
  }

  #forget(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    this.#bytesOfGone += listener.bytesSent;
    listener.onLeave = () => {};
    if (listener.info.counts) this.#counted--;
  }
}
