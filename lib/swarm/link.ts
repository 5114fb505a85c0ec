/**
 * One peer link as the engine sees it: who it is, what it holds, what it owes
 * us, what we owe it, and how fast it has been. The shell owns the WebSocket.
 *
 * @module
 */
import { WASTED_LEAVES_BURST, WASTED_LEAVES_PER_SECOND } from "../limits.ts";
import { TokenBucket } from "../token_bucket.ts";
import type { Content } from "./content.ts";
import { Flow } from "./flow.ts";
import type { Reach } from "./address_space.ts";
import type { PeerAddress } from "./places.ts";

/** What a link asks of us. */
export interface UploadRequest {
  /** Who asks. */
  readonly link: Link;
  /** For what. */
  readonly content: Content;
  /** First leaf not sent yet. */
  from: number;
  /** The leaf after the last. */
  readonly until: number;
  /** When it plays over there, on our clock. */
  readonly deadlineMs: number;
}

/** A content the other side named by one of its channels. */
export interface RemoteChannel {
  /** 64 hex digits. */
  readonly key: string;
  /** Bytes, as the other side says. */
  readonly length: number;
  /** Ours of that name; undefined where we have none. */
  content: Content | undefined;
}

/** What a link owes us, by its first leaf. */
export interface OwedRun {
  /** Of what. */
  readonly content: Content;
  /** The leaf. */
  readonly from: number;
}

/** How a connection came about. */
export interface LinkSide {
  /** We dialled. */
  readonly outgoing: boolean;
  /** On this machine or network: preferred, and not counted against the upload limit. */
  readonly lan: boolean;
  /** The other side's IP literal; absent: nobody is told of it. */
  readonly host?: string;
  /** Whom we dialled. */
  readonly dialled?: PeerAddress;
}

/** Who refused is left alone this long, doubled each time until it delivers. */
const PAUSE_MS = 500;

/**
 * Who let a request run out is not relied on for this long, doubled with each that
 * does, until it delivers. Where uplinks are scarce everybody does so now and then:
 * for good, three links of four were lost (`docs/decisions/origin.md`).
 */
const SNUB_MS = 2_000;

/** The longest of either. */
const APART_MS_MAX = 60_000;

/** What a peer on this network is thought to send until it has shown: 50 Mbit/s, an ordinary wireless network. */
const LAN_BYTES_PER_SECOND = 6_250_000;

/** One link to a peer. */
export class Link {
  /** The peer's id, 32 hex digits; empty until its hello. */
  peerId = "";
  /** Advertised upload capacity in bytes per second. */
  capacity = 0;
  /** What we asked of it that plays within seconds. */
  readonly urgent: Flow = new Flow();
  /** What we asked of it besides. */
  readonly calm: Flow = new Flow();
  /** It let a request run out: it gets one at a time until then, or until it delivers. */
  snubbedUntilMs: number = -Infinity;
  /** Bytes received from it, verified. */
  receivedBytes = 0;
  /** Whom we dialled to make it. */
  dialled: PeerAddress | undefined;
  /** When something that was asked of it last came. */
  deliveredMs: number = -Infinity;
  /** What it let run out last. */
  letDown: OwedRun | undefined;
  /** It refused; nothing is asked of it before this. */
  pausedUntilMs: number = -Infinity;
  /** Without a hello by then it is closed. */
  greetByMs: number = Infinity;
  /** When it last asked for something that presses, or came up. */
  pressedMs: number = -Infinity;
  /** The other side's IP literal, if that is known. */
  host: string | undefined;
  /** From where that can be reached. */
  reach: Reach = "nowhere";
  /** Whose network that is, as far as one owner is likely; undefined for this one. */
  network: string | undefined;
  /** Where others can dial it: somebody did, and found this very peer. */
  readonly places: PeerAddress[] = [];
  /** Stations we have in common, as far as both know. */
  readonly stations: Set<string> = new Set();
  /** There is no room: it is told of others and let go. */
  guest = false;
  /** It said goodbye, or was said goodbye. */
  leaving = false;
  /** What it asks of us, in the order it came. */
  readonly uploads: UploadRequest[] = [];
  /** Channels of the other side. */
  readonly remote: Map<number, RemoteChannel> = new Map();
  /** Our own channels: each name of each content we told it of. */
  readonly own: Map<string, number> = new Map();
  /** The channel given last. */
  lastChannel: number = -1;
  readonly #announced = new Set<Content>();
  #waste: TokenBucket | undefined;
  #refusals = 0;
  #snubs = 0;
  #queueBytes = 0;
  #queueAtMs = 0;

  /**
   * A link without a hello.
   *
   * @param id the shell's number for the connection
   * @param outgoing we dialled
   * @param lan on this machine or network: preferred, and not counted against the upload limit
   */
  constructor(
    readonly id: number,
    readonly outgoing: boolean,
    readonly lan: boolean,
  ) {}

  /** Whether its hello has come. */
  get open(): boolean {
    return this.peerId !== "";
  }

  /** Requests that it has not answered. */
  get outstanding(): number {
    return this.urgent.outstanding + this.calm.outstanding;
  }

  /** Whether others can dial it, as far as we know. */
  get dialable(): boolean {
    return this.outgoing || this.places.length > 0;
  }

  /** Whether its address shows that the id it gives is its own. */
  get proven(): boolean {
    return this.open && (this.lan || this.places.length > 0 ||
      this.dialled?.id === this.peerId);
  }

  /** What we asked of it in a class of urgency. */
  flow(urgent: boolean): Flow {
    return urgent ? this.urgent : this.calm;
  }

  /** Bytes per second to expect: measured once known, as advertised until then, at least 1 KiB/s. What a peer advertises is its way out of this network. */
  rate(urgent: boolean): number {
    const { capacity } = this;
    const promised = this.lan && capacity > 0
      ? Math.max(capacity, LAN_BYTES_PER_SECOND)
      : capacity;
    return Math.max(1024, this.flow(urgent).bytesPerSecond ?? promised);
  }

  /** It said what urgent things it still has to send to others, in bytes. */
  setQueue(bytes: number, nowMs: number): void {
    this.#queueBytes = bytes;
    this.#queueAtMs = nowMs;
  }

  /** Seconds until `bytes` more would be here. */
  waitSeconds(bytes: number, urgent: boolean, nowMs: number): number {
    const rate = this.rate(urgent);
    // What it told of its queue has been going out since.
    const gone = (nowMs - this.#queueAtMs) / 1000 * rate;
    const ahead = Math.max(0, this.#queueBytes - gone) +
      this.flow(urgent).outstandingBytes;
    return (ahead + bytes) / rate;
  }

  /** Whether it announced all of these leaves. */
  holdsAll({ holders }: Content, from: number, until: number): boolean {
    return holders.holdsAll(this, from, until);
  }

  /** Whether both sides opened a content. */
  shares(content: Content): boolean {
    return content.holders.has(this) || this.channel(content) !== undefined;
  }

  /** It announced leaves, clipped to the content; returns how many are new. */
  announce(content: Content, from: number, until: number): number {
    this.#announced.add(content);
    return content.holders.add(this, from, until);
  }

  /** It no longer offers a content. */
  forget(content: Content): void {
    content.holders.delete(this);
    this.#announced.delete(content);
  }

  /**
   * It announced leaves that it had announced, or took back what it had: who is
   * honest does so now and then.
   *
   * @returns false if it had done so too often before
   */
  mayWaste(leaves: number, nowMs: number): boolean {
    this.#waste ??= new TokenBucket(
      WASTED_LEAVES_BURST,
      WASTED_LEAVES_PER_SECOND,
      nowMs,
    );
    const may = this.#waste.left(nowMs) >= 0;
    this.#waste.take(leaves, nowMs);
    return may;
  }

  /** Forgets everything it announced. */
  forgetAll(): void {
    for (const content of this.#announced) this.forget(content);
  }

  /** A request was answered in full: whatever it did before, it is good again. */
  delivered(nowMs: number): void {
    this.deliveredMs = nowMs;
    this.letDown = undefined;
    this.snubbedUntilMs = -Infinity;
    this.#refusals = 0;
    this.#snubs = 0;
  }

  /** It refused a request: it is left alone for a while, longer each time. */
  refused(nowMs: number): void {
    this.pausedUntilMs = nowMs + doubled(PAUSE_MS, this.#refusals++);
  }

  /** It let a request run out: others are relied on for a while, longer each time, and for that run whoever else there is. */
  snub(run: OwedRun, nowMs: number): void {
    this.letDown = run;
    this.snubbedUntilMs = nowMs + doubled(SNUB_MS, this.#snubs++);
  }

  /** Whether it can be expected to send what it holds. Who promises nothing gives nothing. */
  delivers(nowMs: number): boolean {
    return this.capacity > 0 && this.snubbedUntilMs <= nowMs &&
      this.pausedUntilMs <= nowMs;
  }

  /** Whether a run is what it let run out last, and others may be better. */
  hasLetDown(content: Content, from: number, nowMs: number): boolean {
    const { letDown } = this;
    return letDown?.content === content && letDown.from === from &&
      this.snubbedUntilMs > nowMs;
  }

  /** Our channel under a name that both sides gave this content; undefined until both did. */
  channel(content: Content): number | undefined {
    for (const remote of this.remote.values()) {
      if (remote.content === content) return this.own.get(remote.key);
    }
    return undefined;
  }
}

function doubled(ms: number, times: number): number {
  return Math.min(ms * 2 ** times, APART_MS_MAX);
}

/** Whether nobody from outside has dialled us, as nobody does who is behind a router. */
export function isUndialled(links: readonly Link[]): boolean {
  return links.every((link) => link.outgoing || link.lan);
}
