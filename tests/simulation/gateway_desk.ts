/**
 * A simulated listener's dealings with its gateway: joins what it opens, carries
 * leases to and fro, goes on alone when the gateway is lost and comes back when
 * it answers again.
 *
 * @module
 */
import type { Lease } from "../../lib/gateway/messages.ts";
import type { Action } from "../../lib/swarm/actions.ts";
import { readAsLease } from "../swarm/support.ts";
import type { Content } from "../../lib/swarm/content.ts";
import type { SimulatedFile } from "./file.ts";
import type { SimulatedGateway } from "./gateway.ts";
import type { Listener } from "./listener.ts";
import type { World } from "./world.ts";

/** First wait before it is dialled again; doubled each time. */
const REDIAL_MS = 1_000;
const REDIAL_MS_MAX = 30_000;

/** Chunks asked for in the first lease: as in `lib/peer/opening.ts`. */
const FIRST_LEASE_CHUNKS = 4;

/** The desk of one listener. */
export class GatewayDesk {
  #number: number | undefined;
  #connecting = false;
  #redialMs = REDIAL_MS;
  readonly #wanted = new Map<Content, { file: SimulatedFile; leaf: number }>();

  constructor(readonly world: World, readonly listener: Listener) {}

  /** Takes part in a content. */
  join(content: Content, file: SimulatedFile, leaf: number): void {
    if (this.#gateway === undefined) return;
    this.#wanted.set(content, { file, leaf });
    content.gateway = "pending";
    if (this.#number !== undefined) this.#join(content);
    else this.#connect();
  }

  /** Takes part in a content no more. */
  leave(content: Content): void {
    const wanted = this.#wanted.get(content);
    this.#wanted.delete(content);
    if (this.#number === undefined || wanted === undefined) return;
    this.#gateway?.leave(this.#number, wanted.file);
  }

  /** The connection is lost, or could not be made. */
  lost(): void {
    this.#number = undefined;
    this.#connecting = false;
    for (const content of this.#wanted.keys()) content.gateway = "none";
    this.listener.wake();
    if (!this.listener.alive) return;
    this.world.time.after(this.#redialMs, () => this.#connect());
    this.#redialMs = Math.min(2 * this.#redialMs, REDIAL_MS_MAX);
  }

  /** Hangs up. */
  close(): void {
    if (this.#number === undefined) return;
    this.#gateway?.disconnect(this.#number);
    this.#number = undefined;
  }

  /** Carries out what the engine wants of the gateway. */
  perform(action: Action & { type: "lease" | "done" }): void {
    const number = this.#number;
    const file = this.listener.files.get(action.content);
    if (number === undefined || file === undefined) return;
    const { content, from, until } = action;
    if (action.type === "done") {
      const { ok, ms } = action;
      const report = { from, count: until - from, ok, ms };
      this.#gateway?.done(number, file, report);
    } else {
      const range = readAsLease(action);
      this.#gateway?.lease(number, file, range, (leases, retryMs) => {
        this.#leases(content, leases);
        if (leases.length === 0) {
          const untilMs = this.world.time.nowMs + retryMs;
          this.listener.engine.handleWait(content, untilMs);
        }
      });
    }
  }

  get #gateway(): SimulatedGateway | undefined {
    return this.world.gateway;
  }

  #connect(): void {
    if (this.#connecting || !this.listener.alive) return;
    this.#connecting = true;
    this.#gateway?.connect(this.listener, (number) => {
      if (!this.listener.alive) return;
      this.#connecting = false;
      this.#redialMs = REDIAL_MS;
      this.#number = number;
      for (const content of this.#wanted.keys()) this.#join(content);
    });
  }

  #join(content: Content): void {
    const { file, leaf } = this.#wanted.get(content)!;
    const wish = { leaf, chunks: FIRST_LEASE_CHUNKS };
    this.#gateway?.join(this.#number!, file, wish, (answer) => {
      if (!this.listener.alive) return;
      content.gateway = "ready";
      this.listener.engine.addPeers(
        content,
        answer.peers,
        this.world.time.nowMs,
      );
      this.#leases(content, answer.leases);
    });
  }

  #leases(content: Content, leases: Lease[]): void {
    for (const { from, count, source } of leases) {
      const until = from + count;
      this.listener.engine.handleLease(content, { from, until, source });
    }
    this.listener.wake();
  }
}
