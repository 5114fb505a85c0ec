/**
 * One production engine on the bench: the test is its shell, its clock and all
 * its peers. What the engine does is there to be looked at.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import type { Action } from "../../lib/swarm/actions.ts";
import type { Content, ContentSpec } from "../../lib/swarm/content.ts";
import { SwarmEngine, type SwarmOptions } from "../../lib/swarm/engine.ts";
import type { LinkSide } from "../../lib/swarm/link.ts";
import type { PeerAddress } from "../../lib/swarm/members.ts";
import {
  decodeMessage,
  encodeMessage,
  type PeerMessage,
} from "../../lib/swarm/messages.ts";
import { seeded } from "../simulation/chance.ts";
import {
  idOf,
  leavesOf,
  readAsLease,
  type SampleFile,
  specOf,
  START_MS,
} from "./support.ts";

type Of<T extends Action["type"]> = Action & { type: T };
type Message<T extends PeerMessage["type"]> = PeerMessage & { type: T };

/** The engine's own id. */
export const SELF = 0x100;

/** The bench. */
export class Lab {
  readonly engine: SwarmEngine;
  nowMs = START_MS;
  /** All that was done, in order. */
  readonly actions: Action[] = [];
  readonly peers = new Map<number, LabPeer>();

  /** @param options of the engine, where they matter */
  constructor(options: Partial<SwarmOptions> = {}) {
    this.engine = new SwarmEngine({
      id: idOf(SELF),
      port: 7160,
      uploadBytesPerSecond: Infinity,
      share: true,
      random: seeded(1),
      ...options,
    });
  }

  /** Opens a file with all its hashes, to be had whole; there is a gateway, which the test plays. */
  open(file: SampleFile, more: Partial<ContentSpec> = {}): Content {
    const content = this.engine.open(specOf(file, more), this.nowMs);
    content.hashes?.addRun(0, file.layer);
    content.bulk = true;
    content.gateway = "ready";
    return content;
  }

  /** Lets time pass and the engine think, as often as it wants to meanwhile; returns what it did. */
  run(forMs = 0): Action[] {
    const before = this.actions.length;
    const endMs = this.nowMs + forMs;
    for (let polls = 0;; polls++) {
      assertEquals(polls < 10_000, true, "the engine turns on the spot");
      this.#perform(this.engine.poll(this.nowMs));
      const nextMs = this.engine.pollTimeout(this.nowMs);
      if (nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
    }
    this.nowMs = endMs;
    return this.actions.slice(before);
  }

  /** All actions of a type so far. */
  did<T extends Action["type"]>(type: T): Of<T>[] {
    return this.actions.filter((a): a is Of<T> => a.type === type);
  }

  /** A peer dials in, or is dialled, and says hello. */
  peer(
    number: number,
    outgoing = false,
    capacity = 1_000_000,
    host?: string,
  ): LabPeer {
    const peer = this.silentPeer(number, outgoing, host);
    peer.greets(capacity);
    return peer;
  }

  /** A peer is dialled where it was said to be, and is there, or another. */
  dialled(place: PeerAddress, id = place.id): LabPeer {
    const peer = this.#connected(id, { outgoing: true, dialled: place });
    peer.greets(1_000_000);
    return peer;
  }

  /** The same without a hello. */
  silentPeer(number: number, outgoing = false, host?: string): LabPeer {
    const id = idOf(number);
    const place = { id, host: host ?? `11.77.${number & 255}.1`, port: 7160 };
    return this.#connected(id, {
      outgoing,
      ...(outgoing ? { dialled: place } : host ? { host } : {}),
    });
  }

  #connected(id: string, side: Omit<LinkSide, "lan">): LabPeer {
    const link = this.peers.size + 1;
    const peer = new LabPeer(this, link, id);
    this.peers.set(link, peer);
    this.engine.handleLinkOpen(link, { ...side, lan: false }, this.nowMs);
    return peer;
  }

  #perform(actions: Action[]): void {
    for (const action of actions) {
      this.actions.push(action);
      if (action.type === "lease") readAsLease(action);
      if (action.type === "send") {
        this.peers.get(action.link)?.heard.push(decodeMessage(action.frame)!);
      }
      if (action.type === "close") {
        this.peers.get(action.link)!.closed = action.ban ?? true;
        this.engine.handleLinkClosed(action.link, this.nowMs);
      }
    }
  }
}

/** A peer played by the test. */
export class LabPeer {
  /** Messages of the engine, in order. */
  readonly heard: PeerMessage[] = [];
  /** Whether the engine closed the link, and why if it was a ban. */
  closed: boolean | string = false;

  constructor(
    readonly lab: Lab,
    readonly link: number,
    readonly id: string,
  ) {}

  /** Says who it is. */
  greets(capacity: number): void {
    const { id } = this;
    this.say({ type: "hello", version: 1, id, port: 7160, capacity });
  }

  /** Says something. */
  say(message: PeerMessage): void {
    this.lab.engine.handleFrame(
      this.link,
      encodeMessage(message),
      this.lab.nowMs,
    );
  }

  /** Opens a file on channel 0 and says what it holds of it. */
  offers(file: SampleFile, from = 0, until = 0, channel = 0): void {
    const { root: key, bytes: { length } } = file;
    this.say({ type: "open", channel, key, length });
    if (until > from) this.has(from, until, channel);
  }

  /** Says that it holds leaves. */
  has(from: number, until: number, channel = 0): void {
    const ranges = [{ from, until }];
    this.say({ type: "have", channel, queueBytes: 0, ranges });
  }

  /** Sends leaves of a file. */
  gives(file: SampleFile, from: number, until = from + 1, channel = 0): void {
    const bytes = leavesOf(file, from, until);
    this.say({ type: "data", channel, from, bytes });
  }

  /** Asks for leaves. */
  asks(from: number, count: number, deadlineMs = 0, channel = 0): void {
    this.say({ type: "request", channel, from, count, deadlineMs });
  }

  /** What was heard of a type. */
  all<T extends PeerMessage["type"]>(type: T): Message<T>[] {
    return this.heard.filter((m): m is Message<T> => m.type === type);
  }

  /** Hangs up. */
  leaves(): void {
    this.lab.engine.handleLinkClosed(this.link, this.lab.nowMs);
  }
}
