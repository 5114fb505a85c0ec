/**
 * The links that are up: greeting them, knowing two links to one peer for what
 * they are, naming contents on them, ending them. A link that is to be closed is
 * forgotten at once: nothing more is sent on it, expected of it or taken from it.
 *
 * @module
 */
import {
  CHANNELS_MAX,
  GUESTS_MAX,
  LINKS_DIALLED_SHORT_MAX,
  LINKS_MAX,
  PLACES_PER_NETWORK_MAX,
} from "../limits.ts";
import type { Action } from "./actions.ts";
import { reachOf, subnetOf } from "./address_space.ts";
import type { Content } from "./content.ts";
import { Link, type LinkSide } from "./link.ts";
import type { Members } from "./members.ts";
import {
  encodeMessage,
  PEER_PROTOCOL_VERSION,
  type PeerMessage,
} from "./messages.ts";
import { type Family, familyOf } from "./places.ts";

/** A link that has said nothing for this long is nobody's; one that was said goodbye is given as long to go. */
const HELLO_MS = 10_000;

/** Who we are to others. */
export interface Self {
  /** 32 hex digits. */
  readonly id: string;
  /** Peer port others can dial, by any family or by each; 0 for none. */
  readonly port: number | ((family: Family) => number);
  /** Upload capacity told to others, whole bytes per second. */
  capacity(): number;
}

/** What the table works with. */
export interface LinkTableHost {
  readonly self: Self;
  /** Told who is linked and who is banned. */
  readonly members: Members;
  /** Takes what the shell is to do. */
  act(action: Action): void;
  /** A link is no more, whoever ended it. */
  gone(link: Link, nowMs: number): void;
}

/** The table of links. */
export class LinkTable {
  readonly #host: LinkTableHost;
  readonly #byNumber = new Map<number, Link>();
  readonly #ungreeted = new Set<Link>();
  #all: readonly Link[] | undefined;

  /** @param host the engine's side of it */
  constructor(host: LinkTableHost) {
    this.#host = host;
  }

  /** The link of this number, if it is up. */
  get(number: number): Link | undefined {
    return this.#byNumber.get(number);
  }

  /** All links, in the order they came up. */
  all(): readonly Link[] {
    return this.#all ??= [...this.#byNumber.values()];
  }

  /** A connection is up: greets it, or has it closed when there are too many. */
  add(number: number, side: LinkSide, nowMs: number): Link | undefined {
    // Those who dial us never take the places of those we dial.
    const max = side.outgoing ? LINKS_MAX : LINKS_MAX - LINKS_DIALLED_SHORT_MAX;
    const link = new Link(number, side.outgoing, side.lan);
    link.dialled = side.dialled;
    link.host = side.dialled?.host ?? side.host;
    link.reach = reachOf(link.host ?? "");
    link.network = subnetOf(link.host ?? "");
    link.greetByMs = nowMs + HELLO_MS;
    link.pressedMs = nowMs;
    link.guest = !side.outgoing && this.#byNumber.size >= max - GUESTS_MAX;
    if (this.#byNumber.size >= max || this.#isGuestTooMany(link)) {
      this.#host.act({ type: "close", link: number });
      return undefined;
    }
    this.#byNumber.set(number, link);
    this.#all = undefined;
    this.#ungreeted.add(link);
    const version = PEER_PROTOCOL_VERSION;
    const { id } = this.#host.self;
    const { port: own } = this.#host.self;
    const port = typeof own === "number" ? own : own(familyOf(link.host ?? ""));
    const capacity = this.#host.self.capacity();
    this.send(link, { type: "hello", version, id, port, capacity });
    return link;
  }

  /** The connection of a link has ended. */
  remove(link: Link, nowMs: number): void {
    if (!this.#byNumber.delete(link.id)) return;
    this.#all = undefined;
    this.#ungreeted.delete(link);
    link.forgetAll();
    const another = this.all().some((other) => other.peerId === link.peerId);
    if (link.open && !another) {
      this.#host.members.unlinked(link.peerId, nowMs, link.leaving);
    }
    this.#host.gone(link, nowMs);
  }

  /** A peer said who it is. */
  greet(
    link: Link,
    hello: PeerMessage & { type: "hello" },
    nowMs: number,
  ): void {
    // Guests have that time to show what they came for.
    if (!link.guest) this.#ungreeted.delete(link);
    const twin = this.all().find((other) => other.peerId === hello.id);
    const isOther = link.dialled !== undefined && link.dialled.id !== hello.id;
    if (twin !== undefined && isOther) return this.close(link, nowMs);
    if (!this.#host.members.linked(hello.id)) return this.close(link, nowMs);
    link.peerId = hello.id;
    link.capacity = hello.capacity;
    if (twin !== undefined) this.#closeOne(link, twin, nowMs);
  }

  /** A guest may stay. */
  welcome(link: Link): void {
    link.guest = false;
    this.#ungreeted.delete(link);
  }

  /** Says goodbye on a link: the other side closes it, lest what was said last be lost. */
  letGo(link: Link, nowMs: number): void {
    if (link.leaving) return;
    this.send(link, { type: "bye" });
    link.leaving = true;
    link.greetByMs = nowMs + HELLO_MS;
    this.#ungreeted.add(link);
  }

  /** Closes links that never said who they are, or do not go. */
  expire(nowMs: number): void {
    for (const link of this.#ungreeted) {
      if (link.greetByMs <= nowMs) this.close(link, nowMs);
    }
  }

  /** When {@linkcode expire} has something to do; Infinity if never. */
  nextMs(): number {
    let next = Infinity;
    for (const { greetByMs } of this.#ungreeted) {
      next = Math.min(next, greetByMs);
    }
    return next;
  }

  /**
   * Ends a link and never links its peer again; `why` is for the log. Anybody who
   * dials us can give another's id: that is banned where its address was proven.
   */
  ban(link: Link, why: string, nowMs: number): void {
    if (link.proven) this.#host.members.ban(link.peerId);
    this.close(link, nowMs, why);
  }

  /** Ends a link. */
  close(link: Link, nowMs: number, ban?: string): void {
    if (this.#byNumber.get(link.id) !== link) return;
    const action: Action = { type: "close", link: link.id };
    this.#host.act(ban === undefined ? action : { ...action, ban });
    this.remove(link, nowMs);
  }

  /** Tells a link the names of a content that it was not told, each under a free channel. */
  openOn(link: Link, content: Content): void {
    for (const key of content.keys) {
      if (link.own.has(key)) continue;
      const channel = freeChannel(link);
      link.own.set(key, channel);
      this.send(link, { type: "open", channel, key, length: content.length });
    }
  }

  /** Tells a link that a content is closed. */
  closeOn(link: Link, content: Content): void {
    for (const key of content.keys) {
      const channel = link.own.get(key);
      if (channel === undefined) continue;
      link.own.delete(key);
      this.send(link, { type: "close", channel });
    }
  }

  /** Puts a message on a link. */
  send(link: Link, message: PeerMessage): void {
    const frame = encodeMessage(message);
    this.#host.act({ type: "send", link: link.id, frame });
  }

  #isGuestTooMany({ guest, network }: Link): boolean {
    if (!guest || network === undefined) return false;
    const guests = this.all().filter((link) =>
      link.guest && link.network === network
    );
    return guests.length >= PLACES_PER_NETWORK_MAX;
  }

  /**
   * Two links to one peer. Where both sides dialled, the one that the smaller id
   * dialled stays, so that both close the same; where one side dialled twice,
   * that side closes the younger. Somebody may dial us with the id of one whom we
   * dialled: from another address it takes nobody's place, and whoever it is in
   * truth closes one himself.
   */
  #closeOne(younger: Link, older: Link, nowMs: number): void {
    if (younger.outgoing !== older.outgoing) {
      const keepOutgoing = this.#host.self.id < younger.peerId;
      const stays = younger.outgoing === keepOutgoing ? younger : older;
      if (!stays.outgoing && younger.host !== older.host) return;
      this.close(stays === younger ? older : younger, nowMs);
    } else if (younger.outgoing) this.close(younger, nowMs);
  }
}

/**
 * A channel number not in use. Numbers go round, so that a frame which crossed
 * our `close` on its way is not taken for another content's.
 */
function freeChannel(link: Link): number {
  const taken = new Set(link.own.values());
  let channel = link.lastChannel;
  do channel = (channel + 1) % CHANNELS_MAX; while (taken.has(channel));
  link.lastChannel = channel;
  return channel;
}
