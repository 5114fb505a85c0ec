/**
 * Who takes part in what, as contents change under their members: a content
 * that was arriving gets its root, turns out to be one that is here already, or
 * is no more. Members keep the name they know until they are told the next, and
 * are told their root only after every hash that proves it.
 *
 * @module
 */
import type { AlluviumError } from "../errors.ts";
import type { Clock } from "../clock.ts";
import type { GatewayContent } from "./content.ts";
import type { UrlEntry } from "./contents.ts";
import { HashFeed } from "./hash_feed.ts";
import type { KeptFiles } from "./kept_files.ts";
import type { LeaseDesk } from "./lease_desk.ts";
import type { Member, MemberClient } from "./member.ts";
import { mismatch, type Wish } from "./resolver.ts";
import type { Tracker } from "./tracker.ts";

/** What a roster works with. */
export interface RosterTools {
  files: KeptFiles;
  desk: LeaseDesk;
  tracker: Tracker;
  clock: Clock;
}

/** The members of all contents. */
export class Roster {
  readonly #tools: RosterTools;
  readonly #members = new Map<GatewayContent, Set<Member>>();
  readonly #feeds = new Map<GatewayContent, HashFeed>();

  /** @param tools what it works with */
  constructor(tools: RosterTools) {
    this.#tools = tools;
  }

  /** A client takes part; the member it is already, if it does. */
  enter(
    client: MemberClient,
    wish: Wish & { chunk: number },
    { content, url }: UrlEntry,
  ): Member {
    const known = client.members.get(content.key);
    if (known !== undefined) return known;
    const member: Member = {
      client,
      url,
      wish: wishOf(wish, url),
      chunk: wish.chunk,
      content,
      knownAs: content.key,
      sentLeaves: content.provisional ? 0 : content.leaves,
      leases: new Map(),
      release: () => {},
    };
    client.members.set(content.key, member);
    this.#attach(member, content);
    if (content.provisional) this.#feedOf(content).members.add(member);
    return member;
  }

  /** A client takes part no more. */
  leave(member: Member): void {
    const { client, content } = member;
    for (const [key, other] of client.members) {
      if (other === member) client.members.delete(key);
    }
    this.#tools.desk.leave(member);
    this.#tools.tracker.leave(client.number, content.key);
    this.#detach(member);
    for (const feed of this.#feeds.values()) feed.members.delete(member);
  }

  /** Hands out hashes that are due. */
  wake(content: GatewayContent): void {
    this.#feeds.get(content)?.wake();
  }

  /** A content is whole: its members move on to its root. */
  whole(content: GatewayContent, successor: GatewayContent): void {
    const old = content.provisionalKey;
    if (old === undefined) return;
    this.#tools.tracker.rename(old, successor.key);
    for (const member of [...this.#members.get(content) ?? []]) {
      this.#moveOn(member, content, successor);
    }
    this.#feeds.get(content)?.finish();
  }

  /** A URL no longer has a content: those who came by that URL are told. */
  gone(url: string, content: GatewayContent, error: AlluviumError): void {
    for (const member of [...this.#members.get(content) ?? []]) {
      if (member.url === url) this.#expel(member, error);
    }
    if (content.state.kind !== "gone") return;
    this.#feeds.get(content)?.stop();
    this.#feeds.delete(content);
  }

  /** Ends everything that waits. */
  stop(): void {
    for (const feed of this.#feeds.values()) feed.stop();
    this.#feeds.clear();
  }

  #attach(member: Member, content: GatewayContent): void {
    member.content = content;
    member.release = this.#tools.files.use(content.key) ?? (() => {});
    content.users++;
    const members = this.#members.get(content) ?? new Set();
    this.#members.set(content, members.add(member));
  }

  #detach(member: Member): void {
    const { content } = member;
    member.release();
    content.users--;
    const members = this.#members.get(content);
    members?.delete(member);
    if (members?.size === 0) this.#members.delete(content);
  }

  #moveOn(
    member: Member,
    content: GatewayContent,
    successor: GatewayContent,
  ): void {
    const { client, wish, url } = member;
    const wrong = wish.root !== undefined && wish.length !== undefined &&
      wish.root !== successor.key;
    if (wrong) return this.#expel(member, mismatch(url, wish, content.length));
    if (successor !== content) this.#tools.desk.leave(member);
    this.#detach(member);
    this.#attach(member, successor);
    // It may take part already, by another URL of the same bytes.
    if (!client.members.has(successor.key)) {
      client.members.set(successor.key, member);
    }
  }

  #expel(member: Member, { code, message }: AlluviumError): void {
    member.client.send({ t: "gone", key: member.knownAs, code, message });
    this.leave(member);
  }

  #feedOf(content: GatewayContent): HashFeed {
    let feed = this.#feeds.get(content);
    if (feed === undefined) {
      const { clock } = this.#tools;
      feed = new HashFeed(content, clock, {
        caughtUp: (member) => this.#tellRoot(member),
        over: () => this.#feeds.delete(content),
      });
      this.#feeds.set(content, feed);
    }
    return feed;
  }

  #tellRoot(member: Member): void {
    const { key: root, length } = member.content;
    member.client.send({ t: "root", key: member.knownAs, root, length });
    member.knownAs = root;
  }
}

/** What is kept of a wish: not the whole message, and of the URL what everyone shares. */
function wishOf({ root, length }: Wish, url: string): Wish {
  if (root === undefined || length === undefined) return { url };
  return { url, root, length };
}
