/**
 * The links that are up: greeting them, knowing two links to one peer for what
 * they are, ending them, and remembering who is banned.
 *
 * @module
 */
import { LINKS_MAX } from "../limits.ts";
import type { Action } from "./actions.ts";
import type { Content } from "./content.ts";
import { Link } from "./link.ts";
import type { Members } from "./members.ts";
import {
  encodeMessage,
  PEER_PROTOCOL_VERSION,
  type PeerMessage,
} from "./messages.ts";

/** Who we are to others. */
export interface Self {
  /** 32 hex digits. */
  readonly id: string;
  /** Peer port others can dial; 0 for none. */
  readonly port: number;
  /** Upload capacity told to others, bytes per second. */
  readonly capacity: number;
}

/** The table of links. */
export class LinkTable {
  readonly byNumber = new Map<number, Link>();
  readonly #self: Self;
  readonly #members: Members;
  readonly #act: (action: Action) => void;

  /**
   * @param self what our hello says
   * @param members told who is linked and who is banned
   * @param act takes what the shell is to do
   */
  constructor(self: Self, members: Members, act: (action: Action) => void) {
    this.#self = self;
    this.#members = members;
    this.#act = act;
  }

  /** A link that may be talked to: undefined if unknown or already being closed. */
  get(number: number): Link | undefined {
    const link = this.byNumber.get(number);
    return link?.closing === true ? undefined : link;
  }

  /** All links, in the order they came up. */
  all(): Link[] {
    return [...this.byNumber.values()];
  }

  /** A connection is up: greets it, or has it closed when there are too many. */
  add(
    number: number,
    side: { outgoing: boolean; lan: boolean },
  ): Link | undefined {
    if (this.byNumber.size >= LINKS_MAX) {
      this.#act({ type: "close", link: number });
      return undefined;
    }
    const link = new Link(number, side.outgoing, side.lan);
    this.byNumber.set(number, link);
    const { id, port, capacity } = this.#self;
    const version = PEER_PROTOCOL_VERSION;
    this.send(link, { type: "hello", version, id, port, capacity });
    return link;
  }

  /** A connection has ended; returns its link. */
  remove(number: number, nowMs: number): Link | undefined {
    const link = this.byNumber.get(number);
    if (link === undefined) return undefined;
    this.byNumber.delete(number);
    link.forgetAll();
    const another = this.all().some((other) => other.peerId === link.peerId);
    if (link.open && !another) this.#members.unlinked(link.peerId, nowMs);
    return link;
  }

  /** A peer said who it is. */
  greet(link: Link, hello: PeerMessage & { type: "hello" }): void {
    if (!this.#members.linked(hello.id)) return this.close(link);
    for (const other of this.all()) {
      if (other.peerId !== hello.id || other.closing) continue;
      // Both dialled at once: the link that the smaller id dialled stays, so
      // that both sides close the same one.
      const keepOutgoing = this.#self.id < hello.id;
      this.close(link.outgoing === keepOutgoing ? other : link);
    }
    link.peerId = hello.id;
    link.capacity = hello.capacity;
  }

  /** Ends a link and never links its peer again; `why` is for the log. */
  ban(link: Link, why: string): void {
    this.#members.ban(link.peerId);
    this.close(link, why);
  }

  /** Ends a link. What still comes on it is ignored. */
  close(link: Link, ban?: string): void {
    link.closing = true;
    const action: Action = { type: "close", link: link.id };
    this.#act(ban === undefined ? action : { ...action, ban });
  }

  /** Tells a link of a content under a free channel. */
  openOn(link: Link, content: Content): void {
    const taken = new Set(link.channels.values());
    let channel = 0;
    while (taken.has(channel)) channel++;
    link.channels.set(content, channel);
    const { key, length } = content;
    this.send(link, { type: "open", channel, key, length });
  }

  /** Puts a message on a link. */
  send(link: Link, message: PeerMessage): void {
    const frame = encodeMessage(message);
    this.#act({ type: "send", link: link.id, frame });
  }
}
