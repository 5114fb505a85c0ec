/**
 * A simulated world: one seed, one clock, an origin, perhaps a gateway, and
 * listeners that run the production engine.
 *
 * @module
 */
import type { PeerAddress } from "../../lib/swarm/members.ts";
import { seeded } from "./chance.ts";
import { type Hashing, SimulatedFile } from "./file.ts";
import { SimulatedGateway } from "./gateway.ts";
import { Listener, type ListenerOptions } from "./listener.ts";
import { cutUntilMs, latencyMs, Line } from "./network.ts";
import { SimulatedOrigin } from "./origin.ts";
import { Timeline } from "./timeline.ts";
import { Wire } from "./wire.ts";

/** When every world begins. */
export const BEGINNING_MS = Date.UTC(2026, 0, 1);

/** What a world is made of. */
export interface WorldOptions {
  seed: number;
  /** @default {"real"} */
  hashing?: Hashing;
  /** Bytes per second. @default {12.5 MB} */
  originBytesPerSecond?: number;
  /** Round trip of origin and gateway to a node like themselves. @default {40} */
  serverRttMs?: number;
  /** @default {true} */
  gateway?: boolean;
}

/** The world. */
export class World {
  readonly random: () => number;
  readonly time = new Timeline(BEGINNING_MS);
  readonly origin: SimulatedOrigin;
  readonly gateway: SimulatedGateway | undefined;
  readonly listeners: Listener[] = [];
  readonly #hashing: Hashing;
  readonly #byId = new Map<string, Listener>();
  #files = 0;

  constructor(options: WorldOptions) {
    const {
      seed,
      hashing = "real",
      originBytesPerSecond = 12_500_000,
      serverRttMs = 40,
      gateway = true,
    } = options;
    this.random = seeded(seed);
    this.#hashing = hashing;
    const bytesPerMs = originBytesPerSecond / 1000;
    const line = () => new Line(bytesPerMs, bytesPerMs, serverRttMs);
    this.origin = new SimulatedOrigin(this.time, line());
    if (gateway) {
      this.gateway = new SimulatedGateway(this.time, line(), this.random);
    }
  }

  /** Publishes a file at the origin. */
  file(length: number, chunkLeaves: number): SimulatedFile {
    const number = ++this.#files;
    const url = `https://radio.example/${number}.mp3`;
    const seed = number * 7919;
    return new SimulatedFile(url, length, chunkLeaves, this.#hashing, seed);
  }

  /** Switches a listener on. Without a line: 10 Mbit/s both ways, 50 ms. */
  listener(options: Partial<ListenerOptions> = {}): Listener {
    const number = this.listeners.length;
    const listener = new Listener(this, number, {
      line: new Line(1250, 1250, 50),
      host: `11.${number & 255}.${number >> 8 & 255}.1`,
      ...options,
    });
    this.listeners.push(listener);
    this.#byId.set(listener.id, listener);
    return listener;
  }

  /** Connects a listener to a peer; two round trips, or a failure. */
  dial(from: Listener, peer: PeerAddress, failMs: number): void {
    const to = this.#byId.get(peer.id);
    const reached = to?.alive === true && to.reachable &&
      cutUntilMs(from.line, to.line, this.time.nowMs) === undefined;
    if (!reached) {
      this.time.after(failMs, () => {
        from.engine.handleDialFailed(peer.id, this.time.nowMs);
        from.wake();
      });
      return;
    }
    this.time.after(4 * latencyMs(from.line, to.line), () => {
      if (from.alive && to.alive) this.link(from, to);
      else if (from.alive) {
        from.engine.handleDialFailed(peer.id, this.time.nowMs);
      }
    });
  }

  /** Asks a peer's port whose it is: a connection and an answer, if it can be reached. */
  probe(from: Listener, link: number, peer: PeerAddress): void {
    const to = this.#byId.get(peer.id);
    if (to === undefined || !to.reachable) return;
    this.time.after(4 * latencyMs(from.line, to.line), () => {
      if (!from.alive || !to.alive) return;
      from.engine.handleProbed(link, peer, this.time.nowMs);
      from.wake();
    });
  }

  /** Connects two listeners at once, as if the first had dialled. */
  link(from: Listener, to: Listener): void {
    const far = { owner: to, number: 0 };
    from.plug(
      (number) => {
        let wire: Wire;
        to.plug(
          (farNumber) => {
            far.number = farNumber;
            wire = new Wire(this.time, { owner: from, number }, far);
            return wire;
          },
          from,
          false,
        );
        return wire!;
      },
      to,
      true,
    );
  }

  /** Lets time pass. */
  run(forMs: number): void {
    this.time.run(this.time.nowMs + forMs);
  }
}
