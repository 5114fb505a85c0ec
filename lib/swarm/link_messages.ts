/**
 * What a peer's message does to a link: the table from message type to change of
 * state. Channels are resolved here, so the engine only sees contents.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { CHANNELS_MAX } from "../limits.ts";
import type { Content } from "./content.ts";
import type { Haves } from "./haves.ts";
import type { Intake } from "./intake.ts";
import type { Introductions } from "./introductions.ts";
import type { Link } from "./link.ts";
import { PEER_PROTOCOL_VERSION, type PeerMessage } from "./messages.ts";
import type { LinkTable } from "./link_table.ts";
import type { RequestLedger } from "./request_ledger.ts";
import type { UploadPiece, Uploads } from "./uploads.ts";
import { PRESSING_MS } from "./zones.ts";

type Message<T extends PeerMessage["type"]> = PeerMessage & { type: T };

/** What the table changes besides the link. */
export interface LinkMessageHost {
  readonly share: boolean;
  readonly links: LinkTable;
  readonly uploads: Uploads;
  readonly requests: RequestLedger;
  readonly haves: Haves;
  readonly intake: Intake;
  readonly introductions: Introductions;
  content(key: string): Content | undefined;
}

/** The table. */
export class LinkMessages {
  readonly #host: LinkMessageHost;

  /** @param host the engine's side of it */
  constructor(host: LinkMessageHost) {
    this.#host = host;
  }

  /**
   * Applies a message.
   *
   * @param leafHashes of the leaves it brings, if they were hashed already
   * @throws AlluviumError `peer-protocol` when the peer broke the rules
   */
  handle(
    link: Link,
    message: PeerMessage,
    nowMs: number,
    leafHashes?: Uint8Array,
  ): void {
    if (message.type === "hello") return this.#hello(link, message, nowMs);
    if (!link.open) throw protocolError("Message before hello");
    switch (message.type) {
      case "open":
        return this.#open(link, message, nowMs);
      case "close":
        return this.#close(link, message, nowMs);
      case "bye":
        link.leaving = true;
        return this.#host.links.close(link, nowMs);
    }
    const content = link.remote.get(message.channel)?.content;
    // Not ours, or no longer: frames cross on the way, and our `close` tells the
    // other side what became of its requests.
    if (content === undefined) return;
    switch (message.type) {
      case "have":
        return this.#have(link, content, message, nowMs);
      case "request":
        return this.#request(link, content, message, nowMs);
      case "data":
        return this.#host.intake
          .fromPeer(link, content, { ...message, leafHashes }, nowMs);
      case "cancel":
        return this.#host.uploads.cancel(
          link,
          content,
          message.from,
          message.from + message.count,
        );
      case "refuse":
        return this.#host.requests.refused(
          link,
          content,
          message.from,
          nowMs,
        );
      case "peers":
        return this.#host.introductions.exchange
          .handle(link, content, message, nowMs);
      case "roll":
        return this.#host.introductions.rolls
          .handle(link, content, message, nowMs);
    }
  }

  /** We opened a content, or know another name of it, that the other side may have open already. */
  match(link: Link, content: Content): void {
    const known = link.channel(content) !== undefined;
    for (const remote of link.remote.values()) {
      if (content.keys.has(remote.key) && remote.length === content.length) {
        remote.content = content;
      }
    }
    if (!known) this.#host.haves.addAll(link, content);
  }

  /** A guest may stay: from now on it hears of what we hold. */
  welcome(link: Link): void {
    this.#host.links.welcome(link);
    this.#host.introductions.rolls.matched(link);
    const contents = [...link.remote.values()].map(({ content }) => content);
    for (const content of new Set(contents)) {
      if (content !== undefined) this.#host.haves.addAll(link, content);
    }
  }

  /** We closed a content: what the other side says of it is ignored from now on. */
  unmatch(link: Link, content: Content): void {
    link.forget(content);
    for (const remote of link.remote.values()) {
      if (remote.content === content) remote.content = undefined;
    }
  }

  /** Says that we will not send a run. */
  refuse({ link, content, from, until }: UploadPiece): void {
    const channel = link.channel(content);
    if (channel === undefined) return;
    const count = until - from;
    this.#host.links.send(link, { type: "refuse", channel, from, count });
  }

  #hello(link: Link, message: Message<"hello">, nowMs: number): void {
    if (link.open) throw protocolError("Second hello");
    if (message.version !== PEER_PROTOCOL_VERSION) {
      throw protocolError(`Version ${message.version} is not spoken here`);
    }
    const { links, introductions } = this.#host;
    links.greet(link, message, nowMs);
    if (links.get(link.id) !== link) return;
    introductions.hello(link, message.port, nowMs);
  }

  #open(link: Link, message: Message<"open">, nowMs: number): void {
    const { channel, key, length } = message;
    if (link.remote.has(channel)) throw protocolError("Channel opened twice");
    if (link.remote.size >= CHANNELS_MAX) throw protocolError("Too many open");
    link.remote.set(channel, { key, length, content: undefined });
    const content = this.#host.content(key);
    if (content?.length !== length || content.hashes === undefined) return;
    this.#host.introductions.opened(link, content, nowMs);
  }

  #close(link: Link, message: Message<"close">, nowMs: number): void {
    const content = link.remote.get(message.channel)?.content;
    link.remote.delete(message.channel);
    // It may go on under its other name.
    if (content === undefined || link.channel(content) !== undefined) return;
    waste(link, content.holders.count(link), nowMs);
    link.forget(content);
    this.#host.requests.drop(link, content);
    this.#host.uploads.cancel(link, content, 0, content.leaves);
  }

  #have(
    link: Link,
    content: Content,
    message: Message<"have">,
    nowMs: number,
  ): void {
    link.setQueue(message.queueBytes, nowMs);
    let fresh = 0;
    for (const { from, until } of message.ranges) {
      if (until > content.leaves) throw protocolError("Have past the end");
      const added = link.announce(content, from, until);
      fresh += added;
      const repeated = until - from - added;
      if (repeated > 0) waste(link, repeated, nowMs);
    }
    if (fresh === 0) return;
    content.moved(nowMs);
    content.announcedMs = nowMs;
  }

  #request(
    link: Link,
    content: Content,
    message: Message<"request">,
    nowMs: number,
  ): void {
    const { from, count, deadlineMs } = message;
    const until = from + count;
    if (until > content.leaves) throw protocolError("Request past the end");
    if (deadlineMs < PRESSING_MS) link.pressedMs = nowMs;
    const taken = this.#host.share && content.held.hasAll(from, until) &&
      this.#host.uploads.add({
        link,
        content,
        from,
        until,
        deadlineMs: nowMs + deadlineMs,
      });
    if (!taken) this.refuse({ link, content, from, until });
  }
}

/** @throws {AlluviumError} if it goes on and on */
function waste(link: Link, leaves: number, nowMs: number): void {
  if (link.mayWaste(leaves, nowMs)) return;
  throw protocolError("The same announced again and again");
}

function protocolError(message: string): AlluviumError {
  return new AlluviumError("peer-protocol", message);
}
