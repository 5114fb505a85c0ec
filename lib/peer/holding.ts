/**
 * A content that this program has open: the engine's view of it, its bytes, and
 * the readers that wait. Joins the three, so that a verified leaf reaches the
 * disk and a waiting reader in one step.
 *
 * @module
 */
import type { AlluviumError } from "../errors.ts";
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import type { Content, Playhead } from "../swarm/content.ts";
import { type LeafRange, LeafSet } from "../swarm/leaf_set.ts";
import type { GatewayClient } from "./gateway_client.ts";
import type { StoredContent } from "./stored_content.ts";

interface Waiter {
  from: number;
  until: number;
  resolve(): void;
  reject(error: unknown): void;
}

/** What a holding needs of the node that owns it. */
export interface HoldingHost {
  now(): number;
  /** Something changed that the engine should think about. */
  wake(): void;
  /** No reader is left. */
  idle(holding: Holding): void;
}

/** One open content. */
export class Holding {
  /**
   * Leaves whose bytes can be read. The engine counts a leaf as held once it was
   * verified, which is a moment before it is stored.
   */
  readonly readable: LeafSet;
  /** Open files that use it. */
  users = 0;
  /** When its last user left, in ms since the epoch. */
  idleSinceMs = 0;
  /** Base URLs of the gateways to ask about it, in order of preference. */
  gateways: readonly string[] = [];
  /** The gateway that introduced it; undefined where there is none. */
  gateway: GatewayClient | undefined;
  /** Its key at the gateway. */
  gatewayKey: string | undefined;
  /** Why it cannot be had; readers get this. */
  failure: AlluviumError | undefined;
  /** The log has said that the origin does not answer. */
  warned = false;
  /** Fetches that brought wrong bytes. */
  spoiled = 0;
  /** Leaves found on disk that still have to be hashed. */
  claimed: LeafRange[] = [];
  /** The end of the hashing of those that is under way. */
  checked: Promise<void> = Promise.resolve();
  /** Share last told to the gateway, 0 to 1. */
  toldShare = 0;
  readonly #waiters = new Set<Waiter>();

  /**
   * @param content the engine's
   * @param stored its bytes
   * @param url the origin's URL
   */
  constructor(
    public content: Content,
    readonly stored: StoredContent,
    readonly url: string,
    readonly host: HoldingHost,
  ) {
    this.readable = new LeafSet(content.leaves);
  }

  /** Where it is being played. */
  setPlayhead(playhead: Playhead): void {
    this.content.playhead = playhead;
    this.host.wake();
  }

  /**
   * From now on the bytes come under another content, e.g. one without hashes
   * because the gateway that named them is gone. What is stored stays held.
   */
  switchTo(content: Content): void {
    const { playhead, bulk } = this.content;
    for (const { from, until } of this.readable.ranges()) {
      content.held.add(from, until);
    }
    content.playhead = playhead;
    content.bulk = bulk;
    this.content = content;
    for (const { from, until } of this.#waiters) {
      content.demand(from, until, this.host.now());
    }
    this.host.wake();
  }

  /**
   * Keeps verified leaves and lets their readers go on.
   *
   * @returns what `StoredContent.write` does
   */
  store(from: number, bytes: Uint8Array): Promise<void> {
    const written = this.stored.write(from, bytes);
    this.advance(from, from + Math.ceil(bytes.length / LEAF_BYTES));
    return written;
  }

  /** The bytes of leaves are stored: readers that waited for them go on. */
  advance(from: number, until: number): void {
    this.readable.add(from, until);
    for (const waiter of this.#waiters) {
      if (waiter.from >= until || waiter.until <= from) continue;
      if (this.readable.hasAll(waiter.from, waiter.until)) waiter.resolve();
    }
  }

  /**
   * Resolves when leaves `from` to `until` can be read.
   *
   * @throws AlluviumError the holding's failure
   * @throws the signal's reason
   */
  async held(from: number, until: number, signal: AbortSignal): Promise<void> {
    if (this.readable.hasAll(from, until)) return;
    if (this.failure !== undefined) throw this.failure;
    signal.throwIfAborted();
    // Everything is not a demand: it has no deadline.
    const demanded = !this.content.bulk;
    if (demanded) this.content.demand(from, until, this.host.now());
    this.host.wake();
    try {
      await this.#wait(from, until, signal);
    } finally {
      this.content.endDemand(from, until);
    }
  }

  /** It cannot be had: all readers are told, now and later. */
  fail(error: AlluviumError): void {
    this.failure = error;
    for (const waiter of this.#waiters) waiter.reject(error);
  }

  /** A file was closed. */
  released(): void {
    if (this.users > 0) return;
    this.content.playhead = undefined;
    this.content.bulk = false;
    this.idleSinceMs = this.host.now();
    this.host.idle(this);
  }

  #wait(from: number, until: number, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const done = () => {
        this.#waiters.delete(waiter);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => waiter.reject(signal.reason);
      const waiter: Waiter = {
        from,
        until,
        resolve: () => (done(), resolve()),
        reject: (error) => (done(), reject(error)),
      };
      this.#waiters.add(waiter);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
